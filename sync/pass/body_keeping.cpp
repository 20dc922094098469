// BodyFetch, once a body has come: is it the message (sync/plan/body_check.h)?
#include <algorithm>
#include <utility>

#include "sync/pass/body_fetch.h"
#include "sync/plan/identity_check.h"

namespace imapkeep {
namespace {

constexpr std::uint64_t kManyAtOnce = 200;        // bodies asked for again behind one NOOP
constexpr std::uint64_t kMostHeld = 16ULL << 20;  // bytes that wait for it
constexpr const char* kInvented =
    "the server sent words of its own in the place of this message, which it cannot read or has "
    "not "
    "got any more";

std::string octets(std::optional<std::uint64_t> count) {
  return count ? std::to_string(*count) : std::string("none");
}

}  // namespace

void BodyFetch::take(CameBody body) {
  const Uid uid = body.facts.uid;
  deps_.suspects.arrived(key(uid));
  const bool invents =
      body.known_invention && habits_of(deps_.connection.server_name()).invents_messages;
  switch (decide_body({body.facts.rfc822_size, body.size, body.known_invention},
                      deps_.suspects.other_sizes(), invents)) {
    case BodyStep::kKeep:
    case BodyStep::kKeepOtherSize:
      return keep(std::move(body));
    case BodyStep::kRefuse:
      deps_.store.abandon(body.incoming);
      return give_up(uid, kInvented);
    case BodyStep::kAskAgain:
      break;
  }
  if (!deps_.suspects.may_ask_twice(key(uid))) {
    body.doubtful = "the server announced " + octets(body.facts.rfc822_size) + " and sent " +
                    std::to_string(body.size) +
                    " octets, and closed the connection when it was asked again";
    return keep(std::move(body));
  }
  second_.hold(std::move(body));
}

std::uint64_t BodyFetch::second_at_once() const {
  const bool known = deps_.suspects.other_sizes() >= kWrongSizesBelieved;
  return known && !deps_.suspects.held_were_lost() ? kManyAtOnce : kWrongSizesBelieved;
}

// Held until the end of the folder, all of them would be lost with the connection, again and again.
bool BodyFetch::second_is_due() const {
  return second_.count() >= second_at_once() || second_.bytes() >= kMostHeld;
}

void BodyFetch::put_off_second() {
  deps_.suspects.put_off(second_.count());
  for (auto& [uid, body] : second_.take_held()) deps_.held.put(key(uid), std::move(body));
}

void BodyFetch::ask_second() {
  // What has been kept meanwhile may have shown that this server counts wrongly.
  for (auto& [uid, body] : second_.take_held()) take(std::move(body));
  if (second_.empty()) return pump();
  deps_.suspects.asked_twice();
  second_operation_ =
      second_.start(second_at_once(), [this](const Result<Done>& done) { on_second(done); });
}

void BodyFetch::on_second(const Result<Done>& done) {
  if (!done) {
    const bool excused =
        deps_.connection.refused_token() || !Suspects::may_be_a_message(done.error());
    if (!excused) deps_.suspects.second_ask_lost(second_.being_asked(), place());
    return finish(done.error());
  }
  vanished_.add(second_.vanished());
  second_.refused().for_each([this](Uid uid) { give_up(uid, kInvented); });
  pump();
}

void BodyFetch::say_other_size(const CameBody& body) const {
  LogFields fields{{"uid", std::to_string(body.facts.uid.value)},
                   {"announced", octets(body.facts.rfc822_size)},
                   {"octets", std::to_string(body.size)}};
  if (!body.doubtful.empty()) fields.push_back({"doubtful", body.doubtful});
  deps_.log.warning("kept with another size than announced", std::move(fields));
}

void BodyFetch::keep(CameBody body) {
  imap::MessageFacts& facts = body.facts;
  if (facts.rfc822_size && *facts.rfc822_size != body.size) {
    deps_.suspects.kept_other_size();
    const bool ordinary = deps_.suspects.other_sizes() > kWrongSizesBelieved &&
                          body.size > *facts.rfc822_size && body.doubtful.empty();
    if (!ordinary) say_other_size(body);
  }
  Arrival arrival;
  arrival.incoming = body.incoming;
  arrival.folder_path = folder_.path;
  arrival.rival = body.rival;
  arrival.file_missing = missing_.contains(facts.uid);
  arrival.rechecks = arrival.file_missing || stored_.contains(facts.uid);
  MessageRecord& record = arrival.record;
  record.key = key(facts.uid);
  record.internal_date = std::max<std::int64_t>(facts.internal_date.value_or(0), 0);
  record.date = std::move(facts.date);
  record.rfc822_size = facts.rfc822_size.value_or(0);
  if (!facts.flags) without_flags_.add(facts.uid);
  record.flags = std::move(facts.flags).value_or(Flags{});
  record.decided = Decided::kByBytes;
  record.doubtful = std::move(body.doubtful);
  record.at_ms = unix_ms(deps_.clock.wall_now());
  deps_.recorder.add_message(std::move(arrival), body.size);
}

}  // namespace imapkeep
