#include "daemon/app/commands/login_command.h"

#include <unistd.h>

#include <array>
#include <csignal>
#include <utility>

#include "auth/new_grant.h"
#include "daemon/app/account_choice.h"
#include "daemon/app/commands/daemon_request.h"
#include "daemon/app/commands/login_words.h"
#include "daemon/app/grants.h"
#include "daemon/app/state_directory.h"
#include "daemon/base/bytes.h"
#include "daemon/base/exit_code.h"
#include "daemon/io/detached_program.h"
#include "daemon/io/log_sink.h"
#include "daemon/io/signals.h"

namespace imapkeep {
namespace {

std::string own_host_name() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "this-host";
}

}  // namespace

Result<Done> can_log_in(const AccountSettings& account) {
  const auto* options = std::get_if<OAuthOptions>(&account.auth.proof);
  const bool has_own_key = options != nullptr && options->flow != OAuthFlow::kCode &&
                           options->flow != OAuthFlow::kDevice;
  if (options != nullptr && !has_own_key) return Done{};
  return Error{Remedy::kNeedsOperator, Trouble::kUsage,
               "the account `" + account.name + "` logs in with " +
                   (has_own_key ? "its client's own key" : "a password") +
                   ", so there is nobody to ask; `imapkeep sync " + account.name +
                   "` tries whether it works",
               0};
}

LoginCommand::LoginCommand(Deps deps, AccountSettings account, std::string state)
    : deps_(std::move(deps)),
      account_(std::move(account)),
      state_(std::move(state)),
      options_(std::get<OAuthOptions>(account_.auth.proof)),
      strand_(deps_.system.workers.strand(PoolKind::kCommands)),
      serving_(deps_.system.loop, deps_.system.timers) {
  if (options_.user.empty()) options_.user = account_.auth.user;
}

LoginCommand::~LoginCommand() = default;

int LoginCommand::run() {
  // What is written as somebody else, the daemon could not read.
  const auto state = open_state(deps_.system.files, state_, deps_.system.environment.user_id);
  if (!state) {
    fail(state.error());
    return exit_code_;
  }
  // A terminal that is typed at is given back in order.
  const Signals signals(deps_.system.loop, {SIGINT, SIGTERM, SIGHUP}, [this](int number) {
    exit_code_ = 128 + number;
    input_.reset();
    deps_.system.loop.stop();
  });
  read_client();
  deps_.system.loop.run();
  return exit_code_;
}

void LoginCommand::read_client() {
  const Ports ports = deps_.system.ports();
  const TokenClientReader reader(std::get<OAuthOptions>(account_.auth.proof), account_.auth.user,
                                 ports.files, ports.processes, ports.environment);
  const RequestStamp stamp = new_request_stamp(deps_.system.clock.wall_now(), deps_.system.random);
  // A vault that cannot be used, or has no room, is told before a person goes to the provider.
  step_ = run_for_result<TokenClient>(
      *strand_,
      [reader, stamp, vault = deps_.vault]() -> Result<TokenClient> {
        auto client = reader.read(stamp);
        if (!client) return client;
        if (const auto may = can_save(vault, client->key.id()); !may)
          return may.error().within("a token could not be kept, so nobody is asked for one");
        return client;
      },
      [this](const Result<TokenClient>& client) {
        if (!client) return fail(client.error());
        client_ = *client;
        find_endpoints();
      });
}

void LoginCommand::find_endpoints() {
  if (knows_endpoints(options_) || options_.issuer.empty()) return ask_person();
  lookup_.emplace(deps_.system.http, options_.issuer, options_.ca_file);
  step_ = lookup_->start([this](const Result<ServerMetadata>& metadata) {
    if (!metadata) return fail(metadata.error());
    fill_in(options_, *metadata);
    secret_in_header_ = metadata->secret_in_header;
    if (!metadata->names_s256)
      deps_.log.warning("provider does not say that it knows PKCE (S256)",
                        {{"issuer", options_.issuer}});
    ask_person();
  });
}

void LoginCommand::ask_person() {
  if (const auto complete = check_endpoints(options_); !complete) return fail(complete.error());
  client_.caller.endpoint = options_.endpoints.token;
  if (secret_in_header_ && client_.caller.proof == ClientProof::kSecretPost)
    client_.caller.proof = ClientProof::kSecretBasic;
  if (options_.flow == OAuthFlow::kDevice) return ask_by_device();
  ask_consent_ = ask_consent_ || must_ask_consent(options_);
  ask_by_browser();
}

