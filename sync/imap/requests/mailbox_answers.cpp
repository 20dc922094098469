#include "sync/imap/requests/mailbox_answers.h"

#include <string>
#include <string_view>

#include "daemon/base/ascii_case.h"
#include "daemon/base/bytes.h"
#include "sync/imap/failures.h"

namespace imapkeep::imap {
namespace {

/// RFC 8474 §4.2: one in parentheses, of at most 255 characters; some servers leave those away.
std::string object_id(std::string_view text) {
  if (text.starts_with('(') && text.ends_with(')')) text = text.substr(1, text.size() - 2);
  return text.size() <= 255 ? printable(text) : std::string();
}

/// 0, and more than 32 bits, are no UIDVALIDITY.
std::optional<UidValidity> uid_validity(std::optional<std::uint64_t> value) {
  if (!value || *value == 0 || *value > 0xffffffff) return std::nullopt;
  return UidValidity{static_cast<std::uint32_t>(*value)};
}

}  // namespace

MailboxStatus status_of(const StatusDataResponse& data) {
  MailboxStatus status;
  status.messages = data.messages;
  status.uid_next = data.uid_next;
  status.uid_validity = uid_validity(data.uid_validity);
  if (data.highest_mod_seq) status.highest_mod_seq = ModSeq{*data.highest_mod_seq};
  return status;
}

ListedMailbox mailbox_of(const ListResponse& listed, NameEncoding encoding) {
  ListedMailbox mailbox{MailboxName::from_server(listed.name, encoding), listed.delimiter, true,
                        listed.attributes, std::nullopt};
  for (const auto& attribute : listed.attributes) {
    if (same_ignoring_case(attribute, "\\Noselect") ||
        same_ignoring_case(attribute, "\\NonExistent")) {
      mailbox.selectable = false;
    }
  }
  return mailbox;
}

bool SelectAnswer::take(const Response& response) {
  if (const auto* exists = std::get_if<ExistsResponse>(&response)) {
    exists_said_ = true;
    examined_.exists = exists->count;
    return true;
  }
  if (const auto* status = std::get_if<StatusResponse>(&response)) {
    if (status->code) note(*status->code);
    return false;  // an ALERT in it is still to be seen
  }
  // What has vanished since an earlier session is news of the mailbox that is being examined.
  if (const auto* vanished = std::get_if<VanishedResponse>(&response)) return !vanished->earlier;
  // News of the mailbox that is being left, or changes already counted in what is said here.
  return std::holds_alternative<ExpungeResponse>(response) ||
         std::holds_alternative<FetchResponse>(response);
}

void SelectAnswer::note(const ResponseCode& code) {
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

Result<Examined> SelectAnswer::result() const {
  if (!exists_said_) {
    return about_folder("the server did not say how many messages there are");
  }
  if (impossible_validity_) {
    return about_folder(
        "the server says UIDVALIDITY " + std::to_string(*impossible_validity_) +
        ", which is more than the 32 bits that IMAP has for it (RFC 9051 §2.3.1.1), so its UIDs "
        "cannot be relied on; the folder is not mirrored; ask whoever runs the server to have its "
        "UIDVALIDITY set anew");
  }
  return examined_;
}

}  // namespace imapkeep::imap
