// BodyFetch, where a connection ended in the middle of a body (cut_body.h).
#include <algorithm>
#include <utility>

#include "sync/pass/body_fetch.h"

namespace imapkeep {

// Commands are carried out in order, so it is one of the oldest question; big messages are asked
// for alone.
std::optional<Uid> BodyFetch::coming() const {
  if (in_flight_.empty()) return std::nullopt;
  const Ask& oldest = in_flight_.begin()->second;
  if (oldest.prefetch || oldest.uids.count() != 1) return std::nullopt;
  const Uid uid = *oldest.uids.lowest();
  return facts_.contains(uid) ? std::optional(uid) : std::nullopt;
}

bool BodyFetch::is_head() const {
  return !in_flight_.empty() && in_flight_.begin()->second.of == Ask::Of::kHead;
}

Operation BodyFetch::ask_part(Ask& ask, const CutBody& cut, Completion<imap::FetchEnd> answered) {
  if (ask.of != Ask::Of::kRest) ask.of = Ask::Of::kHead;
  const BodyPart part = ask.of == Ask::Of::kHead
                            ? BodyPart{0, cut.head.size()}
                            : BodyPart{cut.bytes - cut.tail.size(), CutBody::kMostOfRest};
  return deps_.connection.fetch_part(cut.key.uid, part, *this, std::move(answered));
}

void BodyFetch::on_part(const Ask& ask) {
  const Uid uid = *ask.uids.lowest();
  const CutBody* cut = deps_.suspects.cuts().of(key(uid));
  Ask next{ask.uids, ask.alone, ask.complaint};
  if (ask.of == Ask::Of::kHead && cut != nullptr && head_ == cut->head) {
    next.of = Ask::Of::kRest;
  } else {
    forget_cut(uid);
  }
  queue_.push_front(std::move(next));
}

void BodyFetch::begin_rest() {
  auto waiting = deps_.suspects.cuts().take();
  if (!waiting) return;
  incoming_ = waiting->incoming;
  incoming_bytes_ = waiting->bytes;
  began_with_ = waiting->bytes;
  vain_before_ = waiting->vain;
  began_at_ = waiting->bytes - waiting->tail.size();
  head_ = std::move(waiting->head);
  tail_ = std::move(waiting->tail);
  to_compare_ = tail_.size();
}

void BodyFetch::append_holding_back(ByteView bytes) {
  const auto append = [this](ByteView some) {
    deps_.store.append(*incoming_, some);
    add_to_tail(tail_, some);
  };
  if (bytes.size() >= CutBody::kHeldBack) {
    append(held_back_);
    append(bytes.substr(0, bytes.size() - CutBody::kHeldBack));
    held_back_.assign(bytes.substr(bytes.size() - CutBody::kHeldBack));
    return;
  }
  held_back_.append(bytes);
  if (held_back_.size() <= CutBody::kHeldBack) return;
  const std::size_t surplus = held_back_.size() - CutBody::kHeldBack;
  append(ByteView(held_back_).substr(0, surplus));
  held_back_.erase(0, surplus);
}

bool BodyFetch::passes_comparison(ByteView& bytes) {
  const std::size_t now = std::min(to_compare_, bytes.size());
  const ByteView known = ByteView(tail_).substr(tail_.size() - to_compare_, now);
  if (bytes.substr(0, now) != known) return false;
  bytes.remove_prefix(now);
  to_compare_ -= now;
  return true;
}

void BodyFetch::cut_short() {
  const IncomingId incoming = *std::exchange(incoming_, std::nullopt);
  const auto uid = coming();
  const std::uint64_t bytes = incoming_bytes_ - held_back_.size();
  const auto size = uid ? facts_.at(*uid).rfc822_size : std::nullopt;
  if (!size || *size > CutBody::kMostOfRest || bytes < CutBody::kWorthKeeping ||
      !deps_.suspects.cuts().may_be_cut(key(*uid))) {
    return deps_.store.abandon(incoming);
  }
  cut_ = CutBody{key(*uid), incoming, bytes, head_, tail_};
}

void BodyFetch::drop_cut() {
  if (cut_) deps_.store.abandon(std::exchange(cut_, std::nullopt)->incoming);
}

bool BodyFetch::keep_cut(const Error& error) {
  if (!cut_) return false;
  CutBody cut = *std::exchange(cut_, std::nullopt);
  const bool gained = cut.bytes >= began_with_ + CutBody::kWorthKeeping;
  // The end of the session or of its token comes when it comes.
  const bool session_ended = deps_.connection.refused_token() || !Suspects::may_be_a_message(error);
  cut.vain = gained ? 0 : vain_before_ + (session_ended ? 0 : 1);
  if (cut.vain >= CutBody::kMostVain) {
    deps_.suspects.cuts().was_in_vain(cut.key);
    deps_.store.abandon(cut.incoming);
    return false;
  }
  deps_.log.info("a message was cut, and goes on where it was",
                 {{"uid", std::to_string(cut.key.uid.value)},
                  {"octets", std::to_string(cut.bytes)},
                  {"why", error.what}});
  if (const auto former = deps_.suspects.cuts().keep(std::move(cut), gained)) {
    deps_.store.abandon(former->incoming);
  }
  return gained;
}

void BodyFetch::forget_cut(Uid uid) {
  deps_.suspects.cuts().was_in_vain(key(uid));
  if (const auto waiting = deps_.suspects.cuts().take()) deps_.store.abandon(waiting->incoming);
}

}  // namespace imapkeep
