// The OAuth grants of all accounts: one vault, and one TokenKeeper for each grant, which accounts
// that agree in their options share. A keeper that no account uses any more is kept until its
// renewal, if one is under way, has come to its end: a provider that has exchanged a refresh token
// gives the new one only once.
#pragma once

#include <list>
#include <memory>
#include <optional>
#include <string>

#include "auth/oauth_credentials.h"
#include "auth/sealed_box.h"
#include "auth/token_keeper.h"
#include "auth/vault.h"
#include "config/settings.h"
#include "daemon/base/ports.h"

namespace imapkeep {

/// The vault of a state directory, under the operator's key if there is one. Blocks; the errors are
/// of that key.
Result<Vault> open_vault(const Ports& ports, const Settings& settings);

class Grants {
 public:
  Grants(const Ports& ports, Vault vault, Log log);
  Grants(const Grants&) = delete;
  Grants& operator=(const Grants&) = delete;

  /// `settings` are of an account whose proof are OAuthOptions.
  std::unique_ptr<CredentialSource> credentials_of(const AccountSettings& settings);
  /// Some accounts have gone: keepers that nobody uses end in time.
  void release_unused();
  /// Done when no renewal is under way. Several may wait.
  [[nodiscard]] Operation finish(Completion<Done> done);
  [[nodiscard]] const Vault& vault() const { return vault_; }

 private:
  struct SharedGrant {
    OAuthOptions options;
    std::string user;  ///< whose consent; empty: the client's own
    std::unique_ptr<Strand> strand;
    std::shared_ptr<TokenKeeper> keeper;
    bool is_finished = false;  ///< and unused since
    Operation finishing;
  };

  SharedGrant& shared_grant(const OAuthOptions& options, const std::string& user);
  static bool is_unused(const SharedGrant& grant) { return grant.keeper.use_count() == 1; }

  Ports ports_;
  Vault vault_;
  Log log_;
  std::list<std::unique_ptr<SharedGrant>> shared_;
  Operation removal_;
};

}  // namespace imapkeep
