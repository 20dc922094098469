// Whether the mail server takes a fresh token as this account's user: a real login, and one command
// behind it, since some servers let every token in and then refuse whatever is asked. Trouble that
// passes is waited out for a little while: a person has just gone through a login.
#pragma once

#include <cstddef>
#include <memory>

#include "config/settings.h"
#include "sync/imap/source_connection.h"

namespace imapkeep {

class LoginProof {
 public:
  LoginProof(imap::SourceConnection::Deps deps, const AccountSettings& account);

  /// Once. How many folders there are. Errors: kLogin, the token is not this user's or may not read
  /// mail; others: it could not be tried.
  [[nodiscard]] Operation start(Credentials credentials, Completion<std::size_t> done);

 private:
  void try_once();
  void list();
  void log_out(std::size_t folders);
  void fail(const Error& error);

  imap::SourceConnection::Deps deps_;
  AccountSettings account_;
  Credentials credentials_;
  std::unique_ptr<imap::SourceConnection> connection_;
  int tries_ = 0;
  Operation operation_;
  Pending<std::size_t> done_;
};

}  // namespace imapkeep
