#include "sync/pass/second_ask.h"

#include <algorithm>
#include <utility>

namespace imapkeep {
namespace {

constexpr std::size_t kSetBytes = 900;  // as long as a set may be in one command

}  // namespace

SecondAsk::SecondAsk(Deps deps, std::function<void(CameBody)> keep)
    : deps_(deps), keep_(std::move(keep)) {}

SecondAsk::~SecondAsk() {
  if (incoming_) deps_.store.abandon(*incoming_);
  for (const auto& [uid, body] : held_) deps_.store.abandon(body.incoming);
}

void SecondAsk::hold(CameBody first) {
  const auto [held, is_new] = held_.try_emplace(first.facts.uid, first);
  if (!is_new) return deps_.store.abandon(first.incoming);
  deps_.store.end(first.incoming, std::max<std::int64_t>(first.facts.internal_date.value_or(0), 0));
}

std::uint64_t SecondAsk::bytes() const {
  std::uint64_t bytes = 0;
  for (const auto& held : held_) bytes += held.second.size;
  return bytes;
}

UidSet SecondAsk::held() const {
  UidSet uids;
  for (const auto& held : held_) uids.add(held.first);
  return uids;
}

Operation SecondAsk::start(std::uint64_t most, Completion<Done> done) {
  done_ = Pending<Done>(std::move(done));
  asked_ = held().highest(most);
  Operation operation = done_.operation([this] { operation_.cancel(); });
  operation_ = deps_.connection.noop([this](const Result<Done>& looked) {
    if (!looked && looked.error().remedy != Remedy::kSkipMessage) {
      return done_.complete(looked.error());
    }
    ask_facts();
  });
  return operation;
}

void SecondAsk::ask_facts() {
  facts_.clear();
  operation_ = deps_.connection.fetch_facts(
      asked_,
      [this](const imap::MessageFacts& facts) {
        if (!held_.contains(facts.uid)) return;
        const auto [known, is_new] = facts_.try_emplace(facts.uid, facts);
        if (!is_new) known->second.add(facts);
      },
      [this](const Result<Done>& answered) { on_facts(answered); });
}

void SecondAsk::on_facts(const Result<Done>& done) {
  if (!done && done.error().remedy != Remedy::kSkipMessage) return done_.complete(done.error());
  UidSet there;
  UidSet not_there;
  for (const auto& [uid, body] : held_) {
    if (asked_.contains(uid)) (facts_.contains(uid) ? there : not_there).add(uid);
  }
  // Refused, the question says nothing about who is there: then what came first is kept.
  not_there.for_each([&](Uid uid) {
    decide(uid, {!done, held_.at(uid).facts.rfc822_size, std::nullopt, false}, std::nullopt);
  });
  parts_.clear();
  for (UidSet& part : there.split(kSetBytes)) parts_.push_back(std::move(part));
  ask_next_part();
}

void SecondAsk::ask_next_part() {
  part_ = UidSet();
  if (parts_.empty()) return done_.complete(Done{});
  part_ = std::move(parts_.front());
  parts_.pop_front();
  operation_ = deps_.connection.fetch_bodies(
      part_, *this, [this](const Result<imap::FetchEnd>& end) { on_part(end); });
}

void SecondAsk::on_part(const Result<imap::FetchEnd>& end) {
  if (!end) return done_.complete(end.error());
  part_.for_each([this](Uid uid) {
    if (!held_.contains(uid)) return;  // it came
    decide(uid, {true, facts_.at(uid).rfc822_size, std::nullopt, false}, std::nullopt);
  });
  ask_next_part();
}

void SecondAsk::decide(Uid uid, const SecondBody& second, std::optional<IncomingId> incoming) {
  CameBody body = std::move(held_.extract(uid).mapped());
  const BodyChoice choice =
      choose_body({body.facts.rfc822_size, body.size, body.known_invention}, second);
  const IncomingId first = body.incoming;
  if (choice.keep == KeptBody::kNeither) {
    deps_.store.abandon(first);
    if (incoming) deps_.store.abandon(*incoming);
    (second.still_listed ? refused_ : vanished_).add(uid);
    return;
  }
  body.doubtful = choice.doubtful;
  std::optional<IncomingId> other = incoming;
  if (choice.keep == KeptBody::kSecond) {
    other = first;
    body.incoming = *incoming;
    body.size = *second.size;
    body.facts.rfc822_size = second.announced;
  }
  if (other && choice.unless_equal) {
    body.rival = *std::exchange(other, std::nullopt);
  }
  if (other) deps_.store.abandon(*other);
  keep_(std::move(body));
}

void SecondAsk::on_body_begin(std::uint64_t size) {
  incoming_ = deps_.store.begin();
  incoming_bytes_ = 0;
  invention_.begin(size);
}

void SecondAsk::on_body_bytes(ByteView bytes) {
  if (!incoming_) return;
  deps_.store.append(*incoming_, bytes);
  incoming_bytes_ += bytes.size();
  invention_.bytes(bytes);
  deps_.pressure.look();
}

void SecondAsk::on_body_end(const imap::MessageFacts& message) {
  if (!incoming_) return;
  const IncomingId incoming = *std::exchange(incoming_, std::nullopt);
  // Twice, not asked for, or empty: no second body.
  if (!held_.contains(message.uid) || !facts_.contains(message.uid) || incoming_bytes_ == 0) {
    return deps_.store.abandon(incoming);
  }
  decide(message.uid,
         {true, facts_.at(message.uid).rfc822_size, incoming_bytes_, invention_.seen()}, incoming);
  deps_.pressure.look();
}

void SecondAsk::on_body_void(std::optional<Uid> /*uid*/) {
  if (incoming_) deps_.store.abandon(*std::exchange(incoming_, std::nullopt));
}

}  // namespace imapkeep
