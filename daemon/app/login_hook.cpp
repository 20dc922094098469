#include "daemon/app/login_hook.h"

#include <utility>

namespace imapkeep {
namespace {

constexpr Duration kDeadline = std::chrono::seconds(10);

}  // namespace

LoginHook::LoginHook(const Outside& outside, Log log)
    : outside_(outside), log_(std::move(log)), lane_(outside_.workers.lane(LaneKind::kResolver)) {}

void LoginHook::run(const std::vector<std::string>& command, const std::string& account,
                    const std::string& why) {
  if (command.empty()) return;
  std::vector<std::string> argv{"env", "-i", "IMAPKEEP_EVENT=needs-login",
                                "IMAPKEEP_ACCOUNT=" + account, "IMAPKEEP_WHY=" + why};
  for (const char* name :
       {"PATH", "HOME", "USER", "LANG", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS"}) {
    if (const auto value = outside_.surroundings.variable(name))
      argv.push_back(std::string(name) + "=" + *value);
  }
  argv.insert(argv.end(), command.begin(), command.end());
  const Log log = log_.with({{"account", account}});
  running_[account] = run_for_result<std::string>(
      *lane_,
      [&processes = outside_.processes, argv] { return processes.output_of(argv, kDeadline); },
      [log, name = command.front()](const Result<std::string>& ended) {
        if (ended) {
          log.info("told of the login that is needed", {{"command", name}});
        } else {
          log.error("on_needs_login failed", {{"command", name}, {"why", ended.error().what}});
        }
      });
}

}  // namespace imapkeep
