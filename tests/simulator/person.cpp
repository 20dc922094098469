#include "tests/simulator/person.h"

#include <algorithm>

#include "sync/state/sqlite/read_ledger.h"

namespace imapkeep::sim {
namespace {

bool is_on_server(const SimAccount& account, const AccountReport& report,
                  const WaitingDeparture& waiting) {
  const auto folder =
      std::find_if(report.folders.begin(), report.folders.end(),
                   [&](const LedgerFolder& one) { return one.record.id == waiting.folder; });
  if (folder == report.folders.end()) return false;
  const std::string& name = folder->record.name.raw;
  if (!account.server.has_folder(name)) return false;
  const ModelMailbox& box = account.server.boxes().at(name);
  if (box.uid_validity != waiting.uid_validity.value) return false;
  return std::any_of(box.messages.begin(), box.messages.end(), [&](const auto& message) {
    return waiting.uids.contains(Uid{message.first});
  });
}

}  // namespace

void accept_what_is_gone(Simulation& sim) {
  if (!sim.process() || sim.process()->is_terminating()) return;
  const auto reports = read_ledger(sim.ledger());
  if (!reports) return;
  for (const auto& account : sim.accounts) {
    const auto report =
        std::find_if(reports->begin(), reports->end(),
                     [&](const AccountReport& one) { return one.name == account->name; });
    if (report == reports->end() || sim.process()->supervisor().find(account->name) == nullptr) {
      continue;
    }
    bool some = false;
    bool all_gone = true;
    for (const WaitingDeparture& waiting : report->waiting) {
      if (!waiting.for_person) continue;
      some = true;
      all_gone = all_gone && !is_on_server(*account, *report, waiting);
    }
    if (!some || !all_gone) continue;
    ControlRequest request{ControlRequest::Verb::kSync, {account->name}};
    request.accept_gone = true;
    sim.log.note("somebody accepts what is gone from " + account->name);
    sim.process()->ask(request);
  }
}

}  // namespace imapkeep::sim
