// `imapkeep login ACCOUNT`: a person's consent becomes a grant in the vault. Beside a running
// daemon, since it is the grant's lock that guards the grant and not the state's. The steps:
//   client and vault → issuer's endpoints → browser or device code → scope → a real login at the
//   mail server → vault → the daemon is told
// Until the mail server has taken the token nothing is kept, and nothing is called done.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "auth/code_login.h"
#include "auth/device_login.h"
#include "auth/grant_saving.h"
#include "auth/metadata_lookup.h"
#include "auth/token_client.h"
#include "daemon/app/commands/command_input.h"
#include "daemon/app/commands/login_proof.h"
#include "daemon/app/system_ports.h"
#include "daemon/app/terminal.h"
#include "daemon/io/http_server.h"
#include "daemon/io/input_lines.h"

namespace imapkeep {

/// Whether it is a person who has to log in for this account. Errors: kUsage, with what to do.
Result<Done> can_log_in(const AccountSettings& account);

class LoginCommand final {
 public:
  struct Deps {
    SystemPorts& system;
    Vault vault;
    Terminal& screen;  ///< standard output
    Log log;
  };

  /// `account` has OAuthOptions for proof.
  LoginCommand(Deps deps, AccountSettings account, std::string state);
  ~LoginCommand();
  LoginCommand(const LoginCommand&) = delete;
  LoginCommand& operator=(const LoginCommand&) = delete;

  /// Runs the loop to the end; the exit code.
  int run();

 private:
  void read_client();
  void find_endpoints();
  void ask_person();
  void ask_by_browser();
  void ask_by_device();
  void on_line(const std::string& line);
  void on_tokens(const Result<Tokens>& tokens);
  void prove(const Tokens& tokens);
  void save(std::size_t folders);
  void end_well(std::size_t folders);
  void fail(const Error& error);

  Deps deps_;
  AccountSettings account_;
  std::string state_;
  OAuthOptions options_;
  TokenClient client_;
  bool secret_in_header_ = false;
  bool ask_consent_ = false;
  Grant grant_;

  std::unique_ptr<Strand> strand_;
  MicrohttpdServing serving_;
  std::optional<InputLines> input_;
  std::optional<MetadataLookup> lookup_;
  std::optional<CodeLogin> code_login_;
  std::optional<DeviceLogin> device_login_;
  std::optional<LoginProof> proof_;
  std::optional<GrantSaving> saving_;
  Operation step_;
  int exit_code_ = 0;
};

/// The exit code.
int run_login(CommandInput input);

}  // namespace imapkeep
