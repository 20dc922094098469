// Are these messages, as they are stored, still those that the server has under their UIDs? Their
// headers are compared with each other, eighty at a time, on the mailbox that is selected. For
// messages that are doubted and announced as before: a header is a small part of the bytes, and it
// says when, from whom and by which servers a message came. What a lost or a refused question had
// not answered is asked for one by one; what costs the connection again, or is refused alone, is
// unknown: one bad message says nothing of the others.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sync/imap/source_connection.h"
#include "sync/pass/suspects.h"
#include "sync/state/ledger.h"
#include "sync/store/message_store.h"

namespace imapkeep {

class HeaderCheck {
 public:
  struct Deps {
    imap::SourceConnection& connection;
    MessageStore& store;
    Ledger& ledger;
    Suspects& suspects;
  };
  struct Folder {
    AccountId account;
    FolderId id;
    UidValidity uid_validity;
    std::string path;  ///< in the store
  };
  /// Each of the UIDs is in one of them.
  struct Outcome {
    UidSet agree;
    UidSet differ;
    UidSet unknown;  ///< no header to compare: the server gave none, or there is no whole file
  };

  HeaderCheck(Deps deps, Folder folder) : deps_(deps), folder_(std::move(folder)) {}
  /// `uids`: of stored messages. An error is one of the connection, the store or the ledger.
  [[nodiscard]] Operation start(UidSet uids, Completion<Outcome> done);
  /// Also after an error.
  [[nodiscard]] const Outcome& so_far() const { return outcome_; }

 private:
  void next_slice();
  void on_messages(const Result<std::vector<KnownMessage>>& messages);
  void on_stored(std::vector<Uid> uids, Result<std::vector<std::optional<std::string>>> headers);
  void ask(UidSet uids);
  void ask_next();
  void on_fetched(const Result<Done>& fetched);

  Deps deps_;
  Folder folder_;
  UidSet left_;
  UidSet slice_;
  UidSet alone_;  ///< of the slice, to be asked for one by one
  UidSet asked_;
  int refused_in_a_row_ = 0;           ///< alone
  std::map<Uid, std::string> stored_;  ///< headers that wait for the server's
  Outcome outcome_;
  Operation operation_;
  Pending<Outcome> done_;
};

}  // namespace imapkeep
