// Brings the flags of known messages level with the server's: asks for what changed since a
// mod-sequence, or for all of them, in windows, and adds the differences to the recorder's batch.
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
  /// `since`: CHANGEDSINCE; none: every flag of every known message.
  [[nodiscard]] Operation start(UidSet known, std::optional<ModSeq> since, Completion<Done> done);
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
  std::optional<ModSeq> since_;
  std::vector<ListedMessage> answers_;  // of the window
  UidSet window_answered_;
  UidSet answered_;
  Operation operation_;
  Pending<Done> done_;
};

}  // namespace imapkeep
