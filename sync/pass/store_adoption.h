// `imapkeep account adopt`: a person says that the store at this account's path is the configured
// mailbox's from now on, whatever its messages say. The server is asked once more, folder by
// folder: where UIDVALIDITY is the same and the messages are not, the stored ones would pass for
// the new mailbox's, so they go to the kept area first. Then an OwnerRecord is written; it is last,
// so that an adoption that was interrupted is begun again. Nothing is fetched; what else the
// mailbox does not have leaves the live tree by later passes.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "sync/pass/account_connector.h"
#include "sync/pass/account_deps.h"
#include "sync/pass/owner_check.h"
#include "sync/pass/put_away.h"
#include "sync/pass/store_opening.h"
#include "sync/pass/suspects.h"

namespace imapkeep {

struct Adoption {
  OwnerClaim claim;            ///< as it was before
  bool written = false;        ///< false: it was this mailbox's already
  std::uint64_t put_away = 0;  ///< messages in the kept area now
};

class StoreAdoption {
 public:
  StoreAdoption(AccountDeps deps, std::string account, ServerOptions server);
  /// The store is closed again at the end.
  [[nodiscard]] Operation start(Completion<Adoption> done);

 private:
  void on_opened(Result<OpenedStore> opened);
  void connect();
  void prove();
  void on_evidence(Result<OwnerEvidence> evidence);
  void write_owner();
  void on_committed(Result<Committed> committed);
  void bind();
  void close(Result<Adoption> result);

  AccountDeps deps_;
  std::string account_;
  ServerOptions server_;
  AccountConnector connector_;
  MailboxOwner configured_;
  StoreOpening store_opening_;
  std::optional<OpenedStore> opened_;
  std::unique_ptr<imap::SourceConnection> connection_;
  Suspects suspects_;
  std::uint64_t losses_ = 0;  ///< of suspects_, as last seen
  std::unique_ptr<OwnerProof> proof_;
  std::unique_ptr<PutAway> put_away_;
  Adoption adoption_;
  Operation operation_;
  Pending<Adoption> done_;
};

}  // namespace imapkeep
