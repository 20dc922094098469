#include "tests/simulator/simulation.h"

#include <time.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "tests/simulator/violation.h"
#include "tests/support/sanitized.h"

namespace imapkeep::sim {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr const char* kConfig = "/etc/imapkeep/imapkeep.yaml";
// Nothing that the daemon does takes so many steps in one virtual minute.
constexpr std::uint64_t kSpinning = 200'000;
constexpr Duration kStopDeadline = seconds(5);
// Of one account with eight connections, in the worst of times.
constexpr std::size_t kMostTimers = 50;
// Between two looks at its events the daemon works for so long at most. Its own time is counted, so
// a machine that is busy with other things changes nothing.
constexpr Duration kLongestStep = milliseconds(kSanitized ? 500 : 50);
// Some worlds have an account with very many folders.
constexpr std::uint64_t kWideWorlds = 250;  // one of so many
constexpr int kManyFolders = 1'000;

Duration worked() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

}  // namespace

Simulation::Simulation(const RunOptions& options)
    : chance(options.seed), log(time, options.loudness), options_(options), random_(chance.any()) {
  points_.leave_out(options.left_out);
  disk.put("/srv/mail/", "");
  disk.set_free(kRoomy);
  if (chance.one_in(10)) disk.set_link_error(EPERM);
  static constexpr const char* kNames[] = {"one", "two", "three"};
  const std::uint64_t count = chance.between(1, 3);
  for (std::uint64_t i = 0; i < count; ++i) {
    accounts.push_back(std::make_unique<SimAccount>(network, disk, kNames[i], chance));
    for (std::uint64_t n = chance.below(5); n > 0; --n) make_folder(*this, *accounts.back());
    for (std::uint64_t n = chance.below(15); n > 0; --n) some_mail_happens(*this, *accounts.back());
  }
  if (options.seed % kWideWorlds == 0) {
    for (int n = 0; n < kManyFolders; ++n) {
      accounts.front()->create_folder("Many/" + std::to_string(n));
    }
  }
  write_config();
  spin_since_ = time.mono_now();
}

Simulation::~Simulation() = default;

// Each run has its own mixture: some things happen often, some never.
void Simulation::live() {
  std::vector<EventKind> kinds;
  for (const auto& some :
       {mail_events(), server_events(), disk_events(), machine_events(), process_events()}) {
    const bool never = chance.one_in(4);
    for (EventKind kind : some) {
      kind.weight *= never || chance.one_in(3) ? 0U : chance.one_in(4) ? 4U : 1U;
      kinds.push_back(kind);
    }
  }
  kinds.push_back({"mail", 20, [](Simulation& sim) { some_mail_happens(sim, sim.any_account()); }});
  std::uint64_t whole = 0;
  for (const auto& kind : kinds) whole += kind.weight;

  start_process();
  const Duration length = options_.length ? *options_.length : hours(1) + chance.up_to(hours(5));
  const MonoTime end = time.mono_now() + length;
  while (time.mono_now() < end) {
    const auto mood = chance.below(20);
    if (mood < 7) {  // in the middle of something
      pass(minutes(2), chance.below(400));
    } else {
      pass(chance.up_to(mood < 14   ? Duration(seconds(3))
                        : mood < 18 ? Duration(minutes(2))
                                    : Duration(minutes(20))));
    }
    std::uint64_t at = chance.below(whole);
    const auto kind = std::find_if(kinds.begin(), kinds.end(), [&at](const EventKind& one) {
      if (at < one.weight) return true;
      at -= one.weight;
      return false;
    });
    log.note(kind->name);
    kind->happen(*this);
  }
}

// Time.

void Simulation::pass(Duration most, std::uint64_t most_steps) {
  const MonoTime end = time.mono_now() + most;
  while (true) {
    const MonoTime stop = later_.empty() ? end : std::min(end, later_.begin()->first);
    const auto due = time.next_due();
    if (due && *due <= stop) {
      if (most_steps-- == 0) return;
      const Duration before = worked();
      time.step();
      if (const Duration took = worked() - before; took > kLongestStep) {
        throw Violation("a step of " + std::to_string(took / milliseconds(1)) + " ms");
      }
      after_step();
      continue;
    }
    if (stop > time.mono_now()) time.advance(stop - time.mono_now());
    if (later_.empty() || later_.begin()->first > stop) return;
    const auto what = std::move(later_.extract(later_.begin()).mapped());
    what();
  }
}

