#include "auth/grant_saving.h"

#include <utility>

namespace imapkeep {
namespace {

constexpr Duration kAgain = std::chrono::milliseconds(250);
constexpr int kMostTries = 240;  // a minute: a renewal's request lives for half of one

Result<Done> save(const Vault& vault, Grant grant) {
  const std::string id = grant.key.id();
  const auto lock = vault.lock(id);
  if (!lock) return lock.error();
  const auto before = vault.load(id);
  if (!before && !Vault::is_sealed_otherwise(before.error())) return before.error();
  grant.generation = before && *before ? (*before)->generation + 1 : 1;
  return vault.save(grant);
}

}  // namespace

GrantSaving::GrantSaving(Vault vault, Lane& lane, Timers& timers)
    : vault_(std::move(vault)), lane_(lane), timers_(timers) {}

Operation GrantSaving::start(Grant grant, Completion<Done> done) {
  grant_ = std::move(grant);
  done_ = Pending<Done>(std::move(done));
  try_once();
  return done_.operation([this] { operation_.cancel(); });
}

void GrantSaving::try_once() {
  operation_ = run_for_result<Done>(
      lane_, [vault = vault_, grant = grant_] { return save(vault, grant); },
      [this](const Result<Done>& tried) { on_tried(tried); });
}

void GrantSaving::on_tried(const Result<Done>& tried) {
  const bool is_busy = !tried && tried.error().trouble == Trouble::kBusy;
  if (!is_busy || ++tries_ == kMostTries) return done_.complete(tried);
  operation_ = timers_.after(kAgain, [this] { try_once(); });
}

}  // namespace imapkeep
