#include "sync/imap/requests/target_requests.h"

#include <utility>

#include "daemon/base/bytes.h"
#include "sync/imap/failures.h"
#include "sync/imap/lexer.h"

namespace imapkeep::imap {
namespace {

constexpr std::size_t kSetWithFlagsBytes =
    500;  // RFC 2683 §3.2.1.5: the flags need the rest of the line

/// `(\Deleted \Seen \*)`
std::vector<std::string> flags_in(std::string_view list) {
  if (list.starts_with('(')) list.remove_prefix(1);
  if (list.ends_with(')')) list.remove_suffix(1);
  return words_of(list);
}

}  // namespace

SelectRequest::SelectRequest(MailboxName name, Pending<Selected> pending)
    : RequestFor("selecting " + folder_words(name), std::move(pending)), name_(std::move(name)) {}

std::optional<Command> SelectRequest::next(const CommandContext& context) {
  if (sent_ || has_result()) return std::nullopt;
  sent_ = true;
  return select(name_, context.offered.has("CONDSTORE"), literals_of(context.offered));
}

bool SelectRequest::take(const Response& response) {
  if (const auto* status = std::get_if<StatusResponse>(&response)) {
    if (status->code) note(*status->code);
  }
  return answer_.take(response);
}

void SelectRequest::note(const ResponseCode& code) {
  if (code.name == "CLOSED") selected_ = Selected();
  if (code.name == "READ-ONLY") selected_.read_only = true;
  if (code.name == "READ-WRITE") selected_.read_only = false;
  if (code.name == "PERMANENTFLAGS") selected_.permanent_flags = flags_in(code.rest);
}

void SelectRequest::replied(CommandId, const StatusResponse& reply) {
  if (reply.kind != StatusKind::kOk) return set_error(refused(reply, Asked::kFolder));
  if (reply.code) {
    note(*reply.code);
    answer_.note(*reply.code);
  }
  auto examined = answer_.result();
  if (!examined) return set_error(examined.error());
  selected_.mailbox = *std::move(examined);
  set_result(std::move(selected_));
}

MailboxRequest::MailboxRequest(Kind kind, MailboxName name, Pending<Done> pending)
    : RequestFor((kind == Kind::kCreate ? "creating " : "subscribing to ") + folder_words(name),
                 std::move(pending)),
      kind_(kind),
      name_(std::move(name)) {}

std::optional<Command> MailboxRequest::next(const CommandContext& context) {
  if (sent_ || has_result()) return std::nullopt;
  sent_ = true;
  const Literals literals = literals_of(context.offered);
  return kind_ == Kind::kCreate ? create(name_, literals) : subscribe(name_, literals);
}

void MailboxRequest::replied(CommandId, const StatusResponse& reply) {
  const bool is_there = kind_ == Kind::kCreate && reply.kind == StatusKind::kNo && reply.code &&
                        reply.code->name == "ALREADYEXISTS";
  if (reply.kind == StatusKind::kOk || is_there) return set_result(Done{});
  set_error(refused(reply, Asked::kFolder));
}

StoreRequest::StoreRequest(const UidSet& uids, StoreFlags how, Flags flags, Pending<Done> pending)
    : RequestFor("storing flags of " + std::to_string(uids.count()) + " messages",
                 std::move(pending)),
      how_(how),
      flags_(std::move(flags)) {
  for (auto& part : uids.split(kSetWithFlagsBytes)) to_ask_.push_back(std::move(part));
  if (to_ask_.empty()) set_result(Done{});
}

std::optional<Command> StoreRequest::next(const CommandContext&) {
  if (has_result() || to_ask_.empty()) return std::nullopt;
  const UidSet uids = std::move(to_ask_.front());
  to_ask_.pop_front();
  ++unanswered_;
  return uid_store(uids, how_, flags_);
}

void StoreRequest::replied(CommandId, const StatusResponse& reply) {
  --unanswered_;
  if (reply.kind != StatusKind::kOk) {
    to_ask_.clear();
    return set_error(refused(reply, Asked::kFolder));
  }
  if (to_ask_.empty() && unanswered_ == 0) set_result(Done{});
}

MessageIdRequest::MessageIdRequest(std::string message_id, Pending<UidSet> pending)
    : RequestFor("searching for a message by its Message-ID", std::move(pending)),
      message_id_(std::move(message_id)) {}

std::optional<Command> MessageIdRequest::next(const CommandContext& context) {
  if (sent_ || has_result()) return std::nullopt;
  sent_ = true;
  return uid_search_message_id(message_id_, context.offered.has("ESEARCH"),
                               literals_of(context.offered));
}

void MessageIdRequest::replied(CommandId, const StatusResponse& reply) {
  if (reply.kind != StatusKind::kOk) return set_error(refused(reply, Asked::kFolder));
  if (!answer_.is_answered()) {
    return set_error(about_folder("the server said OK without saying which messages it found"));
  }
  set_result(answer_.take_found());
}

}  // namespace imapkeep::imap
