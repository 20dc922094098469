// What happens to the daemon's process: it is killed, stopped, told to read its configuration
// again, and asked things.
#include "tests/simulator/person.h"
#include "tests/simulator/simulation.h"

namespace imapkeep::sim {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

Duration some_downtime(Simulation& sim) {
  return sim.chance.up_to(sim.chance.one_in(4) ? Duration(minutes(20)) : Duration(seconds(5)));
}

std::size_t configured(const Simulation& sim) {
  std::size_t count = 0;
  for (const auto& account : sim.accounts) count += account->configured ? 1U : 0U;
  return count;
}

void change_config(Simulation& sim) {
  SimAccount& account = sim.any_account();
  switch (sim.chance.below(4)) {
    case 0:
      if (configured(sim) > 1 || !account.configured) account.configured = !account.configured;
      break;
    case 1: {
      static const std::vector<std::string> kWatches[] = {
          {"INBOX"}, {"*"}, {}, {"INBOX", "Work*"}, {"Archive"}};
      account.watch = kWatches[sim.chance.below(std::size(kWatches))];
      break;
    }
    case 2:
      account.exclude = sim.chance.one_in(2) ? std::vector<std::string>{}
                                             : std::vector<std::string>{"Work*", "Spam"};
      break;
    default:
      break;  // the same again
  }
  sim.reload();
}

// First the server, later the file; sometimes a reload says so.
void change_password(Simulation& sim) {
  SimAccount& account = sim.any_account();
  account.password = "secret" + std::to_string(sim.chance.any());
  account.server.password = account.password;
  sim.later(sim.chance.up_to(minutes(30)), [&sim] {
    if (sim.chance.one_in(2)) return sim.reload();
    sim.write_config();
  });
}

void ask(Simulation& sim, ControlRequest request) {
  if (sim.process() && !sim.process()->is_terminating()) sim.process()->ask(request);
}

}  // namespace

std::vector<EventKind> process_events() {
  return {
      {"SIGKILL", 4,
       [](Simulation& sim) { sim.end_suddenly(Simulation::Ending::kKilled, some_downtime(sim)); }},
      {"SIGKILL soon, in a call of the disk", 5,
       [](Simulation& sim) { sim.disk.kill_at(sim.chance.between(1, 60)); }},
      {"the power is cut", 3,
       [](Simulation& sim) {
         sim.end_suddenly(Simulation::Ending::kPowerCut, some_downtime(sim));
       }},
      {"the ledger is lost in a crash", 1,
       [](Simulation& sim) {
         sim.end_suddenly(Simulation::Ending::kKilled, some_downtime(sim));
         if (sim.chance.one_in(2)) return LedgerFiles::remove(sim.ledger());
         LedgerFiles::spoil(sim.ledger());
       }},
      {"SIGTERM", 4, [](Simulation& sim) { sim.terminate(some_downtime(sim)); }},
      {"SIGHUP", 5, change_config},
      {"a configuration with a mistake", 1,
       [](Simulation& sim) {
         sim.disk.put("/etc/imapkeep/imapkeep.yaml", "accounts: [what]\n");
         if (sim.process() && sim.process()->reload()) sim.log.note("reloaded nonsense");
         sim.write_config();
       }},
      {"the password changes", 2, change_password},
      {"somebody asks for a sync", 3,
       [](Simulation& sim) {
         ask(sim, {ControlRequest::Verb::kSync, {}});
       }},
      {"somebody asks for the status", 2,
       [](Simulation& sim) {
         ask(sim, {ControlRequest::Verb::kStatus, {}, sim.chance.one_in(2)});
       }},
      {"somebody accepts what is gone", 3, accept_what_is_gone},
      {"somebody hangs up", 1,
       [](Simulation& sim) {
         if (sim.process()) sim.process()->hang_up();
       }},
  };
}

}  // namespace imapkeep::sim
