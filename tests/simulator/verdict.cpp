#include "tests/simulator/verdict.h"
#include "sync/state/sqlite/read_ledger.h"

#include <algorithm>

#include "daemon/base/hash.h"
#include "daemon/observe/status_text.h"
#include "sync/pass/options.h"
#include "sync/state/sqlite/read_ledger.h"
#include "tests/simulator/level_check.h"
#include "tests/simulator/person.h"
#include "tests/simulator/violation.h"

namespace imapkeep::sim {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

// The longest back-off is an hour, and so is the time until a message that has cost the connection
// is asked for again; a connection of the bad times may still be there to fail once more. A
// password that was called wrong is tried again after six.
constexpr Duration kRecovers = minutes(150);
constexpr Duration kRecoversFromLies = hours(7);
constexpr Duration kDeadPeerFound = minutes(20);
constexpr Duration kAsked = minutes(2);
constexpr std::size_t kTimersPerAccount = 4;
constexpr std::size_t kTimersPerLine = 2;

void demand(const std::vector<std::string>& complaints) {
  if (complaints.empty()) return;
  std::string text;
  for (const auto& complaint : complaints) text += (text.empty() ? "" : "\n  ") + complaint;
  throw Violation(text);
}

std::vector<std::string> not_level(Simulation& sim) {
  std::vector<std::string> complaints;
  for (const auto& account : sim.accounts) {
    for (auto& one : check_level(*account, sim.disk, sim.orphans)) {
      complaints.push_back(std::move(one));
    }
  }
  return complaints;
}

bool all_watching(Simulation& sim) {
  if (!sim.process() || sim.process()->is_terminating()) return false;
  const auto& kept = sim.process()->supervisor().accounts();
  return kept.size() == sim.accounts.size() &&
         std::all_of(kept.begin(), kept.end(), [](const auto& one) {
           return one->keeper.state().phase == AccountPhase::kWatching;
         });
}

std::string summary(Simulation& sim) {
  return sim.process() ? sim.process()->supervisor().summary() : "there is no process";
}

bool is_level(Simulation& sim) {
  return all_watching(sim) && sim.process()->unanswered() == 0 && not_level(sim).empty();
}

void calm_down(Simulation& sim) {
  sim.forget_later();
  sim.disk.no_faults();
  sim.disk.set_read_only(false);
  sim.disk.set_free(kRoomy);
  sim.set_store_pace(Duration(0));
  for (const auto& account : sim.accounts) {
    account->calm();
    account->configured = true;
    account->exclude.clear();
  }
  sim.write_config();
  if (sim.process() && sim.process()->is_terminating()) {
    sim.pass_until([&sim] { return sim.process() == nullptr; }, seconds(6), seconds(1));
    sim.forget_later();
  }
  sim.start_process();
  if (!sim.config_is_in_force()) sim.reload();
}

std::string print_of(const Simulation& sim) {
  Sha256 hash;
  sim.disk.each_file("/srv/mail", [&](const std::string& path, const std::string& bytes) {
    hash.update(path);
    hash.update(bytes);
  });
  return hash.finish().hex();
}

void demand_stillness(Simulation& sim) {
  sim.pass(minutes(6));
  const std::string before = print_of(sim);
  for (const auto& account : sim.accounts) account->server.forget_counts();
  sim.pass(minutes(15));
  if (print_of(sim) != before) throw Violation("nothing happens, and the stores change");
  for (const auto& account : sim.accounts) {
    if (account->server.bodies_served() > 0) {
      throw Violation(account->name + ": nothing happens, and bodies are fetched");
    }
  }
}

/// Connections and timers that are more than what is watched needs.
std::vector<std::string> wasted(const Simulation& sim) {
  std::vector<std::string> complaints;
  std::size_t lines = 0;
  for (const auto& account : sim.accounts) {
    const std::size_t own = account->watches_one_folder() ? 1 : MirrorOptions().most_watched;
    if (sim.network.open_links(account->host) > own) {
      complaints.push_back(account->name + " holds too many connections");
    }
    lines += own;
  }
  const std::size_t timers = sim.time.timers_left();
  if (timers > kTimersPerAccount * sim.accounts.size() + kTimersPerLine * lines) {
    complaints.push_back(std::to_string(timers) + " timers for " +
                         std::to_string(sim.accounts.size()) + " accounts with " +
                         std::to_string(lines) + " lines");
  }
  return complaints;
}

/// A line that is just being asked whether it lives has more timers for a moment; what leaks stays.
void demand_thrift(Simulation& sim) {
  const auto thrifty = [&sim] { return wasted(sim).empty(); };
  if (!sim.pass_until(thrifty, kAsked, seconds(1))) demand(wasted(sim));
}

/// A message that has cost three connections is asked for again after an hour.
bool owes_nothing(Simulation& sim) {
  DaemonProcess* process = sim.process();
  if (process == nullptr) return false;
  const auto& accounts = process->supervisor().accounts();
  return std::all_of(accounts.begin(), accounts.end(),
                     [](const auto& kept) { return kept->keeper.state().owed.empty(); });
}

void demand_recovery(Simulation& sim) {
  const Duration patience = sim.lied ? kRecoversFromLies : kRecovers;
  // The person looks every five minutes.
  int looks = 0;
  const auto comes_right = [&] {
    if (is_level(sim) && owes_nothing(sim)) return true;
    if (++looks % 10 == 0) accept_what_is_gone(sim);
    return false;
  };
  if (!sim.pass_until(comes_right, patience, seconds(30))) {
    auto complaints = not_level(sim);
    if (sim.process() && sim.process()->unanswered() > 0) {
      complaints.push_back("a client was never answered");
    }
    complaints.insert(complaints.begin(), "not level in time: " + summary(sim));
    demand(complaints);
  }
  demand_thrift(sim);
}

void demand_dead_peers_found(Simulation& sim) {
  sim.network.half_open_all();
  for (const auto& account : sim.accounts) {
    account->deliver("INBOX", "Subject: the last of " + account->name + "\r\n\r\n");
  }
  if (!sim.pass_until([&sim] { return is_level(sim); }, kDeadPeerFound, seconds(10))) {
    auto complaints = not_level(sim);
    complaints.insert(complaints.begin(), "a dead connection was not found: " + summary(sim));
    demand(complaints);
  }
}

void demand_order_at_the_end(Simulation& sim) {
  const Settings settings = sim.process()->settings();
  for (const auto& kept : sim.process()->supervisor().accounts()) demand(kept->keeper.state().owed);
  sim.terminate(hours(1000));
  if (!sim.pass_until([&sim] { return sim.process() == nullptr; }, seconds(6), seconds(1))) {
    throw Violation("it does not stop");
  }
  demand(not_level(sim));
  for (const auto& account : sim.accounts) {
    demand(check_kept(*account, sim.disk, sim.orphans));
    demand(leftovers(*account, sim.disk));
  }
  auto reports = read_ledger(sim.ledger());
  if (!reports) throw Violation(reports.error().what);
  const StatusSnapshot snapshot =
      join_snapshot(settings, std::move(*reports), {}, {}, sim.time.wall_now());
  if (status_exit_code(snapshot) != 0) {
    throw Violation("status says: " + status_text(snapshot));
  }
}

}  // namespace

void check_promises(Simulation& sim) {
  sim.log.note("quiet");
  calm_down(sim);
  demand_recovery(sim);
  sim.log.note("level");
  demand_stillness(sim);
  sim.log.note("every connection goes half open");
  demand_dead_peers_found(sim);
  demand_order_at_the_end(sim);
}

}  // namespace imapkeep::sim
