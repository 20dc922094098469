// cuts [--on ext4,xfs,kill,model] [--runs N] [--scenario S] [--point P [--again P]] [--self-test]
// Cuts the power, or kills the process, at N calls of the disk, and has every promise checked after
// each. --point: at this one only, and with --again a second time, in the pass that mends. 77: not
// possible here, and why.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <optional>

#include "daemon/base/bytes.h"
#include "tests/cuts/campaign.h"
#include "tests/cuts/self_test.h"

namespace imapkeep::cuts {
namespace {

constexpr std::uint64_t kRuns = 200;
constexpr std::uint64_t kLongRuns = 10'000;
constexpr int kCannot = 77;

struct Arguments {
  std::vector<How> on{How::kCutExt4, How::kCutXfs};
  std::uint64_t runs = kRuns;
  std::uint64_t scenario = 1;
  std::uint64_t point = 0;
  std::uint64_t again = 0;
  bool self_test = false;
};

std::optional<std::vector<How>> parse_how(const std::string& words) {
  static const std::map<std::string, How> kWords{{"ext4", How::kCutExt4},
                                                 {"xfs", How::kCutXfs},
                                                 {"kill", How::kKill},
                                                 {"model", How::kCutModel}};
  std::vector<How> on;
  for (std::size_t at = 0; at <= words.size();) {
    const std::size_t end = std::min(words.find(',', at), words.size());
    const auto found = kWords.find(words.substr(at, end - at));
    if (found == kWords.end()) return std::nullopt;
    on.push_back(found->second);
    at = end + 1;
  }
  return on;
}

std::optional<Arguments> parse(int argc, char** argv) {
  Arguments arguments;
  if (const char* more = std::getenv("IMAPKEEP_LONG"); more && *more == '1') {
    arguments.runs = kLongRuns;
  }
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--self-test") {
      arguments.self_test = true;
      continue;
    }
    const std::string value = ++i < argc ? argv[i] : "";
    const auto number = parse_u64(value);
    if (word == "--on") {
      const auto on = parse_how(value);
      if (!on) return std::nullopt;
      arguments.on = *on;
    } else if (word == "--runs" && number) {
      arguments.runs = *number;
    } else if (word == "--scenario" && number) {
      arguments.scenario = *number;
    } else if (word == "--point" && number) {
      arguments.point = *number;
    } else if (word == "--again" && number) {
      arguments.again = *number;
    } else {
      return std::nullopt;
    }
  }
  return arguments;
}

bool is_real_disk(How how) { return how == How::kCutExt4 || how == How::kCutXfs; }

/// What this machine lets us do; why not, for the rest.
CrashPlaces prepare(const std::vector<How>& on) {
  CrashPlaces crashes;
  const bool mounts = std::any_of(on.begin(), on.end(), is_real_disk);
  const auto own = mounts ? LoopDisk::enter_own_view() : Result<Done>(Done{});
  if (!own) std::printf("no disk can be cut here: %s\n", own.error().what.c_str());
  for (const How how : on) {
    if (is_real_disk(how) && !own) continue;
    auto prepared = Crashes::prepare(how);
    if (prepared) {
      crashes[how] = *std::move(prepared);
    } else {
      std::printf("left out: %s\n", prepared.error().what.c_str());
    }
  }
  return crashes;
}

int campaign(const Arguments& arguments) {
  CrashPlaces crashes = prepare(arguments.on);
  if (crashes.empty()) return kCannot;
  std::vector<How> possible;
  for (const auto& [how, bed] : crashes) possible.push_back(how);
  const auto began = std::chrono::steady_clock::now();
  Campaign campaign(crashes);
  if (arguments.point != 0) {
    campaign.run_at(possible, arguments.scenario, arguments.point, arguments.again);
  } else {
    campaign.run(possible, arguments.scenario, arguments.runs);
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  std::printf(
      "%llu crashes, %llu of them twice, %llu broken; %llu points in a scenario; %.1f s, %.1f ms "
      "each\n",
      static_cast<unsigned long long>(campaign.died()),
      static_cast<unsigned long long>(campaign.died_twice()),
      static_cast<unsigned long long>(campaign.broken()),
      static_cast<unsigned long long>(campaign.points()), took.count(),
      1000 * took.count() / static_cast<double>(std::max<std::uint64_t>(1, campaign.died())));
  return campaign.broken() == 0 ? 0 : 1;
}

int test_ourselves() {
  CrashPlaces crashes = prepare({How::kCutExt4, How::kCutModel});
  if (!self_test(crashes, How::kCutExt4)) return 1;
  return crashes.contains(How::kCutExt4) ? 0 : kCannot;
}

}  // namespace
}  // namespace imapkeep::cuts

int main(int argc, char** argv) {
  const auto arguments = imapkeep::cuts::parse(argc, argv);
  if (!arguments) {
    std::fprintf(stderr,
                 "usage: cuts [--on ext4,xfs,kill,model] [--runs N] [--scenario S] "
                 "[--point P [--again P]] [--self-test]\n");
    return 64;
  }
  return arguments->self_test ? imapkeep::cuts::test_ourselves()
                              : imapkeep::cuts::campaign(*arguments);
}
