#include "sync/mirror/body_fetch.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "sync/plan/fetch_batches.h"

namespace imapkeep {
namespace {

constexpr std::uint64_t kFactsWindow = 1000;    // messages asked about at once
constexpr std::size_t kBatchesInFlight = 3;     // Dovecot takes four commands; one is for facts
constexpr std::size_t kBatchesAhead = 2;        // ask for facts before the queue runs dry
constexpr std::size_t kBacklogHigh = 4U << 20;  // bytes that the disk has not taken yet

}  // namespace

BodyFetch::BodyFetch(World world, Folder folder, UidSet wanted)
    : world_(std::move(world)),
      folder_(std::move(folder)),
      wanted_(std::move(wanted)),
      window_(kFactsWindow) {
  world_.store.on_drained([this] { check_pressure(); });
  world_.recorder.on_room([this] { check_pressure(); });
}

BodyFetch::~BodyFetch() {
  world_.store.on_drained(nullptr);
  world_.recorder.on_room(nullptr);
  if (incoming_) world_.store.abandon(*incoming_);
  if (paused_) world_.connection.resume();
}

Operation BodyFetch::start(Completion<Done> done) {
  done_ = Pending<Done>(std::move(done));
  Operation operation = done_.operation();
  world_.progress.on_planned(folder_.name, wanted_.count());
  ask_facts();
  return operation;
}

void BodyFetch::pump() {
  if (finished_) return;
  if (world_.recorder.failure()) return finish(*world_.recorder.failure());
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
  if (queue_.empty() && in_flight_.empty() && wanted_.empty() && !facts_in_flight_) finish(Done{});
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
  operations_[id] = world_.connection.fetch_bodies(
      uids, *this, [this, id](Result<imap::FetchEnd> end) { on_answer(id, std::move(end)); });
}

void BodyFetch::on_answer(std::uint64_t id, Result<imap::FetchEnd> end) {
  if (!end) {
    // Commands are carried out in order: what the oldest one still owes is what the server was at.
    if (!in_flight_.empty()) {
      UidSet unanswered;
      for (const UidRange& range : in_flight_.begin()->second.uids.ranges()) {
        for (std::uint64_t value = range.first.value; value <= range.last.value; ++value) {
          const Uid uid{static_cast<std::uint32_t>(value)};
          if (facts_.contains(uid)) unanswered.add(uid);
        }
      }
      if (!unanswered.empty()) {
        world_.suspects.connection_lost(unanswered, folder_.id, folder_.uid_validity,
                                        world_.clock.mono_now());
      }
    }
    return finish(end.error());
  }
  const Ask ask = std::move(in_flight_.at(id));
  in_flight_.erase(id);
  operations_.erase(id);
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
  if (!paused_ && world_.store.backlog_bytes() >= kBacklogHigh) {
    paused_ = true;
    world_.connection.pause();
  }
}

void BodyFetch::on_body_end(Uid uid) {
  if (!incoming_) return;
  const IncomingId incoming = *std::exchange(incoming_, std::nullopt);
  const auto found = facts_.find(uid);
  const bool hollow =
      found != facts_.end() && incoming_bytes_ == 0 && found->second.rfc822_size.value_or(0) > 0;
  if (found == facts_.end() || hollow) {
    // Not asked for, here already, or empty although the server said it is not: the last is owed.
    world_.store.abandon(incoming);
    return;
  }
  const imap::MessageFacts facts = found->second;
  facts_.erase(found);
  world_.suspects.arrived(key(uid));
  MessageRecord record;
  record.key = key(uid);
  record.internal_date = std::max<std::int64_t>(facts.internal_date.value_or(0), 0);
  record.rfc822_size = facts.rfc822_size.value_or(0);
  record.flags = facts.flags.value_or(Flags{});
  record.decided = Decided::kByBytes;
  record.at_ms = unix_ms(world_.clock.wall_now());
  world_.recorder.add_message(folder_.path, incoming, incoming_bytes_, std::move(record));
  if (!paused_ && world_.recorder.full()) {
    paused_ = true;
    world_.connection.pause();
  }
}

void BodyFetch::on_body_void(std::optional<Uid> /*uid*/) {
  if (incoming_) world_.store.abandon(*std::exchange(incoming_, std::nullopt));
}

void BodyFetch::check_pressure() {
  if (world_.recorder.failure()) return pump();
  if (!paused_ || world_.recorder.full() || world_.store.backlog_bytes() >= kBacklogHigh) return;
  paused_ = false;
  world_.connection.resume();
}

}  // namespace imapkeep
