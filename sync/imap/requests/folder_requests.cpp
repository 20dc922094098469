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
  ListedMailbox told = mailbox_of(listed, encoding_);
  const auto [place, is_new] = places_.emplace(told.name.raw, listed_.size());
  if (is_new) {
    listed_.push_back({std::move(told.name), told.delimiter, told.selectable, {}, std::nullopt});
  }
  auto& known = listed_[place->second];
  known.selectable = known.selectable || told.selectable;
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
  statuses_.insert_or_assign(MailboxName::from_server(status.name, encoding_).raw,
                             status_of(status));
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
    : RequestFor("asking for the status of " + folder_words(name), std::move(pending)),
      name_(std::move(name)) {}

std::optional<Command> StatusRequest::next(const CommandContext& context) {
  if (sent_ || has_result()) return std::nullopt;
  sent_ = true;
  return imap::status(name_, context.offered.has("CONDSTORE"), literals_of(context.offered));
}

bool StatusRequest::take(const Response& response) {
  const auto* data = std::get_if<StatusDataResponse>(&response);
  if (!data || MailboxName::from_server(data->name, name_.encoding) != name_) return false;
  status_ = status_of(*data);
  return true;
}

void StatusRequest::replied(CommandId, const StatusResponse& reply) {
  if (reply.kind != StatusKind::kOk) return set_error(refused(reply, Asked::kFolder));
  if (!status_)
    return set_error(server_error("the server said OK without a STATUS", Remedy::kSkipMessage));
  set_result(*status_);
}

ExamineRequest::ExamineRequest(MailboxName name, Pending<Examined> pending)
    : RequestFor("examining " + folder_words(name), std::move(pending)), name_(std::move(name)) {}

std::optional<Command> ExamineRequest::next(const CommandContext& context) {
  if (sent_ || has_result()) return std::nullopt;
  sent_ = true;
  return imap::examine(name_, context.offered.has("CONDSTORE"), literals_of(context.offered));
}

bool ExamineRequest::take(const Response& response) { return answer_.take(response); }

void ExamineRequest::replied(CommandId, const StatusResponse& reply) {
  if (reply.kind != StatusKind::kOk) return set_error(refused(reply, Asked::kFolder));
  if (reply.code) answer_.note(*reply.code);
  auto examined = answer_.result();
  if (!examined) return set_error(examined.error());
  set_result(*std::move(examined));
}

}  // namespace imapkeep::imap
