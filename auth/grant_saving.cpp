#include "auth/grant_saving.h"

#include <utility>

namespace imapkeep {
namespace {

constexpr Duration kAgain = std::chrono::milliseconds(250);
constexpr int kMostTries = 400;  // 100 s: a renewal's request lives for 90 of them

Result<Done> save(const Vault& vault, Grant grant) {
  const std::string id = grant.key.id();
  const auto lock = vault.lock(id);
  if (!lock) return lock.error();
  const auto before = vault.load(id);
  if (!before && !Vault::is_as_good_as_none(before.error())) return before.error();
  if (!before && Vault::is_damaged(before.error())) {
    if (const auto moved = vault.set_aside(id); !moved) return moved.error();
  }
  grant.generation = before && *before ? (*before)->generation + 1 : 1;
  return vault.save(grant);
}

}  // namespace

Result<Done> can_save(const Vault& vault, const std::string& id) {
  const auto there = vault.load(id);
  if (!there && !Vault::is_as_good_as_none(there.error())) return there.error();
  const auto lock = vault.lock(id);
  if (!lock) {
    if (lock.error().trouble != Trouble::kBusy) return lock.error();
    return Done{};  // whoever has it has taken space itself
  }
  const auto reservation = vault.reserve(id);
  if (!reservation) return reservation.error();
  return Done{};
}

GrantSaving::GrantSaving(Vault vault, Strand& strand, Timers& timers)
    : vault_(std::move(vault)), strand_(strand), timers_(timers) {}

Operation GrantSaving::start(Grant grant, Completion<Done> done) {
  grant_ = std::move(grant);
  done_ = Pending<Done>(std::move(done));
  try_once();
  return done_.operation([this] { operation_.cancel(); });
}

void GrantSaving::try_once() {
  operation_ = run_for_result<Done>(
      strand_, [vault = vault_, grant = grant_] { return save(vault, grant); },
      [this](const Result<Done>& tried) { on_tried(tried); });
}

void GrantSaving::on_tried(const Result<Done>& tried) {
  const bool is_busy = !tried && tried.error().trouble == Trouble::kBusy;
  if (!is_busy || ++tries_ == kMostTries) return done_.complete(tried);
  operation_ = timers_.after(kAgain, [this] { try_once(); });
}

}  // namespace imapkeep
