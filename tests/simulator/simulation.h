// One run: a world made from a seed, some virtual hours of whatever can happen, then quiet, in
// which everything must come right (verdict.h). The events are in mail_events.cpp,
// server_events.cpp, disk_events.cpp, machine_events.cpp and process_events.cpp; here is what they
// act upon: the accounts with their servers, the disk, the network, and the process, which dies and
// is started again as a service manager would.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/simulator/chance.h"
#include "tests/simulator/daemon_process.h"
#include "tests/simulator/ledger_files.h"
#include "tests/simulator/recent_log.h"
#include "tests/simulator/sim_account.h"
#include "tests/support/memory_files.h"
#include "tests/support/numbered_files.h"

namespace imapkeep::sim {

struct RunOptions {
  std::uint64_t seed = 1;
  std::optional<Duration> length;  ///< of the part with events; else the seed decides
  std::string state;               ///< a directory of the run's own, on the real disk
  Loudness loudness = Loudness::kQuiet;
  std::string left_out = {};  ///< flushes, as if their line were missing: a shell pattern
};

inline constexpr std::uint64_t kRoomy = std::uint64_t{1} << 30;  ///< bytes free on a good day

class Simulation {
 public:
  explicit Simulation(const RunOptions& options);
  ~Simulation();
  Simulation(const Simulation&) = delete;
  Simulation& operator=(const Simulation&) = delete;

  /// The events. Throws Violation.
  void live();

  // The world.
  Chance chance;
  SimWorld time;
  RecentLog log;
  SimNetwork network{time};
  MemoryDisk disk;
  std::vector<std::unique_ptr<SimAccount>> accounts;
  [[nodiscard]] SimAccount& any_account() { return *chance.pick(accounts); }

  // Time.
  /// Runs the world for so long, or for so many steps if those come first.
  void pass(Duration most, std::uint64_t most_steps = UINT64_MAX);
  /// Until `done` says so; false when it took longer.
  bool pass_until(const std::function<bool()>& done, Duration most, Duration look_every);
  /// Something that will happen, unless quiet comes first.
  void later(Duration delay, std::function<void()> what);
  void forget_later() { later_.clear(); }

  // The process.
  [[nodiscard]] DaemonProcess* process() { return process_.get(); }
  void start_process();
  enum class Ending { kKilled, kPowerCut };
  /// And a start after `downtime`.
  void end_suddenly(Ending ending, Duration downtime);
  /// Comes to its end within five seconds, and is started after `downtime`.
  void terminate(Duration downtime);
  /// And the passwords; read at the next start or reload.
  void write_config();
  void reload();
  [[nodiscard]] bool config_is_in_force() const { return config_in_force_ == config_text(); }
  void set_store_pace(Duration pace);
  void tell(HostEvent host_event);

  [[nodiscard]] const std::string& state() const { return options_.state; }
  [[nodiscard]] std::string ledger() const { return options_.state + "/ledger"; }

  // What the run has seen, for the verdict.
  bool orphans = false;  ///< complete files that no record claims may stand in the live tree
  bool lied = false;     ///< a right password was called wrong
  std::size_t crashes = 0;

 private:
  void after_step();
  void watch_process();
  void process_ended();
  [[nodiscard]] std::string config_text() const;

  RunOptions options_;
  FixedRandom random_;  // the daemon's
  CrashPoints points_;
  NumberedFiles files_{disk, points_};
  std::multimap<MonoTime, std::function<void()>> later_;
  std::unique_ptr<DaemonProcess> process_;
  std::string config_in_force_;
  LedgerFiles ledger_at_start_;
  MonoTime terminated_at_;
  Duration downtime_{0};
  Duration store_pace_{0};
  MonoTime spin_since_;
  std::uint64_t spin_steps_ = 0;
};

/// What can happen.
struct EventKind {
  const char* name;
  unsigned weight;
  void (*happen)(Simulation&);
};
std::vector<EventKind> mail_events();
std::vector<EventKind> server_events();
std::vector<EventKind> disk_events();
std::vector<EventKind> machine_events();
std::vector<EventKind> process_events();

/// Something new in the mail of one account; also what happens while the machine sleeps.
void some_mail_happens(Simulation& sim, SimAccount& account);
void make_folder(Simulation& sim, SimAccount& account);

}  // namespace imapkeep::sim