void LoginCommand::ask_by_browser() {
  SystemPorts& system = deps_.system;
  code_login_.emplace(
      CodeLogin::Deps{system.http, serving_, system.timers, system.random, deps_.log}, options_,
      client_.caller);
  const auto url = code_login_->invite(ask_consent_);
  if (!url) return fail(url.error());
  CodeInvitation invitation{
      options_.user,       *url,  options_.redirect_host,
      code_login_->port(), false, ssh_target(system.environment, own_host_name())};
  if (const auto browser = browser_command(system.environment, *url)) {
    const auto started = start_detached(*browser);
    invitation.is_opened = started.has_value();
    if (!started) deps_.log.warning("no browser opened", {{"why", started.error().what}});
  }
  deps_.screen.write_line(words_of(invitation));
  input_.emplace(system.loop, STDIN_FILENO, [this](const std::string& line) { on_line(line); });
  step_ = code_login_->start([this](const Result<Tokens>& tokens) { on_tokens(tokens); });
}

void LoginCommand::on_line(const std::string& line) {
  if (line.find_first_not_of(" \t\r") == std::string::npos) return;
  const auto taken = code_login_->paste(line);
  if (!taken) deps_.screen.write_line("That does not help: " + taken.error().what + ".");
}

void LoginCommand::ask_by_device() {
  SystemPorts& system = deps_.system;
  device_login_.emplace(DeviceLogin::Deps{system.http, system.timers, system.clock},
                        options_.endpoints.device, options_.scope, client_.caller);
  step_ = device_login_->start(
      [this](const DeviceCode& code) { deps_.screen.write_line(words_of(code, options_.user)); },
      [this](const Result<Tokens>& tokens) { on_tokens(tokens); });
}

void LoginCommand::on_tokens(const Result<Tokens>& tokens) {
  input_.reset();
  if (!tokens) return fail(tokens.error());
  if (const auto covered = check_scope(*tokens, options_.scope); !covered)
    return fail(covered.error());
  if (!tokens->refresh.empty()) return prove(*tokens);
  if (options_.flow == OAuthFlow::kCode && !std::exchange(ask_consent_, true)) {
    deps_.screen.write_line(
        "The provider remembers an earlier permission and gave one for an hour only. Please allow "
        "it once more:");
    step_ = deps_.system.timers.soon([this] { ask_by_browser(); });
    return;
  }
  fail({Remedy::kNeedsOperator, Trouble::kLogin,
        "the provider gave no refresh token, so that this login would end within the hour; many "
        "want `offline_access` in `scope`, and some have to be told that the client may have it",
        0});
}

void LoginCommand::prove(const Tokens& tokens) {
  SystemPorts& system = deps_.system;
  grant_ = new_grant(client_.key, tokens, options_.endpoints.token, secret_in_header_,
                     system.clock.wall_now());
  deps_.screen.write_line("Permission received. Logging in to " + account_.server.host +
                          " with it …");
  proof_.emplace(imap::SourceConnection::Deps{system.dialer, system.timers, system.clock,
                                              system.random, deps_.log},
                 account_);
  Credentials credentials;
  credentials.user = account_.auth.user;
  credentials.secret = tokens.access;
  credentials.proof = Credentials::Proof::kAccessToken;
  credentials.mechanism = account_.auth.mechanism;
  step_ = proof_->start(std::move(credentials), [this](const Result<std::size_t>& folders) {
    if (!folders) return fail(folders.error());
    save(*folders);
  });
}

void LoginCommand::save(std::size_t folders) {
  saving_.emplace(deps_.vault, *strand_, deps_.system.timers);
  step_ = saving_->start(grant_, [this, folders](const Result<Done>& saved) {
    if (!saved) return fail(saved.error().within("the token could not be kept; log in again"));
    end_well(folders);
  });
}

void LoginCommand::end_well(std::size_t folders) {
  deps_.screen.write_line(account_.name + ": logged in as " + printable_utf8(account_.auth.user) +
                          ", " + std::to_string(folders) +
                          (folders == 1 ? " folder; " : " folders; ") + deps_.vault.describe());
  deps_.system.loop.stop();
}

void LoginCommand::fail(const Error& error) {
  exit_code_ = exit_code(error.trouble);
  Terminal(STDERR_FILENO).write_line("imapkeep: " + account_.name + ": " + error.what);
  deps_.system.loop.stop();
}

int run_login(CommandInput input) {
  const Settings& settings = input.settings;
  const auto account = choose_account(settings, input.command.accounts);
  if (!account) return complain(account.error());
  if (const auto usable = can_log_in(*account); !usable) return complain(usable.error());
  SystemPorts system(std::move(input.environment));
  const auto vault = open_vault(system.ports(), settings);
  if (!vault) return complain(vault.error());
  Terminal screen(STDOUT_FILENO);
  LineLogSink sink(system.clock, level_of(input.command), write_to_stderr, reader_of_stderr());
  const Log log = Log(sink).with({{"account", account->name}});
  const int code = LoginCommand({system, *vault, screen, log}, *account, settings.state).run();
  if (code == kExitOk)
    wake_daemon(system, settings.state, accounts_sharing_grant(*account, settings));
  return code;
}

}  // namespace imapkeep
