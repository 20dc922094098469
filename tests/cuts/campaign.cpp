#include "tests/cuts/campaign.h"

#include <algorithm>
#include <cstdio>

namespace imapkeep::cuts {
namespace {

constexpr std::uint64_t kMendingTakes = 150;  // calls, about

/// Ledger inside and outside, names lost and kept; a process that is killed knows no difference.
std::vector<Setting> settings_of(How how, std::uint64_t scenario) {
  if (how == How::kKill) return {{how, true, Loss::kNames, scenario}};
  std::vector<Setting> settings;
  for (const bool inside : {true, false}) {
    if (how == How::kCutModel && inside) continue;
    for (const Loss loss : {Loss::kNames, Loss::kBytes}) {
      settings.push_back({how, inside, loss, scenario});
    }
  }
  return settings;
}

void show(const Setting& setting, std::uint64_t point, std::uint64_t again,
          const CrashResult& crash) {
  std::printf("\n%s, point %llu, again %llu (%s):\n", text_of(setting).c_str(),
              static_cast<unsigned long long>(point), static_cast<unsigned long long>(again),
              crash.last.c_str());
  for (const auto& complaint : crash.complaints) std::printf("  %s\n", complaint.c_str());
  std::fflush(stdout);
}

}  // namespace

void Campaign::run(const std::vector<How>& on, std::uint64_t scenario, std::uint64_t runs) {
  for (; died_ < runs; ++scenario) {
    std::vector<Setting> settings;
    for (const How how : on) {
      for (const Setting& one : settings_of(how, scenario)) settings.push_back(one);
    }
    const std::uint64_t points = measure(settings.front());
    if (points == 0) return;
    const std::uint64_t wanted = runs - died_;
    const std::uint64_t stride = std::max<std::uint64_t>(1, points * settings.size() / wanted);
    for (std::uint64_t at = 0; at < settings.size(); ++at) {
      // Each setting a little further, so that together they meet more points than one alone.
      for (std::uint64_t point = 1 + at * stride / settings.size(); point <= points && died_ < runs;
           point += stride) {
        run(settings[at], point, died_ % 3 == 2 ? 1 + died_ * 7919 % kMendingTakes : 0);
      }
    }
  }
}

void Campaign::run_at(const std::vector<How>& on, std::uint64_t scenario, std::uint64_t point,
                      std::uint64_t again) {
  for (const How how : on) {
    for (const Setting& one : settings_of(how, scenario)) run(one, point, again);
  }
}

void Campaign::run(const Setting& setting, std::uint64_t point, std::uint64_t again) {
  const CrashResult crash = crashes_.at(setting.how)->run(setting, point, again);
  ++died_;
  died_twice_ += crash.reached_again ? 1 : 0;
  if (crash.complaints.empty() && crash.reached) return;
  ++broken_;
  show(setting, point, again, crash);
  if (!crash.reached) std::printf("  the point was not reached\n");
}

std::uint64_t Campaign::measure(const Setting& setting) {
  const CrashResult whole = crashes_.at(setting.how)->run(setting, 0);
  points_ = whole.points;
  if (whole.complaints.empty()) return whole.points;
  ++broken_;
  show(setting, 0, 0, whole);
  return 0;
}

}  // namespace imapkeep::cuts
