#include "daemon/app/commands/doctor_command.h"

#include <fmt/format.h>
#include <unistd.h>

#include <csignal>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "daemon/app/account_choice.h"
#include "daemon/app/application.h"
#include "daemon/app/commands/daemon_request.h"
#include "daemon/app/commands/doctor.h"
#include "daemon/app/state_directory.h"
#include "daemon/base/exit_code.h"
#include "daemon/base/sentence.h"
#include "daemon/io/log_sink.h"
#include "daemon/io/signals.h"

namespace imapkeep {
namespace {

std::string line_of(const char* how, std::string_view part, const std::string& what) {
  return fmt::format("{:<5}  {:<8}  {}", how, part, sentence_shown(what, 2000));
}

std::string json_of(const std::string& account, const std::vector<Finding>& well,
                    const Diagnosis& diagnosis) {
  auto good = nlohmann::ordered_json::array();
  for (const Finding& one : well) good.push_back({{"part", word_of(one.part)}, {"what", one.what}});
  nlohmann::ordered_json all{
      {"account", account}, {"healthy", !diagnosis.wrong}, {"well", std::move(good)}};
  if (diagnosis.wrong)
    all["wrong"] = {{"part", word_of(*diagnosis.wrong)},
                    {"what", diagnosis.error.what},
                    {"remedy", diagnosis.remedy}};
  return all.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

std::optional<Doctor::OAuthParts> oauth_parts(const Ports& ports, const Vault& vault,
                                              const AccountSettings& account) {
  const auto* oauth = std::get_if<OAuthOptions>(&account.auth.proof);
  if (oauth == nullptr) return std::nullopt;
  return Doctor::OAuthParts{
      TokenClientReader(*oauth, account.auth.user, ports.files, ports.processes, ports.environment),
      vault};
}

void tell_diagnosis(const std::string& account, const std::vector<Finding>& well,
                    const Diagnosis& diagnosis, bool json, Terminal& screen) {
  if (json) return screen.write_line(json_of(account, well, diagnosis));
  if (!diagnosis.wrong) return screen.write_line(account + " is well");
  screen.write_line(line_of("WRONG", word_of(*diagnosis.wrong), diagnosis.error.what));
  if (!diagnosis.remedy.empty()) screen.write_line(line_of("", "do", diagnosis.remedy));
}

/// Runs the loop to the end; the exit code. `settings` holds the one account alone. Errors: of the
/// key for the tokens.
Result<int> look_at(SystemPorts& system, const Settings& settings, bool json, Terminal& screen,
                    const Log& log) {
  const Ports ports = system.ports();
  const AccountSettings& account = settings.accounts.front();
  const auto state = open_state(ports.files, settings.state, ports.environment.user_id);
  if (!state) {
    tell_diagnosis(account.name, {}, diagnose(AccountPart::kState, state.error(), account), json,
                   screen);
    return exit_code(state.error().trouble);
  }
  const auto vault = open_vault(ports, settings);
  if (!vault) return vault.error();
  const auto strand = ports.workers.strand(PoolKind::kCommands);
  Grants grants(ports, *vault, log);
  const auto credentials = credentials_of(ports, grants, account, *strand);
  Doctor doctor({{ports.dialer, ports.timers, ports.clock, ports.random, log},
                 ports.http,
                 ports.files,
                 *strand},
                account, *credentials, oauth_parts(ports, *vault, account));

  int code = kExitOk;
  std::vector<Finding> well;
  Operation ending;
  const auto tell_well = [&](const Finding& finding) {
    if (!json) screen.write_line(line_of("ok", word_of(finding.part), finding.what));
    well.push_back(finding);
  };
  // A renewal that has begun brings the only new refresh token: it is waited for.
  const auto end = [&] {
    ending = grants.finish([&](const Result<Done>&) { system.loop.stop(); });
  };
  Operation looking = doctor.start(tell_well, [&](const Result<Diagnosis>& diagnosis) {
    if (diagnosis->wrong) code = exit_code(diagnosis->error.trouble);
    tell_diagnosis(account.name, well, *diagnosis, json, screen);
    end();
  });
  const Signals signals(system.loop, {SIGINT, SIGTERM}, [&](int number) {
    if (code > 128) return system.loop.stop();  // the second one need not wait
    code = 128 + number;
    looking.cancel();
    end();
  });
  system.loop.run();
  return code;
}

}  // namespace

int run_doctor(CommandInput input) {
  Settings& settings = input.settings;
  auto chosen = choose_account(settings, input.command.accounts);
  if (!chosen) return complain(chosen.error());
  const std::vector<std::string> sharers = accounts_sharing_grant(*chosen, settings);
  settings.accounts = {std::move(*chosen)};
  Terminal screen(STDOUT_FILENO);
  SystemPorts system(std::move(input.environment));
  const auto least = input.command.verbosity > 0 ? LogLevel::kDebug : LogLevel::kError;
  LineLogSink sink(system.clock, least, write_to_stderr, reader_of_stderr());
  const auto code = look_at(system, settings, input.command.json, screen, Log(sink));
  if (!code) return complain(code.error());
  // The token that has just been renewed, or whatever else a person has mended before asking.
  if (*code == kExitOk) wake_daemon(system, settings.state, sharers);
  return *code;
}

}  // namespace imapkeep
