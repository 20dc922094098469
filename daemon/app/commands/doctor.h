// Finds the one thing that is wrong with an account: its parts (doctor_words.h) are looked at in
// the order in which they need each other, and the first that fails is the finding. A token is not
// believed but renewed, since what is asked is whether that works; it is renewed under the grant's
// lock, beside a daemon that uses it. The server's mail is not touched.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "auth/metadata_lookup.h"
#include "auth/token_client.h"
#include "auth/vault.h"
#include "daemon/app/commands/doctor_words.h"
#include "daemon/base/http.h"
#include "daemon/base/workers.h"
#include "sync/imap/source_connection.h"

namespace imapkeep {

class Doctor {
 public:
  struct Deps {
    imap::SourceConnection::Deps network;
    HttpClient& http;
    Files& files;
    Strand& strand;  ///< where files are: the store, the vault, the client's secret
  };
  /// Of an account whose proof are OAuthOptions.
  struct OAuthParts {
    TokenClientReader client;
    Vault vault;
  };

  Doctor(Deps deps, AccountSettings account, CredentialSource& credentials,
         std::optional<OAuthParts> oauth);

  /// Once. `well` is told of every part that is, as it is found; it must not destroy the doctor.
  [[nodiscard]] Operation start(std::function<void(const Finding&)> well,
                                Completion<Diagnosis> done);

 private:
  struct Known {
    TokenClient client;
    std::optional<Grant> grant;
  };

  void look_at_disk();
  void look_at_network();
  void look_at_tls();
  void look_at_client();
  void look_at_provider();
  void on_provider(const Result<HttpAnswer>& answer);
  void ask_for_endpoints();
  void look_at_grant();
  void on_credentials(const Result<Credentials>& credentials);
  void look_at_scope();
  void look_at_login();
  void look_at_mailbox();

  [[nodiscard]] AccountPart proof() const {
    return oauth_ ? AccountPart::kGrant : AccountPart::kPassword;
  }
  [[nodiscard]] std::function<Result<Known>()> reading_known() const;
  void well(AccountPart part, std::string what) { well_({part, std::move(what)}); }
  void wrong(AccountPart part, const Error& error);

  Deps deps_;
  AccountSettings account_;
  CredentialSource& credentials_;
  std::optional<OAuthParts> oauth_;
  OAuthOptions options_;
  std::string server_;  ///< "imap.example.org:993"

  Known known_;
  std::string provider_;  ///< "https://id.example", whose answer was looked at
  bool renewed_ = false;
  Credentials found_;
  std::unique_ptr<MetadataLookup> lookup_;
  std::unique_ptr<imap::SourceConnection> connection_;
  std::function<void(const Finding&)> well_;
  Pending<Diagnosis> done_;
  Operation step_;
};

}  // namespace imapkeep
