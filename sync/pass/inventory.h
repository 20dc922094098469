// Are the files of a folder still where they were put? Asked only when cur/ has another mtime than
// the one remembered: a mail reader may have renamed (flags), which is nothing, or removed files,
// which are then stored again from the server or reported lost.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "sync/state/ledger.h"
#include "sync/store/message_store.h"

namespace imapkeep {

class Inventory {
 public:
  struct Outcome {
    std::int64_t cur_mtime_ns = 0;
    std::vector<UidValidity> generations;   ///< that have live messages; see `may_skip`
    std::map<UidValidity, UidSet> missing;  ///< live messages without a file
  };

  Inventory(MessageStore& store, Ledger& ledger, AccountId account, const LedgerFolder& folder);
  /// `all`: the folder's other directories are looked at, too, though nobody has been at its cur/.
  /// `may_skip`: where nothing has changed, nobody will ask for the generations; they stay unread.
  [[nodiscard]] Operation start(bool all, bool may_skip, Completion<Outcome> done);

 private:
  void next_generation();
  void next_window();
  void on_window(Result<std::vector<KnownMessage>> window);
  void on_missing(const Result<std::vector<StoredPlace>>& missing);

  MessageStore& store_;
  Ledger& ledger_;
  AccountId account_;
  const LedgerFolder& folder_;
  std::deque<UidValidity> to_do_;
  Uid from_;
  std::vector<KnownMessage> window_;
  Outcome outcome_;
  Operation operation_;
  Pending<Outcome> done_;
};

}  // namespace imapkeep
