#include "sync/pass/recorder.h"

#include <utility>

#include "sync/pass/places.h"

namespace imapkeep {

Recorder::Recorder(Deps deps, AccountId account, JournalPosition journal_end, BatchLimits limits)
    : deps_(std::move(deps)),
      account_(account),
      journal_end_(journal_end),
      limits_(limits),
      making_durable_({deps_.store, deps_.clock, deps_.unstored, deps_.log}),
      rechecks_({deps_.store, deps_.ledger, deps_.unstored, deps_.log}, account) {}

Recorder::~Recorder() {
  operation_.cancel();
  failing_.cancel();
  for (const Draft* draft : {&now_, durable_ ? &*durable_ : nullptr, &next_}) {
    if (draft == nullptr) continue;
    for (const Arrival& arrival : draft->arrivals) abandon(arrival);
  }
}

void Recorder::abandon(const Arrival& arrival) {
  deps_.store.abandon(arrival.incoming);
  if (arrival.rival != 0) deps_.store.abandon(arrival.rival);
}

void Recorder::add_message(Arrival arrival, std::uint64_t bytes) {
  if (failure_) return abandon(arrival);
  deps_.store.end(arrival.incoming, arrival.record.internal_date);
  if (arrival.rival != 0) deps_.store.end(arrival.rival, arrival.record.internal_date);
  if (next_.arrivals.empty()) next_.since = deps_.clock.mono_now();
  next_.arrivals.push_back(std::move(arrival));
  next_.bytes += bytes;
  pump();
}

bool Recorder::full() const {
  return (making_durable_.busy() || durable_) &&
         (next_.arrivals.size() >= limits_.messages || next_.bytes >= limits_.bytes);
}

Operation Recorder::flush(const std::vector<FolderCursor>& cursors, Completion<Done> done) {
  Pending<Done> flush(std::move(done));
  next_.flushes.push_back(flush);
  next_.cursors.insert(next_.cursors.end(), cursors.begin(), cursors.end());
  if (failure_) {
    // Any question will do: the answer must not come from inside this call, and nothing be written.
    failing_ = deps_.ledger.quarantined(
        account_, [this](const Result<std::vector<QuarantinedMessage>>&) { fail_flushes(); });
  } else {
    // Even an empty flush asks the ledger, so that the answer never comes from inside this call.
    pump();
  }
  return flush.operation();
}

bool Recorder::due() const {
  if (!next_.flushes.empty()) return true;
  if (next_.arrivals.empty()) return false;
  return next_.arrivals.size() >= limits_.messages || next_.bytes >= limits_.bytes ||
         deps_.clock.mono_now() - next_.since >= limits_.age;
}

void Recorder::pump() {
  if (failure_) return;
  if (!recording_ && durable_) record(*std::exchange(durable_, std::nullopt));
  if (making_durable_.busy() || durable_ || !due()) return;
  making_durable_.start(std::exchange(next_, Draft{}),
                        [this](Result<Draft> durable) { on_durable(std::move(durable)); });
}

void Recorder::on_durable(Result<Draft> durable) {
  if (!durable) return fail(durable.error());
  durable_ = *std::move(durable);
  const bool was_full = full();
  pump();
  if (was_full && !full()) tell_space();
}

void Recorder::record(Draft draft) {
  recording_ = true;
  now_ = std::move(draft);
  rechecks_.forget_restated();
  if (!Rechecks::wanted(now_)) return ask_names();
  operation_ = rechecks_.start(now_, [this](const Result<Done>& done) {
    if (!done) return fail(done.error());
    ask_names();
  });
}

void Recorder::ask_names() {
  if (now_.arrivals.empty()) return commit();
  std::vector<NameQuestion> questions;
  questions.reserve(now_.arrivals.size());
  for (const Arrival& arrival : now_.arrivals) {
    const MessageRecord& record = arrival.record;
    questions.push_back({record.key, record.internal_date, record.identity});
  }
  operation_ = deps_.ledger.name_facts(
      account_, std::move(questions),
      [this](Result<std::vector<NameFacts>> facts) { on_name_facts(std::move(facts)); });
}

void Recorder::on_name_facts(Result<std::vector<NameFacts>> facts) {
  if (!facts) return fail(facts.error());
  for (std::size_t i = 0; i < facts->size(); ++i) {
    Arrival& arrival = now_.arrivals[i];
    NameFacts& fact = (*facts)[i];
    NewMessage message{arrival.incoming, std::move(arrival.folder_path), std::move(arrival.record),
                       std::move(fact.taken_numbers), std::nullopt};
    if (fact.same_bytes) {
      message.same_bytes = place_of(*fact.same_bytes, fact.same_bytes_path);
    }
    now_.batch.messages.push_back(std::move(message));
  }
  now_.arrivals.clear();
  commit();
}

void Recorder::commit() {
  if (now_.batch.empty()) {
    operation_ = deps_.ledger.apply(account_, {}, journal_end_, std::move(now_.cursors),
                                    [this](Result<Done> done) { on_applied(std::move(done)); });
    return;
  }
  operation_ = deps_.store.commit(std::move(now_.batch), [this](Result<Committed> committed) {
    on_committed(std::move(committed));
  });
}

void Recorder::on_committed(Result<Committed> committed) {
  if (!committed) return fail(committed.error());
  const JournalPosition end = committed->end;
  count(committed->records);
  follow_tokens(committed->token_changes);
  for (const FolderRefusal& refusal : committed->refused) {
    if (!refused_.insert(refusal.folder).second) continue;
    deps_.log.warning("folder cannot be mirrored",
                      {{"folder", printable_utf8(refusal.name)}, {"why", refusal.why.what}});
    deps_.unstored.add_folder(refusal.folder, refusal.name, refusal.why);
  }
  operation_ = deps_.ledger.apply(account_, std::move(committed->records), end,
                                  std::move(now_.cursors), [this, end](Result<Done> done) {
                                    // Not before: a ledger that says it has read further than it
                                    // has would never read it again.
                                    if (done) journal_end_ = end;
                                    on_applied(std::move(done));
                                  });
}

void Recorder::on_applied(Result<Done> applied) {
  if (!applied) return fail(applied.error());
  const bool was_full = full();
  recording_ = false;
  stored_messages_ += std::exchange(batch_messages_, 0);
  stored_bytes_ += std::exchange(batch_bytes_, 0);
  const auto flushes = std::exchange(now_.flushes, {});
  now_ = Draft{};
  pump();
  // Any of these handlers may destroy us, and with us what the later ones wait for.
  const LifetimeWatch self(lifetime_);
  if (was_full && !full()) tell_space();
  for (const auto& flush : flushes) {
    if (self.ended()) return;
    flush.complete(Done{});
  }
}

void Recorder::follow_tokens(const std::vector<TokenChange>& changes) {
  for (const TokenChange& change : changes) {
    const auto known = tokens_.find(change.folder_path);
    if (known == tokens_.end()) continue;
    if (change.before.says_unchanged(known->second)) {
      known->second = change.after;
    } else {
      tokens_.erase(known);
    }
  }
}

void Recorder::count(const std::vector<Record>& records) {
  for (const Record& record : records) {
    if (const auto* message = std::get_if<MessageRecord>(&record)) {
      deps_.unstored.remove(message->key);
      if (rechecks_.is_restated(message->key)) continue;
      ++batch_messages_;
      batch_bytes_ += message->identity.size;
    } else if (const auto* gone = std::get_if<GoneRecord>(&record)) {
      deps_.unstored.remove(gone->key);
      if (gone->to != GoneTo::kLost) ++gone_messages_;
    } else if (const auto* quarantine = std::get_if<QuarantineRecord>(&record)) {
      deps_.unstored.add(*quarantine);
    } else if (std::holds_alternative<FlagsRecord>(record)) {
      ++changed_flags_;
    }
  }
  if (batch_messages_ > 0) deps_.progress.on_stored(batch_messages_, batch_bytes_);
}

void Recorder::fail(const Error& error) {
  failure_ = error;
  deps_.log.error("batch condemned", {{"why", error.what}});
  const LifetimeWatch self(lifetime_);
  tell_space();
  if (!self.ended()) fail_flushes();
}

void Recorder::fail_flushes() {
  const Error error = *failure_;
  auto flushes = std::exchange(now_.flushes, {});
  for (Draft* draft : {durable_ ? &*durable_ : nullptr, making_durable_.draft(), &next_}) {
    if (draft == nullptr) continue;
    for (auto& flush : std::exchange(draft->flushes, {})) flushes.push_back(std::move(flush));
  }
  const LifetimeWatch self(lifetime_);
  for (const auto& flush : flushes) {
    if (self.ended()) return;
    flush.complete(error);
  }
}

void Recorder::tell_space() {
  const auto handler = on_space_;  // the handler may take itself back, or destroy us
  if (handler) handler();
}

}  // namespace imapkeep
