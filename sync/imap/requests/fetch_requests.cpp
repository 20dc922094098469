#include "sync/imap/requests/fetch_requests.h"

#include "daemon/base/bytes.h"
#include "daemon/base/sentence.h"
#include "sync/imap/failures.h"

namespace imapkeep::imap {
namespace {

// RFC 2683 §3.2.1.5: 1000 bytes in a line; the words around the set take less than 100.
constexpr std::size_t kSetBytes = 900;
std::string messages(std::uint64_t count) {
  return std::to_string(count) + (count == 1 ? " message" : " messages");
}

std::optional<Uid> limit_in(const ResponseCode& code) {
  if (code.name != "MESSAGELIMIT") return std::nullopt;
  const auto space = code.rest.rfind(' ');
  if (space == std::string::npos) return std::nullopt;
  const auto uid = parse_u64(std::string_view(code.rest).substr(space + 1));
  if (!uid || *uid == 0 || *uid > kMaxUid.value) return std::nullopt;
  return Uid{static_cast<std::uint32_t>(*uid)};
}

}  // namespace

bool KeywordCount::add(const Flags& flags) {
  for (const auto& keyword : flags.keywords) bytes_ += sizeof(keyword) + keyword.size();
  return bytes_ <= kMost;
}

std::optional<Uid> message_limit(const StatusResponse& reply) {
  return reply.code ? limit_in(*reply.code) : std::nullopt;
}

MessageFacts facts_of(const FetchResponse& response) {
  MessageFacts facts;
  facts.uid = response.uid.value_or(Uid{});
  facts.flags = response.flags;
  facts.internal_date = response.internal_date;
  facts.date = response.date;
  facts.rfc822_size = response.rfc822_size;
  if (response.mod_seq) facts.mod_seq = ModSeq{*response.mod_seq};
  facts.body_origin = response.body_origin;
  return facts;
}

SearchRequest::SearchRequest(std::uint64_t exists, Pending<UidSet> pending)
    : RequestFor("searching for all messages", std::move(pending)) {
  if (exists == 0) {
    set_result(UidSet());
  } else {
    to_ask_ = UidRange{Uid{1}, kMaxUid};
  }
}

std::optional<Command> SearchRequest::next(const CommandContext& context) {
  if (has_result() || !to_ask_) return std::nullopt;
  const UidRange range = *to_ask_;
  to_ask_.reset();
  return uid_search(range, context.offered.has("ESEARCH"));
}

bool SearchRequest::take(const Response& response) {
  if (const auto* status = std::get_if<StatusResponse>(&response)) {
    if (const auto limit = message_limit(*status)) limit_ = limit;
  }
  return answer_.take(response);
}

void SearchRequest::replied(CommandId, const StatusResponse& reply) {
  if (reply.kind != StatusKind::kOk) return set_error(refused(reply, Asked::kFolder));
  if (!answer_.is_answered()) {
    return set_error(about_folder("the server said OK without saying which messages there are"));
  }
  const auto limit = message_limit(reply) ? message_limit(reply) : limit_;
  limit_.reset();
  // Each round ends lower than the one before, or a wrong number would keep us asking for ever.
  if (limit && limit->value > 1 && *limit <= last_) {
    last_ = Uid{limit->value - 1};
    to_ask_ = UidRange{Uid{1}, last_};
    return;
  }
  set_result(answer_.take_found());
}

FactsRequest::FactsRequest(const UidSet& uids, Kind kind, Each each, Pending<Done> pending)
    : RequestFor(
          (kind.flags_only ? "fetching flags of " : "fetching facts of ") + messages(uids.count()),
          std::move(pending)),
      kind_(kind),
      each_(std::move(each)),
      uids_(uids) {
  for (auto& part : uids.split(kSetBytes)) to_ask_.push_back(std::move(part));
  if (to_ask_.empty()) set_result(Done{});
}

std::optional<Command> FactsRequest::next(const CommandContext& context) {
  if (has_result() || to_ask_.empty()) return std::nullopt;
  asking_ = std::move(to_ask_.front());
  to_ask_.pop_front();
  const auto since =
      context.offered.has("CONDSTORE") ? kind_.changed_since : std::optional<ModSeq>();
  return kind_.flags_only ? uid_fetch_flags(asking_, since) : uid_fetch_facts(asking_, since);
}

void FactsRequest::sent(CommandId id, std::string_view) {
  asked_.emplace(id, std::exchange(asking_, UidSet()));
}

// Any part of the facts of a message that was asked for is part of the answer, news of its flags,
// too, since they are the newest that is known of them. What is not of our kind may be meant for
// somebody else as well: date and size come only to those who asked for them.
bool FactsRequest::take(const Response& response) {
  MessageFacts facts;
  bool is_ours = false;
  if (const auto* unknown = std::get_if<UnknownResponse>(&response)) {
    if (unknown->name != "FETCH" && unknown->name != "UIDFETCH") return false;
  } else {
    const auto* fetched = std::get_if<FetchResponse>(&response);
    if (!fetched || fetched->body != FetchResponse::Body::kNone) return false;
    if (!fetched->uid || !uids_.contains(*fetched->uid)) return false;
    facts = facts_of(*fetched);
    is_ours = (facts.internal_date || facts.rfc822_size) != kind_.flags_only;
    if (facts.flags && !keywords_.add(*facts.flags)) {
      to_ask_.clear();
      set_error(about_folder("the keywords of these messages need more than " +
                             std::to_string(KeywordCount::kMost >> 20) + " MiB"));
      return is_ours;
    }
  }
  if (!cancelled()) each_(facts);
  return is_ours;
}

void FactsRequest::replied(CommandId id, const StatusResponse& reply) {
  auto asked = asked_.extract(id);
  if (reply.kind != StatusKind::kOk) {
    to_ask_.clear();
    return set_error(refused(reply, Asked::kFolder));
  }
  const auto limit = message_limit(reply);
  if (asked && limit && limit->value > 1) {
    auto rest = asked.mapped().intersect(UidSet::of(Uid{1}, Uid{limit->value - 1}));
    // Less than before, or a wrong number would keep us asking for ever.
    const bool less = rest.count() < asked.mapped().count();
    if (!rest.empty() && less) to_ask_.push_front(std::move(rest));
  }
  if (to_ask_.empty() && asked_.empty()) set_result(Done{});
}

void FactsRequest::cancel() {
  Request::cancel();
  to_ask_.clear();
}

BodiesRequest::BodiesRequest(UidSet uids, bool with_facts, BodySink& sink,
                             Pending<FetchEnd> pending)
    : RequestFor("fetching bodies of " + messages(uids.count()), std::move(pending)),
      uids_(std::move(uids)),
      with_facts_(with_facts),
      sink_(&sink) {
  if (uids_.empty()) set_result(FetchEnd{true, {}});
}

BodiesRequest::BodiesRequest(Uid uid, BodyPart part, BodySink& sink, Pending<FetchEnd> pending)
    : RequestFor("fetching a part of a message", std::move(pending)),
      uids_(UidSet::of(uid, uid)),
      part_(part),
      sink_(&sink) {}

std::optional<Command> BodiesRequest::next(const CommandContext&) {
  if (sent_ || has_result()) return std::nullopt;
  sent_ = true;
  if (part_) return uid_fetch_part(*uids_.lowest(), *part_);
  return with_facts_ ? uid_fetch_messages(uids_) : uid_fetch_bodies(uids_);
}

bool BodiesRequest::take(const Response& response) {
  const auto* fetched = std::get_if<FetchResponse>(&response);
  if (!with_facts_ || !fetched || !fetched->uid || !uids_.contains(*fetched->uid)) return false;
  MessageFacts facts = facts_of(*fetched);
  bound(facts);
  if (sink_) sink_->on_body_facts(facts);
  return true;
}

// Flags that are left out are asked for in a request of their own, and then in halves.
void BodiesRequest::bound(MessageFacts& facts) {
  if (facts.flags && !keywords_.add(*facts.flags)) facts.flags.reset();
}

void BodiesRequest::replied(CommandId, const StatusResponse& reply) {
  // A refusal is about messages, unless it is about everything we do.
  if (is_throttled(reply)) return set_error(refused(reply, Asked::kFolder));
  set_result(FetchEnd{reply.kind == StatusKind::kOk, sentence_shown(reply.text, 200)});
}

void BodiesRequest::cancel() {
  Request::cancel();
  sink_ = nullptr;
}

}  // namespace imapkeep::imap
