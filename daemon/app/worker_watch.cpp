#include "daemon/app/worker_watch.h"

#include <string>

namespace imapkeep {
namespace {

constexpr Duration kTick = std::chrono::seconds(10);
constexpr Duration kLong = std::chrono::minutes(5);

std::string seconds_text(Duration span) {
  return std::to_string(std::chrono::duration_cast<std::chrono::seconds>(span).count());
}

std::string work_of(PoolKind kind) {
  switch (kind) {
    case PoolKind::kResolver:
      return "looking up a name; do its name servers answer?";
    case PoolKind::kStore:
      return "reading or writing mail; is its disk or file server alive?";
    case PoolKind::kLedger:
      return "reading or writing the ledger; is the disk of the state directory alive?";
    case PoolKind::kCommands:
      return "running a command of the configuration, or reading a password or token";
  }
  return "";
}

}  // namespace

WorkerWatch::WorkerWatch(OldestAtWork oldest, Timers& timers, Log log)
    : oldest_(std::move(oldest)), timers_(timers), log_(std::move(log)) {
  wait();
}

void WorkerWatch::wait() {
  tick_ = timers_.after(kTick, [this] {
    for (const PoolKind kind : kPoolKinds) look(kind);
    wait();
  });
}

void WorkerWatch::look(PoolKind kind) {
  auto& told = told_[static_cast<std::size_t>(kind)];
  const auto age = oldest_(kind);
  if (told && (!age || *age < *told)) {
    log_.info("a worker that hung goes on", {{"work", work_of(kind)}});
    told.reset();
  }
  if (!age || *age < (told ? *told * 2 : kLong)) return;
  told = age;
  log_.warning("a worker hangs", {{"work", work_of(kind)}, {"seconds", seconds_text(*age)}});
}

}  // namespace imapkeep
