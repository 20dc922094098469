// One account brought level with its server once: open the store, then passes over fresh
// connections until one has gone through, or an error says that trying again is no use now. A lost
// connection is tried again at once while passes make progress, and with growing delays a few times
// while not.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "auth/credentials.h"
#include "sync/imap/connection.h"
#include "sync/mirror/account_pass.h"
#include "sync/mirror/backoff.h"
#include "sync/mirror/options.h"
#include "sync/mirror/store_opening.h"
#include "sync/mirror/suspects.h"

namespace imapkeep {

struct SyncOutcome {
  std::optional<Error> error;     ///< the pass did not go through
  std::vector<std::string> owed;  ///< sentences: what is not stored although the server has it
  std::uint64_t stored = 0;
  std::uint64_t stored_bytes = 0;
  std::uint64_t gone = 0;
};

class AccountSync {
 public:
  struct World {
    imap::Connection::World network;
    Ledger& ledger;
    MessageStore& store;
    CredentialSource& credentials;
    Progress& progress;
  };

  AccountSync(World world, std::string account_name, ServerOptions server, MirrorOptions mirror);
  [[nodiscard]] Operation start(Completion<SyncOutcome> done);

 private:
  void on_opened(Result<OpenedStore> opened);
  void connect();
  void on_connected(Result<Done> connected);
  void on_pass(Result<Done> passed);
  void made_progress();
  void retry_or_end(const Error& error);
  void record_and_close(const std::optional<Error>& error);
  void close();

  World world_;
  std::string account_name_;
  ServerOptions server_;
  MirrorOptions mirror_;
  StoreOpening opening_;
  std::optional<OpenedStore> opened_;
  JournalPosition journal_end_;
  Suspects suspects_;
  int convictions_ = 0;  // as last seen
  int excused_ = 0;
  std::map<FolderId, int> lost_in_;  // connections, by the folder that was being visited
  std::set<FolderId> skip_;
  Credentials credentials_;
  std::unique_ptr<imap::Connection> connection_;
  std::unique_ptr<AccountPass> pass_;
  Backoff backoff_;
  unsigned fruitless_ = 0;
  MonoTime progress_at_;
  bool ever_connected_ = false;
  std::int64_t started_ms_ = 0;
  SyncOutcome outcome_;
  Operation operation_;
  Pending<SyncOutcome> done_;
};

}  // namespace imapkeep
