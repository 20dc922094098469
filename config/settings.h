// What the operator asked for: the options that each room declares for itself, composed, with the
// places in the files that later complaints point at. Every path is absolute.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "auth/options.h"
#include "config/complaints.h"
#include "sync/imap/options.h"
#include "sync/pass/options.h"
#include "sync/store/options.h"

namespace imapkeep {

/// A file that the configuration names, for `imapkeep check` to look at.
struct NamedFile {
  enum class Holds { kSecret, kCertificates, kGoogleClient };
  Holds holds = Holds::kSecret;
  std::string path;
  Place where;
};

struct AccountSettings {
  std::string name;
  ServerOptions server;
  AuthOptions auth;
  StoreOptions store;
  MirrorOptions mirror;
  std::vector<std::string> watch{"INBOX"};  ///< patterns of the folders to hold IDLE on
  Place where;                              ///< the account's key, or its line among the `users`
  Place store_where;
  std::vector<NamedFile> files;

  /// The same account, wherever it stands in the files.
  [[nodiscard]] bool same_as(const AccountSettings& other) const {
    return name == other.name && server == other.server && auth == other.auth &&
           store == other.store && mirror == other.mirror && watch == other.watch;
  }
};

struct Settings {
  std::string state;
  Place state_where;                        ///< line 0: the default
  std::optional<SecretOptions> state_key;   ///< encrypts the tokens; none: permissions protect them
  std::vector<std::string> on_needs_login;  ///< a command to run once for a grant; empty: none
  std::vector<NamedFile> files;             ///< beside those of the accounts
  std::vector<AccountSettings> accounts;
};

}  // namespace imapkeep
