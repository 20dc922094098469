#include "sync/imap/requests/folder_requests.h"

#include <algorithm>

#include "daemon/base/ascii_case.h"
#include "daemon/base/bytes.h"
#include "sync/imap/failures.h"

namespace imapkeep::imap {
namespace {

// An account with more folders than this is not mirrored; a LIST that does not end must end.
constexpr std::uint64_t kMostListed = 400'000;           // LIST and STATUS responses
constexpr std::uint64_t kMostListedBytes = 64ULL << 20;  // of names and attributes
constexpr std::size_t kMostAttributes = 100;             // of one folder
constexpr std::size_t kLongestAttribute = 100;

/// RFC 8474 §4.2: one in parentheses, of at most 255 characters; some servers leave those away.
std::string object_id(std::string_view text) {
  if (text.starts_with('(') && text.ends_with(')')) text = text.substr(1, text.size() - 2);
  return text.size() <= 255 ? printable(text) : std::string();
}

std::string folder(const MailboxName& name) {
  return "folder " + printable_utf8(name.display('/'));
}

/// 0, and more than 32 bits, are no UIDVALIDITY.
std::optional<UidValidity> uid_validity(std::optional<std::uint64_t> value) {
  if (!value || *value == 0 || *value > 0xffffffff) return std::nullopt;
  return UidValidity{static_cast<std::uint32_t>(*value)};
}

MailboxStatus typed(const StatusDataResponse& data) {
  MailboxStatus status;
  status.messages = data.messages;
  status.uid_next = data.uid_next;
  status.uid_validity = uid_validity(data.uid_validity);
  if (data.highest_mod_seq) status.highest_mod_seq = ModSeq{*data.highest_mod_seq};
  return status;
}

}  // namespace

std::optional<Command> ListRequest::next(const CommandContext& context) {
  if (has_result()) return std::nullopt;
  encoding_ = context.encoding;
  if (stage_ == Stage::kToAskPlain) {
    stage_ = Stage::kPlain;
    *unreadable_ = 0;
    return list_all({});
  }
  if (stage_ != Stage::kToAsk) return std::nullopt;
  *unreadable_ = 0;
  ListOptions options;
  options.status = context.offered.has("LIST-STATUS");
  options.mod_seq = options.status && context.offered.has("CONDSTORE");
  options.special_use = context.offered.has("SPECIAL-USE") &&
                        (options.status || context.offered.has("LIST-EXTENDED"));
  stage_ = options.status || options.special_use ? Stage::kExtended : Stage::kPlain;
  return list_all(options);
}

bool ListRequest::take(const Response& response) {
  if (const auto* listed = std::get_if<ListResponse>(&response)) {
    ++responses_;
    bytes_ += listed->name.size();
    for (const auto& attribute : listed->attributes) bytes_ += attribute.size();
    if (!too_much()) add(*listed);
    return true;
  }
  if (const auto* status = std::get_if<StatusDataResponse>(&response)) {
    ++responses_;
    bytes_ += status->name.size();
    if (!too_much()) add(*status);
    return true;
  }
  if (const auto* unknown = std::get_if<UnknownResponse>(&response)) {
    if (!same_ignoring_case(unknown->name, "LIST")) return false;
    ++responses_;
    ++*unreadable_;
    return true;
  }
  return false;
}

std::optional<Error> ListRequest::too_much() const {
  if (responses_ <= kMostListed && bytes_ <= kMostListedBytes) return std::nullopt;
  return server_error("the server lists folders without an end (" + std::to_string(responses_) +
                          " lines, " + std::to_string(bytes_ >> 20) +
                          " MiB of names); nothing was changed in the mirror; ask whoever runs the "
                          "server what LIST \"\" \"*\" answers there",
                      Remedy::kRetryLater)
      .within("while " + doing());
}

// Listed twice is listed once, with all attributes; when the two disagree on whether it can be
// examined, trying shows.
void ListRequest::add(const ListResponse& listed) {
  const auto name = MailboxName::from_server(listed.name, encoding_);
  bool selectable = true;
  for (const auto& attribute : listed.attributes) {
    if (same_ignoring_case(attribute, "\\Noselect") ||
        same_ignoring_case(attribute, "\\NonExistent")) {
      selectable = false;
    }
  }
  const auto [place, is_new] = places_.emplace(name.raw, listed_.size());
  if (is_new) listed_.push_back({name, listed.delimiter, selectable, {}, std::nullopt});
  auto& known = listed_[place->second];
  known.selectable = known.selectable || selectable;
  if (known.delimiter == 0) known.delimiter = listed.delimiter;
  for (const auto& attribute : listed.attributes) {
    // Looked through for each: neither many nor long ones may add up.
    if (attribute.size() > kLongestAttribute || known.attributes.size() >= kMostAttributes)
      continue;
    const bool there =
        std::any_of(known.attributes.begin(), known.attributes.end(),
                    [&](const std::string& other) { return same_ignoring_case(other, attribute); });
    if (!there) known.attributes.push_back(attribute);
  }
}

void ListRequest::add(const StatusDataResponse& status) {
  statuses_.insert_or_assign(MailboxName::from_server(status.name, encoding_).raw, typed(status));
}

void ListRequest::replied(CommandId, const StatusResponse& reply) {
  const bool ok = reply.kind == StatusKind::kOk;
  if (completed_) {
    if (!ok) *unreadable_ = std::max<std::uint64_t>(*unreadable_, first_unreadable_);
    return conclude();
  }
  if (ok && !places_.empty() && lacks_something()) {
    completed_ = true;
    first_unreadable_ = *unreadable_;
    stage_ = Stage::kToAskPlain;
    return;
  }
  if (ok && places_.contains("INBOX")) return conclude();
  if (stage_ == Stage::kExtended && !is_throttled(reply)) {
    stage_ = Stage::kToAskPlain;
    listed_.clear();
    places_.clear();
    statuses_.clear();
    responses_ = 0;
    bytes_ = 0;
    return;
  }
  if (!ok) return set_error(refused(reply, Asked::kAccount));
  // Some accounts have no INBOX, whatever RFC 9051 §5.1 says. A list of nothing is none.
  if (!places_.empty()) return conclude();
  set_error(server_error("the server listed no folder at all", Remedy::kRetryLater));
}

// A folder whose STATUS is told with the list is there, whether it is listed or not.
bool ListRequest::lacks_something() const {
  return *unreadable_ > 0 ||
         std::any_of(statuses_.begin(), statuses_.end(),
                     [this](const auto& status) { return !places_.contains(status.first); });
}

void ListRequest::conclude() {
  for (auto& mailbox : listed_) {
    const auto found = statuses_.find(mailbox.name.raw);
    if (found != statuses_.end()) mailbox.status = found->second;
  }
  set_result(std::move(listed_));
}

StatusRequest::StatusRequest(MailboxName name, Pending<MailboxStatus> pending)
    : RequestFor("asking for the status of " + folder(name), std::move(pending)),
      name_(std::move(name)) {}

std::optional<Command> StatusRequest::next(const CommandContext& context) {
  if (sent_ || has_result()) return std::nullopt;
  sent_ = true;
  return imap::status(name_, context.offered.has("CONDSTORE"), literals_of(context.offered));
}

bool StatusRequest::take(const Response& response) {
  const auto* data = std::get_if<StatusDataResponse>(&response);
  if (!data || MailboxName::from_server(data->name, name_.encoding) != name_) return false;
  status_ = typed(*data);
  return true;
}

void StatusRequest::replied(CommandId, const StatusResponse& reply) {
  if (reply.kind != StatusKind::kOk) return set_error(refused(reply, Asked::kFolder));
  if (!status_)
    return set_error(server_error("the server said OK without a STATUS", Remedy::kSkipMessage));
  set_result(*status_);
}

ExamineRequest::ExamineRequest(MailboxName name, Pending<Examined> pending)
    : RequestFor("examining " + folder(name), std::move(pending)), name_(std::move(name)) {}

std::optional<Command> ExamineRequest::next(const CommandContext& context) {
  if (sent_ || has_result()) return std::nullopt;
  sent_ = true;
  return imap::examine(name_, context.offered.has("CONDSTORE"), literals_of(context.offered));
}

bool ExamineRequest::take(const Response& response) {
  if (const auto* exists = std::get_if<ExistsResponse>(&response)) {
    exists_said_ = true;
    examined_.exists = exists->count;
    return true;
  }
  if (const auto* status = std::get_if<StatusResponse>(&response)) {
    if (status->code) note(*status->code);
    return false;  // an ALERT in it is still to be seen
  }
  // News of the mailbox that is being left, or changes already counted in what EXAMINE says.
  return std::holds_alternative<ExpungeResponse>(response) ||
         std::holds_alternative<VanishedResponse>(response) ||
         std::holds_alternative<FetchResponse>(response);
}

void ExamineRequest::note(const ResponseCode& code) {
  if (code.name == "CLOSED") {  // RFC 7162 §3.2.11: all before it was about the old mailbox
    examined_ = Examined();
    impossible_validity_.reset();
    exists_said_ = false;
  } else if (code.name == "UIDVALIDITY") {
    const auto number = parse_u64(code.rest);
    examined_.uid_validity = uid_validity(number).value_or(UidValidity{});
    impossible_validity_.reset();
    if (number && *number > 0xffffffff) impossible_validity_ = number;
  } else if (code.name == "UIDNEXT") {
    examined_.uid_next = parse_u64(code.rest).value_or(0);
  } else if (code.name == "HIGHESTMODSEQ") {
    examined_.highest_mod_seq = ModSeq{parse_u64(code.rest).value_or(0)};
  } else if (code.name == "NOMODSEQ") {
    examined_.highest_mod_seq = ModSeq{};
  } else if (code.name == "MAILBOXID") {
    examined_.mailbox_id = object_id(code.rest);
  }
}

void ExamineRequest::replied(CommandId, const StatusResponse& reply) {
  if (reply.kind != StatusKind::kOk) return set_error(refused(reply, Asked::kFolder));
  if (reply.code) note(*reply.code);
  if (!exists_said_) {
    return set_error(about_folder("the server did not say how many messages there are"));
  }
  if (impossible_validity_) {
    return set_error(about_folder(
        "the server says UIDVALIDITY " + std::to_string(*impossible_validity_) +
        ", which is more than the 32 bits that IMAP has for it (RFC 9051 §2.3.1.1), so its UIDs "
        "cannot be relied on; the folder is not mirrored; ask whoever runs the server to have its "
        "UIDVALIDITY set anew"));
  }
  set_result(examined_);
}

}  // namespace imapkeep::imap
