#include "sync/mirror/body_fetch.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "sync/plan/fetch_batches.h"

namespace imapkeep {
namespace {

constexpr std::uint64_t kFactsWindow = 1000;  // messages asked about at once
constexpr std::size_t kBatchesInFlight = 3;   // Dovecot takes four commands; one is for facts
constexpr std::size_t kBatchesAhead = 2;      // ask for facts before the queue runs dry

}  // namespace

BodyFetch::BodyFetch(World world, Folder folder)
    : world_(std::move(world)), folder_(std::move(folder)), window_(kFactsWindow) {}

BodyFetch::~BodyFetch() {
  if (incoming_) world_.store.abandon(*incoming_);
}

void BodyFetch::open(UidSet range, std::uint64_t messages) {
  examined_ = false;
  opening_in_flight_ = true;
  opening_ = range;
  world_.progress.on_planned(folder_.name, messages);
  ask_bodies({std::move(range), false, "", true});
}

Operation BodyFetch::start(UidSet wanted, Completion<Done> done) {
  done_ = Pending<Done>(std::move(done));
  Operation operation = done_.operation();
  started_ = true;
  if (!opening_in_flight_ && opened_.empty() && opening_.empty()) {
    world_.progress.on_planned(folder_.name, wanted.count());
  }
  wanted_ = wanted.minus(opened_).minus(opening_);
  wanted_too_ = wanted.intersect(opening_);
  if (opening_in_flight_) {
    pump();
  } else {
    on_opened();
  }
  return operation;
}

void BodyFetch::on_opened() {
  opening_in_flight_ = false;
  if (!started_) return;
  // Those that did not come, as far as they are there.
  wanted_.add(wanted_too_.intersect(opening_));
  opening_ = UidSet();
  pump();
}

void BodyFetch::tell_all_asked() {
  if (!all_asked_ && on_all_asked_) all_asked_ = on_all_asked_();
}

void BodyFetch::pump() {
  if (finished_ || !started_) return;
  if (all_asked_ && !(queue_.empty() && wanted_.empty())) {
    unfinished_ = true;
    queue_.clear();
    wanted_ = UidSet();
  }
  const bool alone_in_flight = in_flight_.size() == 1 && in_flight_.begin()->second.alone;
  while (!queue_.empty() && !alone_in_flight && in_flight_.size() < kBatchesInFlight) {
    if (queue_.front().alone && !in_flight_.empty()) break;
    Ask ask = std::move(queue_.front());
    queue_.pop_front();
    const bool alone = ask.alone;
    ask_bodies(std::move(ask));
    if (alone) break;
  }
  if (!facts_in_flight_ && !wanted_.empty() && queue_.size() < kBatchesAhead) ask_facts();
  if (!queue_.empty() || !wanted_.empty() || facts_in_flight_) return;
  if (in_flight_.empty()) return finish(Done{});
  if (!in_flight_.begin()->second.alone) tell_all_asked();
}

void BodyFetch::ask_facts() {
  const UidSet window = wanted_.highest(window_);
  wanted_ = wanted_.minus(window);
  facts_in_flight_ = true;
  facts_operation_ = world_.connection.fetch_facts(
      window,
      [this, window](const imap::MessageFacts& facts) {
        if (window.contains(facts.uid)) facts_[facts.uid] = facts;
      },
      [this, window](const Result<Done>& result) { on_facts(window, result); });
}

void BodyFetch::on_facts(const UidSet& asked, const Result<Done>& result) {
  facts_in_flight_ = false;
  if (!result) {
    if (result.error().remedy != Remedy::kSkipMessage) return finish(result.error());
    // One bad message can spoil the answer for its whole window.
    if (asked.count() == 1) {
      refused_[*asked.lowest()] = result.error().what;
    } else {
      window_ = std::max<std::uint64_t>(1, asked.count() / 2);
      wanted_.add(asked);
    }
    return pump();
  }
  window_ = std::min(kFactsWindow, window_ * 2);
  std::vector<WantedMessage> messages;
  std::deque<Ask> suspects;
  for (auto fact = facts_.rbegin(); fact != facts_.rend(); ++fact) {
    const auto& [uid, facts] = *fact;
    if (!asked.contains(uid)) continue;
    if (convicted(uid)) continue;  // given up below
    if (world_.suspects.suspected(key(uid)) || world_.owed.is_quarantined(key(uid))) {
      suspects.push_back({UidSet::of(uid, uid), true, ""});
    } else {
      messages.push_back({uid, facts.rfc822_size.value_or(0)});
    }
  }
  for (const UidRange& range : asked.ranges()) {
    for (std::uint64_t value = range.first.value; value <= range.last.value; ++value) {
      const Uid uid{static_cast<std::uint32_t>(value)};
      if (!facts_.contains(uid)) {
        vanished_.add(uid);
      } else if (convicted(uid)) {
        give_up(uid, "the server closes the connection when asked for this message");
      }
    }
  }
  for (FetchBatch& batch : fetch_batches(std::move(messages), FetchLimits{})) {
    queue_.push_back({std::move(batch.uids), false, ""});
  }
  for (Ask& ask : suspects) queue_.push_back(std::move(ask));
  pump();
}

void BodyFetch::ask_bodies(Ask ask) {
  const std::uint64_t id = next_ask_++;
  const UidSet uids = ask.uids;
  in_flight_.emplace(id, std::move(ask));
  const auto answered = [this, id](Result<imap::FetchEnd> end) { on_answer(id, std::move(end)); };
  operations_[id] = in_flight_.at(id).opening
                        ? world_.connection.fetch_messages(uids, *this, answered)
                        : world_.connection.fetch_bodies(uids, *this, answered);
}

void BodyFetch::on_answer(std::uint64_t id, Result<imap::FetchEnd> end) {
  if (!end) {
    blame_what_is_unanswered();
    if (started_) return finish(end.error());
    // Nobody waits for an opening. If this is the end of everything, others are told so, too.
    in_flight_.erase(id);
    operations_.erase(id);
    return on_opened();
  }
  const Ask ask = std::move(in_flight_.at(id));
  in_flight_.erase(id);
  operations_.erase(id);
  if (ask.opening) return on_opened();
  for (const UidRange& range : ask.uids.ranges()) {
    for (std::uint64_t value = range.first.value; value <= range.last.value; ++value) {
      const Uid uid{static_cast<std::uint32_t>(value)};
      if (!facts_.contains(uid)) continue;  // it came
      const std::string said = end->ok ? "the server answered OK without this message"
                                       : "the server refused: " + end->text;
      if (!ask.alone) {
        queue_.push_front({UidSet::of(uid, uid), true, said});
      } else if (ask.complaint.empty()) {
        queue_.push_back({UidSet::of(uid, uid), true, said});
      } else {
        give_up(uid, said);
      }
    }
  }
  pump();
}

// Commands are carried out in order: what the oldest one still owes is what the server was at.
void BodyFetch::blame_what_is_unanswered() {
  if (in_flight_.empty() || !examined_) return;
  const Ask& oldest = in_flight_.begin()->second;
  if (oldest.opening) return world_.suspects.opening_lost(folder_.id);
  UidSet unanswered;
  for (const UidRange& range : oldest.uids.ranges()) {
    for (std::uint64_t value = range.first.value; value <= range.last.value; ++value) {
      const Uid uid{static_cast<std::uint32_t>(value)};
      if (facts_.contains(uid)) unanswered.add(uid);
    }
  }
  if (unanswered.empty()) return;
  world_.suspects.connection_lost(unanswered, folder_.id, folder_.uid_validity,
                                  world_.clock.mono_now());
}

void BodyFetch::give_up(Uid uid, const std::string& reason) {
  facts_.erase(uid);
  refused_[uid] = reason;
}

void BodyFetch::finish(Result<Done> result) {
  if (finished_) return;
  finished_ = true;
  facts_operation_.cancel();
  operations_.clear();
  done_.complete(std::move(result));
}

void BodyFetch::on_body_begin(std::uint64_t /*size*/) {
  incoming_ = world_.store.begin();
  incoming_bytes_ = 0;
}

void BodyFetch::on_body_bytes(ByteView bytes) {
  if (!incoming_) return;
  world_.store.append(*incoming_, bytes);
  incoming_bytes_ += bytes.size();
  world_.progress.on_bytes(bytes.size());
  world_.pressure.look();
}

std::optional<imap::MessageFacts> BodyFetch::take_facts(const imap::MessageFacts& said) {
  const auto found = facts_.find(said.uid);
  const bool asked_openly = found == facts_.end() && opening_.contains(said.uid) && examined_;
  if (found == facts_.end() && !asked_openly) return std::nullopt;
  const imap::MessageFacts facts = asked_openly ? said : found->second;
  // Empty although the server said that it is not, or without half of what was asked: still owed.
  if (incoming_bytes_ == 0 && facts.rfc822_size.value_or(0) > 0) return std::nullopt;
  if (asked_openly) {
    if (!said.flags || !(said.internal_date || said.rfc822_size)) return std::nullopt;
    opening_.remove(said.uid);
    opened_.add(said.uid);
  } else {
    facts_.erase(found);
  }
  return facts;
}

void BodyFetch::on_body_end(const imap::MessageFacts& message) {
  if (!incoming_) return;
  const IncomingId incoming = *std::exchange(incoming_, std::nullopt);
  const auto known = take_facts(message);
  if (!known) {
    world_.store.abandon(incoming);
    return;
  }
  const imap::MessageFacts& facts = *known;
  const Uid uid = facts.uid;
  world_.suspects.arrived(key(uid));
  MessageRecord record;
  record.key = key(uid);
  record.internal_date = std::max<std::int64_t>(facts.internal_date.value_or(0), 0);
  record.date = facts.date;
  record.rfc822_size = facts.rfc822_size.value_or(0);
  record.flags = facts.flags.value_or(Flags{});
  record.decided = Decided::kByBytes;
  record.at_ms = unix_ms(world_.clock.wall_now());
  world_.recorder.add_message(folder_.path, incoming, incoming_bytes_, std::move(record));
  world_.pressure.look();
}

void BodyFetch::on_body_void(std::optional<Uid> /*uid*/) {
  if (incoming_) world_.store.abandon(*std::exchange(incoming_, std::nullopt));
}

}  // namespace imapkeep
