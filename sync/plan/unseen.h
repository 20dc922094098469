// Messages that were asked for and did not come: are they gone, or owed? A new list of UIDs
// decides, if it has as many members as the mailbox has messages; else nobody knows, and they are
// owed. What is owed is quarantined message by message, or, where a server lists more than anybody
// could read, told as one sentence about the folder.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "daemon/base/error.h"
#include "sync/imap/types/uid_set.h"

namespace imapkeep {

struct Unseen {
  struct Refusal {
    std::string why;
    bool costs_connection = false;  ///< the connection is lost when it is asked for
  };
  UidSet vanished;  ///< the server showed nothing of these
  std::map<Uid, Refusal> refused;

  [[nodiscard]] UidSet uids() const;
};

struct UnseenVerdict {
  struct Quarantine {
    UidSet uids;
    std::string why;
  };
  UidSet gone;
  UidSet to_ask_again;  ///< once more, before they are owed
  std::vector<Quarantine> quarantines;
  std::optional<Error> owed;  ///< of the folder
};

/// `listed`: the new list. `is_whole`: it can be relied on. `asked_again`: the messages were asked
/// for a second time already.
UnseenVerdict judge_unseen(const Unseen& unseen, const UidSet& listed, bool is_whole,
                           bool asked_again);

}  // namespace imapkeep
