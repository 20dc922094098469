#include "daemon/observe/status_snapshot.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace imapkeep {
namespace {

/// The value of that key, out of the map.
template <class Value>
std::optional<Value> taken_from(std::map<std::string, Value>& map, const std::string& key) {
  const auto found = map.find(key);
  if (found == map.end()) return std::nullopt;
  return std::move(found->second);
}

StatusSnapshot::Tokens tokens_of(const Settings& settings) {
  const bool has_tokens = std::any_of(
      settings.accounts.begin(), settings.accounts.end(),
      [](const auto& account) { return std::holds_alternative<OAuthOptions>(account.auth.proof); });
  if (!has_tokens) return StatusSnapshot::Tokens::kNone;
  return settings.state_key ? StatusSnapshot::Tokens::kEncrypted : StatusSnapshot::Tokens::kPlain;
}

}  // namespace

StatusSnapshot join_snapshot(const Settings& settings, std::vector<AccountReport> reports,
                             LiveStates live, TokenStates tokens, WallTime now) {
  std::map<std::string, AccountReport> by_name;
  for (AccountReport& report : reports) {
    std::string name = report.name;
    by_name.emplace(std::move(name), std::move(report));
  }
  StatusSnapshot snapshot;
  snapshot.taken = now;
  snapshot.tokens = tokens_of(settings);
  for (const AccountSettings& account : settings.accounts) {
    snapshot.accounts.push_back({account.name, describe(account.store),
                                 taken_from(by_name, account.name), taken_from(live, account.name),
                                 taken_from(tokens, account.name)});
  }
  return snapshot;
}

Result<StatusSnapshot> take_snapshot(const Ports& ports, const Settings& settings,
                                     const LedgerReader& ledger, const Result<Vault>& vault,
                                     LiveStates live) {
  auto reports = ledger.read();
  if (!reports) return reports.error();
  return join_snapshot(settings, std::move(*reports), std::move(live),
                       look_at_tokens(ports, settings, vault), ports.clock.wall_now());
}

int status_exit_code(const StatusSnapshot& snapshot) {
  const bool complete = std::all_of(snapshot.accounts.begin(), snapshot.accounts.end(),
                                    [](const AccountSnapshot& account) {
                                      return account.report && account.report->last_pass &&
                                             account.report->last_pass->outcome == "complete";
                                    });
  return complete ? 0 : 1;
}

}  // namespace imapkeep
