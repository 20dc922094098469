// simulator [--runs N] [--seed S|random] [--hours H] [--verbose] [--leave-out PATTERN]
// simulator --self-test
//
// Runs seeds S, S+1 … each in a process of its own, so that a crash or a hang names its seed too.
// One seed alone runs in this process, where a debugger sees it. --leave-out "fsync directory *":
// as if the line of such a flush were missing in the program. --self-test: each kind of flush is
// left out, and some seed must find it.
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <random>

#include "daemon/base/bytes.h"
#include "tests/simulator/simulation.h"
#include "tests/simulator/verdict.h"
#include "tests/simulator/violation.h"
#include "tests/support/temporary_directory.h"

namespace imapkeep::sim {
namespace {

constexpr std::uint64_t kFirstSeed = 1;
constexpr std::uint64_t kRuns = 500;
constexpr std::uint64_t kLongRuns = 10'000;
constexpr unsigned kHang = 300;  // seconds of real time that no run takes

struct Arguments {
  std::uint64_t runs = kRuns;
  std::uint64_t seed = kFirstSeed;
  std::optional<Duration> length;
  Loudness loudness = Loudness::kQuiet;
  std::string left_out;
  bool self_test = false;
  bool silent = false;  ///< of what is broken
};

/// What a run tells: how much time it simulated, and what it was.
struct Told {
  double virtual_seconds = 0;
  std::uint64_t digest = 0;
  std::uint64_t held = 0;  ///< 1: every promise
};

std::optional<Arguments> parse(int argc, char** argv) {
  Arguments arguments;
  if (const char* more = std::getenv("IMAPKEEP_LONG"); more && *more == '1') {
    arguments.runs = kLongRuns;
  }
  bool runs_given = false;
  bool seed_given = false;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const std::string value = i + 1 < argc ? argv[i + 1] : "";
    const auto number = parse_u64(value);
    if (word == "--self-test") {
      arguments.self_test = true;
      continue;
    }
    if (word == "--verbose") {
      arguments.loudness =
          arguments.loudness == Loudness::kQuiet ? Loudness::kInfo : Loudness::kDebug;
      continue;
    }
    if (word == "--leave-out") {
      arguments.left_out = value;
    } else if (word == "--seed" && value == "random") {
      arguments.seed = std::random_device{}() * std::uint64_t{1'000'000};
    } else if (!number) {
      return std::nullopt;
    } else if (word == "--seed") {
      arguments.seed = *number;
      seed_given = true;
    } else if (word == "--runs") {
      arguments.runs = *number;
      runs_given = true;
    } else if (word == "--hours") {
      arguments.length = std::chrono::hours(*number);
    } else {
      return std::nullopt;
    }
    ++i;
  }
  if (seed_given && !runs_given) arguments.runs = 1;
  return arguments;
}

void show(std::uint64_t seed, const Simulation& sim, const char* broken, Loudness loudness) {
  std::printf("\nseed %llu, at %s: %s\n", static_cast<unsigned long long>(seed),
              sim.log.time_now().c_str(), broken);
  if (loudness != Loudness::kQuiet) return;
  for (const auto& line : sim.log.last_lines()) std::printf("  %s\n", line.c_str());
}

Told run(std::uint64_t seed, const Arguments& arguments, const std::string& scratch) {
  const std::string state = scratch + "/" + std::to_string(seed);
  std::filesystem::create_directory(state);
  Told told;
  {
    Simulation sim({seed, arguments.length, state, arguments.loudness, arguments.left_out});
    const MonoTime start = sim.time.mono_now();
    try {
      sim.live();
      check_promises(sim);
      told.held = 1;
    } catch (const std::exception& broken) {
      if (!arguments.silent) show(seed, sim, broken.what(), arguments.loudness);
    }
    told.virtual_seconds = std::chrono::duration<double>(sim.time.mono_now() - start).count();
    told.digest = sim.log.digest();
  }
  std::filesystem::remove_all(state);
  return told;
}

/// The same in a process of its own. Nothing: it died of it.
std::optional<Told> run_apart(std::uint64_t seed, const Arguments& arguments,
                              const std::string& scratch) {
  int ends[2];
  if (pipe(ends) != 0) return std::nullopt;
  std::fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    alarm(kHang);
    const Told told = run(seed, arguments, scratch);
    std::fflush(stdout);
    const bool said = write(ends[1], &told, sizeof told) == sizeof told;
    _exit(said ? 0 : 1);
  }
  close(ends[1]);
  Told told;
  const bool heard = read(ends[0], &told, sizeof told) == sizeof told;
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (heard) return told;
  const int signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  std::printf("\nseed %llu: the run died: %s\n", static_cast<unsigned long long>(seed),
              signal == SIGALRM ? "it hangs"
              : signal != 0     ? strsignal(signal)
                                : "see above");
  return std::nullopt;
}

