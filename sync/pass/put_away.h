// Mail that is another mailbox's makes room: all messages of one generation of a folder go to the
// kept area, whatever `on_expunge` says, and the folder's cursor is forgotten. Only for a mailbox
// that takes over a store under the same UIDVALIDITY: its own messages would otherwise pass for
// stored, since they have the same names.
#pragma once

#include <vector>

#include "sync/journal/records.h"
#include "sync/state/ledger.h"
#include "sync/store/message_store.h"

namespace imapkeep {

class PutAway {
 public:
  struct Generation {
    FolderId folder;
    std::string path;
    UidValidity uid_validity;
  };

  PutAway(MessageStore& store, Ledger& ledger, AccountId account, JournalPosition journal_end)
      : store_(store), ledger_(ledger), account_(account), journal_end_(journal_end) {}
  /// How many messages went. Interrupted, it can be begun again.
  [[nodiscard]] Operation start(std::vector<Generation> generations,
                                Completion<std::uint64_t> done);

 private:
  void next();
  void on_window(const Result<std::vector<KnownMessage>>& window);
  void apply(std::vector<Record> records, JournalPosition end);

  MessageStore& store_;
  Ledger& ledger_;
  AccountId account_;
  JournalPosition journal_end_;
  std::vector<Generation> generations_;  ///< the last one is under way
  std::uint64_t gone_ = 0;
  Operation operation_;
  Pending<std::uint64_t> done_;
};

}  // namespace imapkeep
