// Are the messages of a folder still where they were put? Asked only when the store's token for the
// folder is another than the one remembered: somebody may have removed files, which are then stored
// again from the server or reported lost; or only renamed them, as mail readers do for flags, which
// is nothing.
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
    FolderToken token;
    std::vector<UidValidity> generations;   ///< that have live messages; see `may_skip`
    std::map<UidValidity, UidSet> missing;  ///< live messages without a file
  };

  Inventory(MessageStore& store, Ledger& ledger, AccountId account, const LedgerFolder& folder);
  /// `all`: the store looks at all of the folder, though the token may say that it is as it was.
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
