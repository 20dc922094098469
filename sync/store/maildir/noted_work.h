// Work on a strand whose object collects notes, and what both halves of the Maildir store share of
// it: the result goes to whoever waits, the notes go to the log, on the loop.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "daemon/base/notes.h"
#include "daemon/base/workers.h"

namespace imapkeep {

void log_notes(const Log& log, const Notes& notes);

/// `core` lives until the work is done. Its notes are logged when somebody still waits.
template <class T, class Core>
[[nodiscard]] Operation run_noted(Strand& strand, const Log& log, const std::shared_ptr<Core>& core,
                                  std::function<Result<T>(Core&)> work, Completion<T> done) {
  struct Slot {
    std::optional<Result<T>> result;
    Notes notes;
  };
  auto slot = std::make_shared<Slot>();
  return strand.run(
      [slot, core, work = std::move(work)] {
        slot->result.emplace(work(*core));
        slot->notes = core->take_notes();
      },
      [slot, log, done = std::move(done)] {
        log_notes(log, slot->notes);
        done(std::move(*slot->result));
      });
}

}  // namespace imapkeep
