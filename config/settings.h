// What the operator asked for: the options that each room declares for itself, composed, with the
// places in the files that later complaints point at. Every path is absolute.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "auth/options.h"
#include "config/complaints.h"
#include "sync/imap/options.h"
#include "sync/mirror/options.h"
#include "sync/store/options.h"

namespace imapkeep {

struct AccountSettings {
  std::string name;
  ServerOptions server;
  AuthOptions auth;
  MaildirOptions store;
  MirrorOptions mirror;
  std::vector<std::string> watch{"INBOX"};  ///< patterns of the folders to hold IDLE on
  Place where;                              ///< the account's key
  Place password_where;
  Place ca_where;  ///< line 0: there is none
  Place store_where;

  /// The same account, wherever it stands in the files.
  [[nodiscard]] bool same_as(const AccountSettings& other) const {
    return name == other.name && server == other.server && auth == other.auth &&
           store == other.store && mirror == other.mirror && watch == other.watch;
  }
};

struct Settings {
  std::string state;
  Place state_where;                       ///< line 0: the default
  std::optional<SecretOptions> state_key;  ///< encrypts the tokens; none: permissions protect them
  std::vector<AccountSettings> accounts;
};

}  // namespace imapkeep
