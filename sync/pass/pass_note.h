// What the ledger is told of a pass, for `status`.
#pragma once

#include "daemon/base/clock.h"
#include "sync/pass/pass_run.h"
#include "sync/state/ledger.h"

namespace imapkeep {

inline PassSummary pass_note(const SyncOutcome& outcome, std::int64_t started_ms,
                             const Clock& clock) {
  PassSummary note;
  note.started_ms = started_ms;
  note.ended_ms = unix_ms(clock.wall_now());
  note.outcome = outcome.error ? "failed" : outcome.owed.empty() ? "complete" : "owed";
  if (outcome.error) note.detail = outcome.error->what;
  note.stored = outcome.stored;
  note.stored_bytes = outcome.stored_bytes;
  note.gone = outcome.gone;
  note.owed = outcome.owed_folders;
  note.left_out = outcome.left_out;
  return note;
}

}  // namespace imapkeep
