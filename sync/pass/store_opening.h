// Before each pass the store is asked who it is, and the ledger is brought level with its journal:
//   ledger behind (a crash between the two)     → the end of the journal is replayed
//   ledger lost, or of another store            → it is made anew from the whole journal
//   store behind (an older copy was put back)   → the same, and every folder's files are compared,
//                                                 since no cursor is left
//   store is a copy (restored, another disk)    → every folder's files are compared
// No body is fetched for any of these.
#pragma once

#include <optional>
#include <string>

#include "daemon/base/log.h"
#include "daemon/base/operation.h"
#include "sync/state/ledger.h"
#include "sync/store/message_store.h"

namespace imapkeep {

struct OpenedStore {
  AccountId account;
  StoreFacts facts;
  std::optional<MailboxOwner> owner{};  ///< as the journal said last
  bool newly_bound = false;             ///< the ledger does not know that it is this account's
};

class StoreOpening {
 public:
  StoreOpening(MessageStore& store, Ledger& ledger, std::string account_name, Log log);
  [[nodiscard]] Operation start(Completion<OpenedStore> done);
  /// Known even when the store cannot be opened; 0: not even that.
  [[nodiscard]] AccountId account() const { return account_.id; }

 private:
  void on_account(Result<LedgerAccount> account);
  void on_store(Result<StoreFacts> facts);
  void on_bound();
  void replay_from(JournalPosition position);
  void check_origin();
  void end_well();
  void on_chunk(Result<JournalChunk> chunk);
  void finish(Result<OpenedStore> result);

  MessageStore& store_;
  Ledger& ledger_;
  std::string account_name_;
  Log log_;
  LedgerAccount account_;
  StoreFacts facts_;
  std::uint64_t replayed_ = 0;
  bool newly_bound_ = false;
  std::uint64_t void_ = 0;  ///< of those, records of a folder that none has named
  Operation operation_;
  Pending<OpenedStore> done_;
};

}  // namespace imapkeep
