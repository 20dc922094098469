#include "sync/pass/put_away.h"

#include <utility>

#include "daemon/base/bytes.h"
#include "sync/pass/places.h"

namespace imapkeep {
namespace {

constexpr std::size_t kAtOnce = 1000;

/// Asking again would change nothing before somebody has cleared the place, and without these
/// messages out of the way the store must not change hands.
Error in_the_way(const FolderRefusal& refusal) {
  return store_error("the mail of folder " + printable_utf8(refusal.name) +
                         " cannot be moved to the kept area: " + refusal.why.what +
                         ". Then run this command again",
                     refusal.why.os_code);
}

}  // namespace

Operation PutAway::start(std::vector<Generation> generations, Completion<std::uint64_t> done) {
  done_ = Pending<std::uint64_t>(std::move(done));
  Operation operation = done_.operation([this] { operation_.cancel(); });
  generations_ = std::move(generations);
  // Even when there is nothing to do the answer comes from the loop.
  apply({}, journal_end_);
  return operation;
}

void PutAway::next() {
  if (generations_.empty()) return done_.complete(gone_);
  const Generation& now = generations_.back();
  operation_ = ledger_.window(
      account_, now.folder, now.uid_validity, Uid{1}, kAtOnce,
      [this](const Result<std::vector<KnownMessage>>& window) { on_window(window); });
}

void PutAway::on_window(const Result<std::vector<KnownMessage>>& window) {
  if (!window) return done_.complete(window.error());
  if (window->empty()) {
    generations_.pop_back();
    return next();
  }
  Batch batch;
  for (const KnownMessage& known : *window) {
    batch.departures.push_back(
        {known.key, place_of(known, generations_.back().path), GoneTo::kKept});
  }
  operation_ = store_.commit(std::move(batch), [this](Result<Committed> committed) {
    if (!committed) return done_.complete(committed.error());
    gone_ += committed->records.size();
    if (!committed->refused.empty()) return done_.complete(in_the_way(committed->refused.front()));
    apply(std::move(committed->records), committed->end);
  });
}

void PutAway::apply(std::vector<Record> records, JournalPosition end) {
  std::vector<FolderCursor> cursors;
  if (!generations_.empty()) {
    FolderCursor forgotten;
    forgotten.folder = generations_.back().folder;
    cursors.push_back(forgotten);
  }
  operation_ = ledger_.apply(account_, std::move(records), end, std::move(cursors),
                             [this](const Result<Done>& applied) {
                               if (!applied) return done_.complete(applied.error());
                               next();
                             });
}

}  // namespace imapkeep
