#include "daemon/app/login_hook.h"

#include <utility>

namespace imapkeep {
namespace {

constexpr Duration kDeadline = std::chrono::seconds(10);

}  // namespace

LoginHook::LoginHook(const Ports& ports, Log log)
    : ports_(ports), log_(std::move(log)), strand_(ports_.workers.strand(PoolKind::kCommands)) {}

void LoginHook::run(const std::vector<std::string>& command, const std::string& account,
                    const std::string& why) {
  if (command.empty()) return;
  std::vector<std::string> argv{"env", "-i", "IMAPKEEP_EVENT=needs-login",
                                "IMAPKEEP_ACCOUNT=" + account, "IMAPKEEP_WHY=" + why};
  for (const char* name :
       {"PATH", "HOME", "USER", "LANG", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS"}) {
    if (const auto value = ports_.environment.variable(name))
      argv.push_back(std::string(name) + "=" + *value);
  }
  argv.insert(argv.end(), command.begin(), command.end());
  const Log log = log_.with({{"account", account}});
  running_[account] = run_for_result<std::string>(
      *strand_,
      [&processes = ports_.processes, argv] { return processes.output_of(argv, kDeadline); },
      [log, name = command.front()](const Result<std::string>& ended) {
        if (ended) {
          log.info("told of the login that is needed", {{"command", name}});
        } else {
          log.error("on_needs_login failed", {{"command", name}, {"why", ended.error().what}});
        }
      });
}

}  // namespace imapkeep
