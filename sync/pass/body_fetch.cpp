#include "sync/pass/body_fetch.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "sync/plan/fetch_batches.h"

namespace imapkeep {
namespace {

constexpr std::size_t kBatchesInFlight = 3;  // Dovecot takes four commands; one is for facts
constexpr std::size_t kBatchesAhead = 2;     // ask for facts before the queue runs dry

}  // namespace

BodyFetch::BodyFetch(Deps deps, Folder folder)
    : deps_(std::move(deps)),
      folder_(std::move(folder)),
      window_(kFactsWindow),
      second_({deps_.connection, deps_.store, deps_.pressure},
              [this](CameBody body) { keep(std::move(body)); }) {}

BodyFetch::~BodyFetch() {
  if (incoming_) deps_.store.abandon(*incoming_);
  drop_cut();
}

void BodyFetch::prefetch(UidSet range, std::uint64_t messages) {
  examined_ = false;
  prefetch_in_flight_ = true;
  prefetch_ = range;
  prefetch_most_ = std::min(range.count(), messages);
  deps_.progress.on_planned(folder_.name, messages);
  ask_bodies({std::move(range), false, "", true});
}

Operation BodyFetch::start(UidSet wanted, Completion<Done> done) {
  done_ = Pending<Done>(std::move(done));
  Operation operation = done_.operation();
  started_ = true;
  if (!prefetch_in_flight_ && prefetched_.empty() && prefetch_.empty()) {
    deps_.progress.on_planned(folder_.name, wanted.count());
  }
  for (CameBody& body : deps_.held.take(folder_.id, folder_.uid_validity)) {
    second_.hold(std::move(body));
  }
  wanted_ = wanted.minus(prefetched_).minus(prefetch_).minus(second_.held());
  wanted_too_ = wanted.intersect(prefetch_);
  leave_out_convicted();
  in_start_ = true;
  if (prefetch_in_flight_) {
    pump();
  } else {
    on_prefetched();
  }
  in_start_ = false;
  return operation;
}

void BodyFetch::on_prefetched() {
  prefetch_in_flight_ = false;
  if (!started_) return;
  // Those that did not come, as far as they are there.
  wanted_.add(wanted_too_.intersect(prefetch_));
  prefetch_ = UidSet();
  prefetched_facts_.clear();
  pump();
}

void BodyFetch::tell_all_asked() {
  if (!all_asked_ && on_all_asked_) all_asked_ = on_all_asked_();
}

void BodyFetch::pump() {
  if (finished_ || !started_) return;
  if (all_asked_ && !(queue_.empty() && wanted_.empty() && doubts_.empty() && second_.empty())) {
    unfinished_ = true;
    put_off_second();
    queue_.clear();
    wanted_ = UidSet();
    doubts_.clear();
  }
  const bool second_first = second_is_due();
  if (!second_first) {
    start_batches();
    if (!facts_in_flight_ && queue_.size() < kBatchesAhead && ask_next_facts()) return;
    if (!queue_.empty() || !wanted_.empty() || !doubts_.empty()) return;
  }
  if (facts_in_flight_) return;
  if (in_flight_.empty()) {
    // A question about nothing is answered by the loop.
    if (in_start_) return ask_facts(UidSet());
    return second_.empty() ? finish(Done{}) : ask_second();
  }
  const bool may_need_more = !second_.empty() || !deps_.suspects.sizes_fit();
  const bool in_parts = std::any_of(in_flight_.begin(), in_flight_.end(), [](const auto& one) {
    return one.second.of != Ask::Of::kMessage;
  });
  if (!in_flight_.begin()->second.alone && !may_need_more && !in_parts) tell_all_asked();
}

void BodyFetch::start_batches() {
  const bool alone_in_flight = in_flight_.size() == 1 && in_flight_.begin()->second.alone;
  while (!queue_.empty() && !alone_in_flight && in_flight_.size() < kBatchesInFlight) {
    if (queue_.front().alone && !in_flight_.empty()) break;
    Ask ask = std::move(queue_.front());
    queue_.pop_front();
    const bool alone = ask.alone;
    ask_bodies(std::move(ask));
    if (alone) break;
  }
}

// Convicted messages are not asked for at all. Those that earlier runs have found to be so are
// tried again, but not all in one run; which of them come first changes with the hour.
void BodyFetch::leave_out_convicted() {
  const MonoTime now = deps_.clock.mono_now();
  const UidSet convicts = deps_.suspects.convicted_in(place(), now).intersect(wanted_);
  convicts.for_each([this](Uid convict) { give_up(convict, loss_at(convict)); });
  wanted_ = wanted_.minus(convicts);
  std::vector<Uid> retrials;
  for (const MessageKey& key : deps_.unstored.of_folder(folder_.id)) {
    if (key.uid_validity != folder_.uid_validity || !wanted_.contains(key.uid)) continue;
    if (deps_.unstored.reason(key).starts_with(kCostsConnection)) retrials.push_back(key.uid);
  }
  const auto hour = static_cast<std::uint64_t>(unix_ms(deps_.clock.wall_now())) / 3'600'000;
  for (std::size_t i = 0; i < retrials.size(); ++i) {
    const Uid uid = retrials[(i + hour) % retrials.size()];
    wanted_.remove(uid);
    doubts_.push_back(UidSet::of(uid, uid));
  }
  for (UidSet& group : deps_.suspects.groups(place())) {
    group = group.intersect(wanted_);
    wanted_ = wanted_.minus(group);
    if (!group.empty()) doubts_.push_back(std::move(group));
  }
}

void BodyFetch::ask_bodies(Ask ask) {
  const std::uint64_t id = next_ask_++;
  const UidSet uids = ask.uids;
  const CutBody* cut =
      uids.count() == 1 && !ask.prefetch ? deps_.suspects.cuts().of(key(*uids.lowest())) : nullptr;
  in_flight_.emplace(id, std::move(ask));
  const auto answered = [this, id](Result<imap::FetchEnd> end) { on_answer(id, std::move(end)); };
  Ask& asked = in_flight_.at(id);
  if (cut != nullptr) {
    operations_[id] = ask_part(asked, *cut, answered);
  } else if (asked.prefetch) {
    operations_[id] = deps_.connection.fetch_messages(uids, *this, answered);
  } else {
    operations_[id] = deps_.connection.fetch_bodies(uids, *this, answered);
  }
}

void BodyFetch::on_answer(std::uint64_t id, Result<imap::FetchEnd> end) {
  if (!end) {
    if (!keep_cut(end.error())) blame_what_is_unanswered(end.error());
    if (started_) return finish(end.error());
    // Nobody waits for a prefetch. If this is the end of everything, others are told so, too.
    in_flight_.erase(id);
    operations_.erase(id);
    return on_prefetched();
  }
  drop_cut();
  const Ask ask = std::move(in_flight_.at(id));
  in_flight_.erase(id);
  operations_.erase(id);
  if (ask.prefetch) return on_prefetched();
  ask.uids.for_each([&](Uid uid) {
    if (facts_.contains(uid)) on_left_out(ask, uid, *end);
  });
  pump();
}

// The command is over, and this message has not come: it is asked for alone, twice, before it is
// given up.
void BodyFetch::on_left_out(const Ask& ask, Uid uid, const imap::FetchEnd& end) {
  if (ask.of != Ask::Of::kMessage) return on_part(ask);
  const std::string said =
      end.ok ? "the server answered OK without this message" : "the server refused: " + end.text;
  if (!ask.alone) {
    queue_.push_front({UidSet::of(uid, uid), true, said});
  } else if (ask.complaint.empty()) {
    queue_.push_back({UidSet::of(uid, uid), true, said});
  } else {
    give_up(uid, said);
  }
}

// Commands are carried out in order: what the oldest one still owes is what the server was at. Of
// several that fail together the oldest is told first, and finish() ends the rest.
void BodyFetch::blame_what_is_unanswered(const Error& error) {
  if (in_flight_.empty() || !examined_ || deps_.connection.refused_token()) return;
  const Ask& oldest = in_flight_.begin()->second;
  if (oldest.prefetch) return deps_.suspects.prefetch_lost(folder_.id);
  UidSet unanswered;
  oldest.uids.for_each([&](Uid uid) {
    if (facts_.contains(uid)) unanswered.add(uid);
  });
  blame(unanswered, error, false);
}

void BodyFetch::blame(const UidSet& unanswered, const Error& error, bool window) {
  if (unanswered.empty() || !Suspects::may_be_a_message(error)) return;
  const MonoTime now = deps_.clock.mono_now();
  if (window) {
    deps_.suspects.window_lost(unanswered, place(), error.what, now);
  } else {
    deps_.suspects.connection_lost(unanswered, place(), error.what, now);
  }
  if (unanswered.count() == 1 && deps_.unstored.is_quarantined(key(*unanswered.lowest()))) {
    deps_.suspects.retrial_lost(now);
  }
}

// What has been said once is not said in other words: a server may put the time into its BYE.
std::string BodyFetch::loss_at(Uid uid) const {
  std::string known = deps_.unstored.reason(key(uid));
  if (known.starts_with(kCostsConnection)) return known;
  const std::string cause = deps_.suspects.cause(key(uid));
  return std::string(kCostsConnection) + (cause.empty() ? "" : ": ") + cause;
}

void BodyFetch::give_up(Uid uid, const std::string& reason) {
  facts_.erase(uid);
  if (deps_.suspects.cuts().of(key(uid)) != nullptr) forget_cut(uid);
  refused_[uid] = reason;
}

void BodyFetch::finish(Result<Done> result) {
  if (finished_) return;
  finished_ = true;
  if (!result && second_.count() >= kWrongSizesBelieved) deps_.suspects.held_lost();
  facts_operation_.cancel();
  operations_.clear();
  done_.complete(std::move(result));
}

void BodyFetch::on_body_begin(std::uint64_t size) {
  drop_cut();
  incoming_bytes_ = 0;
  began_with_ = 0;
  vain_before_ = 0;
  began_at_.reset();
  to_compare_ = 0;
  head_.clear();
  tail_.clear();
  held_back_.clear();
  if (is_head()) return;
  if (!in_flight_.empty() && in_flight_.begin()->second.of == Ask::Of::kRest) begin_rest();
  if (!incoming_) incoming_ = deps_.store.begin();
  invention_.begin(began_with_ + size);
}

void BodyFetch::on_body_bytes(ByteView bytes) {
  if (head_.size() < CutBody::kCompared && coming()) {
    head_.append(bytes.substr(0, CutBody::kCompared - head_.size()));
  }
  if (!incoming_) return;
  if (to_compare_ > 0 && !passes_comparison(bytes)) {
    return deps_.store.abandon(*std::exchange(incoming_, std::nullopt));
  }
  if (bytes.empty()) return;
  if (coming() || !held_back_.empty()) {  // what is held back comes first, whatever follows
    append_holding_back(bytes);
  } else {
    deps_.store.append(*incoming_, bytes);
  }
  incoming_bytes_ += bytes.size();
  invention_.bytes(bytes);
  deps_.progress.on_bytes(bytes.size());
  deps_.pressure.look();
}

std::optional<imap::MessageFacts> BodyFetch::take_facts(const imap::MessageFacts& said) {
  const auto found = facts_.find(said.uid);
  const bool asked_openly = found == facts_.end() && prefetch_.contains(said.uid) && examined_;
  if (found == facts_.end() && !asked_openly) return std::nullopt;
  // Empty although the server said that it is not, or without half of what was asked: still owed.
  const auto is_void = [this](const imap::MessageFacts& facts) {
    return incoming_bytes_ == 0 && facts.rfc822_size.value_or(0) > 0;
  };
  if (!asked_openly) {
    if (is_void(found->second)) return std::nullopt;
    imap::MessageFacts facts = std::move(found->second);
    facts_.erase(found);
    return facts;
  }
  imap::MessageFacts facts = said;
  if (const auto before = prefetched_facts_.find(said.uid); before != prefetched_facts_.end()) {
    facts = before->second;
    facts.add(said);
  }
  if (is_void(facts)) return std::nullopt;
  if (!facts.flags || !(facts.internal_date || facts.rfc822_size)) return std::nullopt;
  prefetched_facts_.erase(said.uid);
  prefetch_.remove(said.uid);
  prefetched_.add(said.uid);
  return facts;
}

void BodyFetch::on_body_end(const imap::MessageFacts& message) {
  if (!incoming_) return;
  const IncomingId incoming = *std::exchange(incoming_, std::nullopt);
  // What was asked for as a whole is no part, and what began in the middle is nothing by itself.
  if (to_compare_ > 0 || message.body_origin != began_at_) return deps_.store.abandon(incoming);
  if (!held_back_.empty()) deps_.store.append(incoming, std::exchange(held_back_, {}));
  auto known = take_facts(message);
  if (!known) {
    deps_.store.abandon(incoming);
    return;
  }
  take({incoming, *std::move(known), incoming_bytes_, invention_.seen()});
  deps_.pressure.look();
}

void BodyFetch::on_body_facts(const imap::MessageFacts& facts) {
  if (!prefetch_.contains(facts.uid)) return;
  // More than there are messages are asked for in the ordinary way, if they are there.
  if (prefetched_facts_.size() >= prefetch_most_ && !prefetched_facts_.contains(facts.uid)) return;
  const auto [known, is_new] = prefetched_facts_.try_emplace(facts.uid, facts);
  if (!is_new) known->second.add(facts);
}

void BodyFetch::on_body_void(std::optional<Uid> /*uid*/) {
  if (is_head()) head_.clear();
  if (incoming_) cut_short();
}

}  // namespace imapkeep
