#include "sync/imap/requests/append_request.h"

#include <utility>

#include "daemon/base/bytes.h"
#include "sync/imap/failures.h"
#include "sync/imap/target_commands.h"

namespace imapkeep::imap {
namespace {

AppendRefusal refusal_of(const StatusResponse& reply) {
  if (!reply.code) return AppendRefusal::kOther;
  if (reply.code->name == "TRYCREATE") return AppendRefusal::kNoMailbox;
  if (reply.code->name == "OVERQUOTA") return AppendRefusal::kOverQuota;
  return reply.code->name == "TOOBIG" ? AppendRefusal::kTooBig : AppendRefusal::kOther;
}

/// RFC 4315 §3: `[APPENDUID uidvalidity uid]`.
void note_uid(const ResponseCode& code, AppendEnd& end) {
  if (code.name != "APPENDUID") return;
  const auto space = code.rest.find(' ');
  if (space == std::string::npos) return;
  const auto validity = parse_u64(std::string_view(code.rest).substr(0, space));
  const auto uid = parse_u64(std::string_view(code.rest).substr(space + 1));
  if (!validity || *validity == 0 || *validity > 0xffffffff) return;
  if (!uid || *uid == 0 || *uid > kMaxUid.value) return;
  end.uid_validity = UidValidity{static_cast<std::uint32_t>(*validity)};
  end.uid = Uid{static_cast<std::uint32_t>(*uid)};
}

}  // namespace

AppendRequest::AppendRequest(AppendMessage message, ByteSource& source, Pending<AppendEnd> pending)
    : RequestFor("appending a message to folder " + printable_utf8(message.mailbox.display('/')),
                 std::move(pending)),
      message_(std::move(message)),
      source_(&source),
      left_(message_.size) {}

std::optional<Command> AppendRequest::next(const CommandContext& context) {
  if (sent_ || has_result()) return std::nullopt;
  const auto limit = context.offered.number("APPENDLIMIT");
  if (limit && message_.size > *limit) {
    refuse(AppendRefusal::kTooBig,
           about_folder("the message has " + std::to_string(message_.size) +
                        " octets, and the server takes none of more than " +
                        std::to_string(*limit) + " (APPENDLIMIT); it was not sent"));
    return std::nullopt;
  }
  if (message_.holds_nul && !context.offered.has("BINARY")) {
    refuse(AppendRefusal::kHoldsNul,
           about_folder("the message holds octets with the value 0, which IMAP cannot carry to a "
                        "server without BINARY (RFC 3516); it was not sent"));
    return std::nullopt;
  }
  sent_ = true;
  return append(message_.mailbox, message_.flags, message_.date, message_.size, message_.holds_nul,
                literals_of(context.offered));
}

void AppendRequest::refuse(AppendRefusal refusal, Error why) {
  set_result(AppendEnd{refusal, within_doing(why), {}, {}});
}

void AppendRequest::read_literal(Completion<std::string> done) {
  if (source_ == nullptr) return;
  reading_ = source_->read([this, done = std::move(done)](Result<std::string> octets) {
    done(checked(std::move(octets)));
  });
}

// The caller is told what his source did; everybody else on this connection, that it ends.
Result<std::string> AppendRequest::checked(Result<std::string> octets) {
  const auto broken = [&](const Error& why) {
    set_error(why);
    return server_error("a message that was being appended could not be sent to its end");
  };
  if (!octets) return broken(octets.error());
  const std::uint64_t announced = message_.size;
  if (octets->empty() && left_ > 0) {
    return broken(about_folder("the message ends after " + std::to_string(announced - left_) +
                               " of its " + std::to_string(announced) +
                               " octets; it was not appended"));
  }
  if (octets->size() > left_) {
    return broken(about_folder("the message has more than its " + std::to_string(announced) +
                               " octets; it was not appended"));
  }
  if (!message_.holds_nul && octets->find('\0') != std::string::npos) {
    refuse(AppendRefusal::kHoldsNul,
           about_folder("the message holds octets with the value 0, which was not said before; it "
                        "was not appended"));
    return server_error("a message that was being appended could not be sent to its end");
  }
  left_ -= octets->size();
  return octets;
}

void AppendRequest::replied(CommandId, const StatusResponse& reply) {
  if (reply.kind != StatusKind::kOk) {
    const AppendRefusal refusal = refusal_of(reply);
    if (refusal == AppendRefusal::kOther && is_throttled(reply)) {
      return set_error(refused(reply, Asked::kFolder));
    }
    Error why = refused(reply, Asked::kFolder);
    why.remedy = Remedy::kSkipMessage;
    return refuse(refusal, std::move(why));
  }
  AppendEnd end;
  if (reply.code) note_uid(*reply.code, end);
  set_result(std::move(end));
}

void AppendRequest::fail(const Error& why) {
  reading_.cancel();
  if (has_result()) {
    answer();
  } else {
    RequestFor::fail(why);
  }
}

void AppendRequest::cancel() {
  Request::cancel();
  reading_.cancel();
  source_ = nullptr;
}

}  // namespace imapkeep::imap