bool Simulation::pass_until(const std::function<bool()>& done, Duration most, Duration look_every) {
  const MonoTime end = time.mono_now() + most;
  while (!done()) {
    if (time.mono_now() >= end) return false;
    pass(look_every);
  }
  return true;
}

void Simulation::later(Duration delay, std::function<void()> what) {
  later_.emplace(time.mono_now() + delay, std::move(what));
}

void Simulation::after_step() {
  if (time.mono_now() - spin_since_ > minutes(1)) {
    spin_since_ = time.mono_now();
    spin_steps_ = 0;
  }
  if (++spin_steps_ > kSpinning)
    throw Violation("it spins: " + std::to_string(kSpinning) + " steps within a minute");
  if (time.timers_left() > kMostTimers * accounts.size()) {
    throw Violation(std::to_string(time.timers_left()) + " timers");
  }
  if (process_ && disk.killed()) {
    log.note("killed in the middle of a call of the disk");
    end_suddenly(Ending::kKilled, chance.up_to(minutes(3)));
  }
  if (process_) watch_process();
}

// The process.

void Simulation::write_config() {
  disk.put(kConfig, config_text());
  for (const auto& account : accounts) disk.put(account->password_file, account->password + "\n");
}

std::string Simulation::config_text() const {
  std::string text = "state: " + options_.state + "\naccounts:\n";
  for (const auto& account : accounts) {
    if (account->configured) text += account->config_text();
  }
  return text;
}

void Simulation::reload() {
  write_config();
  if (!process_ || process_->is_terminating()) return;
  if (const auto reloaded = process_->reload(); !reloaded) {
    throw Violation("not reloaded: " + reloaded.error().what);
  }
  config_in_force_ = config_text();
}

void Simulation::start_process() {
  if (process_) return;
  ledger_at_start_ = LedgerFiles::copy(ledger());
  auto started = DaemonProcess::start({time, network, files_, random_, log, kConfig});
  if (!started) {
    log.note("the process does not start: " + started.error().what);
    if (disk.killed()) disk.reopen();  // it was killed while it tried
    later(seconds(30), [this] { start_process(); });
    return;
  }
  process_ = std::move(*started);
  config_in_force_ = config_text();
  downtime_ = seconds(30);
  process_->workers().set_store_pace(store_pace_);
}

void Simulation::end_suddenly(Ending ending, Duration downtime) {
  if (!process_) return;
  ++crashes;
  orphans = true;
  LedgerFiles ledger_now = LedgerFiles::copy(ledger());
  process_->kill();
  process_.reset();
  if (ending == Ending::kPowerCut) {
    // SQLite's last transactions may be gone with the power; what they said is in the journal.
    if (chance.one_in(2)) ledger_now = ledger_at_start_;
    disk.power_cut(chance.one_in(2) ? MemoryDisk::Cut::kLoseNames : MemoryDisk::Cut::kKeepNames);
  }
  disk.reopen();
  ledger_now.put_back(ledger());
  process_ended();
  later(downtime, [this] { start_process(); });
}

void Simulation::terminate(Duration downtime) {
  if (!process_ || process_->is_terminating()) return;
  terminated_at_ = time.mono_now();
  downtime_ = downtime;
  process_->terminate();
}

void Simulation::watch_process() {
  if (process_->has_ended()) {
    process_.reset();
    process_ended();
    for (const auto& account : accounts) {
      if (network.open_links(account->host) > 0) throw Violation("stopped, and still connected");
    }
    later(downtime_, [this] { start_process(); });
  } else if (process_->is_terminating() && time.mono_now() - terminated_at_ > kStopDeadline) {
    throw Violation("it has not stopped within five seconds: " + process_->supervisor().summary());
  }
}

void Simulation::process_ended() {
  if (time.timers_left() > 0) {
    throw Violation(std::to_string(time.timers_left()) + " timers are left behind a process");
  }
}

void Simulation::set_store_pace(Duration pace) {
  store_pace_ = pace;
  if (process_) process_->workers().set_store_pace(pace);
}

void Simulation::tell(HostEvent host_event) {
  if (process_) process_->on_host_event(host_event);
}

}  // namespace imapkeep::sim