std::filesystem::path where_ledgers_lie() {
  const bool memory = std::filesystem::is_directory("/dev/shm") && access("/dev/shm", W_OK) == 0;
  return memory ? std::filesystem::path("/dev/shm") : std::filesystem::temp_directory_path();
}

/// A simulator that finds nothing when there is something to find is none.
int self_test(Arguments arguments) {
  const TemporaryDirectory scratch(where_ledgers_lie());
  arguments.silent = true;
  std::uint64_t missed = 0;
  for (const char* flushes : {"*sync */INBOX/tmp*", "fsync */.imapkeep/journal/*",
                              "fsync directory */cur", "fsync directory */.imapkeep/gone*"}) {
    arguments.left_out = flushes;
    std::uint64_t i = 0;
    const auto holds = [&] {
      const auto told = run_apart(arguments.seed + i, arguments, scratch.path());
      return told && told->held == 1;
    };
    while (i < kRuns && holds()) ++i;
    if (i == kRuns) ++missed;
    std::printf("without %-34s %s seed %llu\n", flushes,
                i == kRuns ? "NOT FOUND, the last was" : "found by",
                static_cast<unsigned long long>(arguments.seed + i));
  }
  return missed == 0 ? 0 : 1;
}

int run_all(const Arguments& arguments) {
  const TemporaryDirectory scratch(where_ledgers_lie());
  if (arguments.runs == 1) {
    return run(arguments.seed, arguments, scratch.path()).held == 1 ? 0 : 1;
  }
  const auto began = std::chrono::steady_clock::now();
  double virtual_seconds = 0;
  std::uint64_t broken = 0;
  for (std::uint64_t i = 0; i < arguments.runs; ++i) {
    const auto told = run_apart(arguments.seed + i, arguments, scratch.path());
    if (!told || told->held != 1) ++broken;
    if (told) virtual_seconds += told->virtual_seconds;
    if (i != 0 || !told) continue;
    // A seed is worth nothing if it does not say everything.
    const auto again = run_apart(arguments.seed, arguments, scratch.path());
    if (!again || again->digest != told->digest) {
      std::printf("\nseed %llu is not the same twice\n",
                  static_cast<unsigned long long>(arguments.seed));
      ++broken;
    }
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  std::printf(
      "simulator: seeds %llu to %llu, %llu broken; %.0f virtual hours in %.1f s, %.0f x real "
      "time\n",
      static_cast<unsigned long long>(arguments.seed),
      static_cast<unsigned long long>(arguments.seed + arguments.runs - 1),
      static_cast<unsigned long long>(broken), virtual_seconds / 3600, took.count(),
      virtual_seconds / took.count());
  return broken == 0 ? 0 : 1;
}

}  // namespace
}  // namespace imapkeep::sim

int main(int argc, char** argv) {
  const auto arguments = imapkeep::sim::parse(argc, argv);
  if (!arguments || arguments->runs == 0) {
    std::fprintf(stderr,
                 "usage: simulator [--runs N] [--seed S|random] [--hours H] [--verbose]\n"
                 "                 [--leave-out FLUSHES] [--self-test]\n");
    return 64;
  }
  return arguments->self_test ? imapkeep::sim::self_test(*arguments)
                              : imapkeep::sim::run_all(*arguments);
}
