// Brings the flags of known messages level with the server's: asks for what changed since a
// mod-sequence, or for all of them, in windows, and adds the differences to the recorder's batch.
// Where the server's UIDs are in doubt, dates and sizes are asked for together with the flags, and
// messages of which it announces something else than when they were stored are told.
#pragma once

#include <optional>
#include <vector>

#include "sync/imap/connection.h"
#include "sync/mirror/recorder.h"
#include "sync/plan/mailbox_facts.h"
#include "sync/state/ledger.h"

namespace imapkeep {

class FlagChanges {
 public:
  FlagChanges(imap::Connection& connection, Ledger& ledger, Recorder& recorder, AccountId account,
              FolderId folder, UidValidity uid_validity, std::string folder_path);
  struct Scan {
    std::optional<ModSeq> since;  ///< CHANGEDSINCE; none: every flag of every known message
    bool announcements = false;   ///< dates and sizes, too
  };
  [[nodiscard]] Operation start(UidSet known, Scan scan, Completion<Done> done);
  /// Known messages that are announced otherwise than they were.
  [[nodiscard]] const UidSet& altered() const { return altered_; }
  /// Those of the known messages that the server answered for.
  [[nodiscard]] const UidSet& answered() const { return answered_; }

 private:
  void next_window();
  void on_flags(const Result<Done>& done);
  void on_known(const Result<std::vector<KnownMessage>>& known);

  imap::Connection& connection_;
  Ledger& ledger_;
  Recorder& recorder_;
  AccountId account_;
  FolderId folder_;
  UidValidity uid_validity_;
  std::string folder_path_;
  UidSet to_do_;
  Scan scan_;
  UidSet altered_;
  std::vector<ListedMessage> answers_;  // of the window
  UidSet window_answered_;
  UidSet answered_;
  Operation operation_;
  Pending<Done> done_;
};

}  // namespace imapkeep
