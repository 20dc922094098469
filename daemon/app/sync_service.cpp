#include "daemon/app/sync_service.h"

#include <algorithm>

#include "daemon/base/exit_code.h"
#include "daemon/observe/sync_report.h"

namespace imapkeep {
namespace {

constexpr Duration kProgress = std::chrono::milliseconds(200);

}  // namespace

SyncService::SyncService(Supervisor& supervisor, ControlReply& reply)
    : supervisor_(supervisor), reply_(reply) {}

void SyncService::start(const std::vector<AccountSettings>& accounts, bool accept_gone) {
  for (const AccountSettings& account : accounts) {
    Supervisor::AccountEntry* entry = supervisor_.find(account.name);
    if (entry == nullptr) {
      left_out_.push_back(account.name +
                          ": it is being stopped, since its configuration has changed; ask again");
      exit_code_ = worse_exit_code(exit_code_, kExitBusy);
      continue;
    }
    Asked& asked = asked_.emplace_back();
    asked.account = account.name;
    asked.before = entry->progress.counts();
    asked.operation = entry->keeper.sync_now(
        [this, &asked](const Result<SyncOutcome>& outcome) { on_ended(asked, *outcome); },
        accept_gone);
  }
  timer_ = supervisor_.application().ports.timers.soon([this] {
    for (const std::string& line : left_out_) reply_.line(line);
    tell_progress();
    end_when_all();
  });
}

void SyncService::cancel() {
  timer_.cancel();
  asked_.clear();
}

void SyncService::on_ended(Asked& asked, const SyncOutcome& outcome) {
  asked.ended = true;
  const SyncReport report = report_sync(asked.account, outcome);
  exit_code_ = worse_exit_code(exit_code_, report.exit_code);
  for (const std::string& line : report.lines) reply_.line(line);
  // From the loop: the client's end destroys this request, and the keeper is on the stack.
  timer_ = supervisor_.application().ports.timers.soon([this] { end_when_all(); });
}

void SyncService::tell_progress() {
  ProgressCounts sum;
  for (const Asked& asked : asked_) {
    const Supervisor::AccountEntry* entry = supervisor_.find(asked.account);
    if (entry == nullptr || asked.ended) continue;
    const ProgressCounts& now = entry->progress.counts();
    sum.planned += now.planned - asked.before.planned;
    sum.stored += now.stored - asked.before.stored;
    sum.received_bytes += now.received_bytes - asked.before.received_bytes;
    sum.folders_done += now.folders_done - asked.before.folders_done;
  }
  reply_.progress(sum);
}

void SyncService::end_when_all() {
  if (std::all_of(asked_.begin(), asked_.end(), [](const Asked& asked) { return asked.ended; })) {
    return reply_.end(exit_code_);
  }
  timer_ = supervisor_.application().ports.timers.after(kProgress, [this] {
    tell_progress();
    end_when_all();
  });
}

}  // namespace imapkeep
