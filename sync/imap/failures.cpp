#include "sync/imap/failures.h"

#include <algorithm>
#include <initializer_list>
#include <string_view>

#include "daemon/base/ascii_case.h"
#include "daemon/base/bytes.h"
#include "daemon/base/sentence.h"

namespace imapkeep::imap {
namespace {

// RFC 4314: `l` lists a folder, `r` opens it.
constexpr std::string_view kRightAdvice =
    "; ask its owner for the right to read it, or leave it out (folders.exclude)";

enum class Meaning {
  kWrongLogin,    // a person has to change the credentials or the account
  kWrongSetting,  // a person has to change the configuration
  kPerson,        // a person has to ask the provider
  kPatience,      // this was too much or too early, for the account
  kUnwell,        // a part of the server is ill; perhaps only the part that was asked for
  kThing,         // this folder or message only
  kRight,         // the same, and for want of a right
  kReconnect,     // the connection is at its end, nothing else
  kSessionOver,   // the token of this connection has ended, whatever was asked
  kFolderEvent,   // a folder was numbered anew, renamed or removed: another connection sees it
};

constexpr std::size_t kMostShown = 600;  // of a server's words: an address stands at their end

struct Row {
  std::string_view mark;
  Meaning meaning;
};

// Codes of RFC 5530 unless noted.
constexpr Row kCodes[] = {
    {"AUTHENTICATIONFAILED", Meaning::kWrongLogin},
    {"AUTHORIZATIONFAILED", Meaning::kWrongLogin},
    {"EXPIRED", Meaning::kWrongLogin},
    {"WEBALERT", Meaning::kWrongLogin},  // Gmail: followed by an URL for a person
    {"PRIVACYREQUIRED", Meaning::kWrongSetting},
    {"CONTACTADMIN", Meaning::kPerson},
    {"UNAVAILABLE", Meaning::kUnwell},
    {"SERVERBUG", Meaning::kUnwell},
    {"CORRUPTION", Meaning::kUnwell},
    {"INUSE", Meaning::kUnwell},
    {"LIMIT", Meaning::kPatience},
    {"OVERQUOTA", Meaning::kPatience},  // of a reader: the daily bandwidth (Gmail)
    {"THROTTLED", Meaning::kPatience},  // Gmail
    {"NOPERM", Meaning::kRight},
    {"NONEXISTENT", Meaning::kThing},
    {"CANNOT", Meaning::kThing},
};

// Lower case. In this order: a text may hold several.
constexpr Row kPhrases[] = {
    {"session expired", Meaning::kSessionOver},     // Gmail, about once an hour
    {"accesstokenexpired", Meaning::kSessionOver},  // Exchange, in the middle of anything
    {"web browser", Meaning::kWrongLogin},
    {"web login required", Meaning::kWrongLogin},
    {"not enabled for imap", Meaning::kWrongLogin},
    {"imap access is disabled", Meaning::kWrongLogin},
    {"application-specific password", Meaning::kWrongLogin},
    {"app password", Meaning::kWrongLogin},
    {"suggested backoff time", Meaning::kPatience},
    {"throttled", Meaning::kPatience},
    {"too many", Meaning::kPatience},
    {"maximum number of connections", Meaning::kPatience},
    {"connection limit", Meaning::kPatience},
    {"bandwidth limit", Meaning::kPatience},
    {"rate limit", Meaning::kPatience},
    {"authenticated but not connected", Meaning::kUnwell},
    {"permission denied", Meaning::kRight},
    {"access denied", Meaning::kRight},
    {"temporar", Meaning::kUnwell},
    {"try again", Meaning::kUnwell},
    {"unavailable", Meaning::kUnwell},
    {"internal error", Meaning::kUnwell},
    {"server error", Meaning::kUnwell},
    {"session state is inconsistent", Meaning::kFolderEvent},  // Dovecot
    {"please relogin", Meaning::kFolderEvent},
    {"mailbox has been deleted", Meaning::kFolderEvent},
    {"mailbox was deleted", Meaning::kFolderEvent},
    {"mailbox has been renamed", Meaning::kFolderEvent},
    {"uidvalidity changed", Meaning::kFolderEvent},
    {"inactiv", Meaning::kReconnect},
    {"idle for too long", Meaning::kReconnect},
    {"autologout", Meaning::kReconnect},
    {"shutting down", Meaning::kReconnect},
};

bool has_any(std::string_view text, std::initializer_list<std::string_view> marks) {
  return std::any_of(marks.begin(), marks.end(), [&](std::string_view mark) {
    return text.find(mark) != std::string_view::npos;
  });
}

std::optional<Meaning> meaning_of(const StatusResponse& said) {
  if (said.code) {
    for (const auto& row : kCodes) {
      if (said.code->name == row.mark) return row.meaning;
    }
  }
  const std::string text = ascii_lower(said.text);
  for (const auto& row : kPhrases) {
    if (text.find(row.mark) != std::string::npos) return row.meaning;
  }
  return std::nullopt;
}

struct Verdict {
  Remedy remedy;
  Trouble trouble;
};

Verdict verdict_on(Meaning meaning, Asked asked) {
  switch (meaning) {
    case Meaning::kWrongLogin:
      // About a folder such words are about its rights, not about the login, which has passed.
      if (asked == Asked::kFolder) return {Remedy::kSkipMessage, Trouble::kMessage};
      return {Remedy::kNeedsOperator, Trouble::kLogin};
    case Meaning::kWrongSetting:
      return {Remedy::kNeedsOperator, Trouble::kConfig};
    case Meaning::kPerson:
      if (asked == Asked::kFolder) return {Remedy::kSkipMessage, Trouble::kMessage};
      if (asked == Asked::kNothing) return {Remedy::kRetrySoon, Trouble::kServer};
      return {Remedy::kNeedsOperator, Trouble::kServer};
    case Meaning::kPatience:
      return {Remedy::kRetryLater, Trouble::kBusy};
    case Meaning::kUnwell:
      // A BYE in the middle may be the fault of what was asked: Dovecot says "internal error" and
      // hangs up at a message that it cannot read. Who asked has to find out by asking again.
      if (asked == Asked::kNothing) return {Remedy::kRetrySoon, Trouble::kBusy};
      // Says nothing of the folder itself: never a witness that it is gone.
      if (asked == Asked::kFolder) return {Remedy::kSkipMessage, Trouble::kBusy};
      return {Remedy::kRetryLater, Trouble::kBusy};
    case Meaning::kRight:
    case Meaning::kThing:
      if (asked == Asked::kLogin) return {Remedy::kNeedsOperator, Trouble::kLogin};
      if (asked == Asked::kFolder) return {Remedy::kSkipMessage, Trouble::kMessage};
      if (asked == Asked::kNothing) return {Remedy::kRetrySoon, Trouble::kServer};
      return {Remedy::kRetryLater, Trouble::kServer};
    case Meaning::kFolderEvent:
      if (asked == Asked::kNothing) return {Remedy::kReconnect, Trouble::kServer};
      break;
    case Meaning::kSessionOver:
      return {Remedy::kRetrySoon, Trouble::kServer};
    case Meaning::kReconnect:
      break;
  }
  if (asked == Asked::kFolder) return {Remedy::kSkipMessage, Trouble::kMessage};
  return {Remedy::kRetrySoon, Trouble::kServer};
}

Verdict verdict_without_words(const StatusResponse& said, Asked asked) {
  switch (asked) {
    case Asked::kLogin:
      if (said.kind == StatusKind::kNo) return {Remedy::kNeedsOperator, Trouble::kLogin};
      if (said.kind == StatusKind::kBye) return {Remedy::kRetryLater, Trouble::kServer};
      return {Remedy::kNeedsOperator, Trouble::kServer};  // BAD: we do not understand each other
    case Asked::kFolder:
      if (said.kind != StatusKind::kNo) return {Remedy::kSkipMessage, Trouble::kServer};
      return {Remedy::kSkipMessage, Trouble::kMessage};
    case Asked::kAccount:
      return {Remedy::kRetryLater, Trouble::kServer};
    case Asked::kNothing:
      break;
  }
  return {Remedy::kRetrySoon, Trouble::kServer};
}

/// With the address that a person is to open, where it has one.
std::string code_shown(const ResponseCode& code) {
  const std::string name = printable(code.name, 40);
  const std::size_t begin = std::min(code.rest.find_first_not_of(' '), code.rest.size());
  const std::string_view rest = std::string_view(code.rest).substr(begin);
  const bool is_address = rest.starts_with("https://") || rest.starts_with("http://");
  return is_address ? name + " " + printable_utf8(rest, kMostShown) : name;
}

std::string_view word(StatusKind kind) {
  switch (kind) {
    case StatusKind::kOk:
      return "OK";
    case StatusKind::kNo:
      return "NO";
    case StatusKind::kBad:
      return "BAD";
    case StatusKind::kBye:
      return "BYE";
    case StatusKind::kPreauth:
      break;
  }
  return "PREAUTH";
}

}  // namespace

Error refused(const StatusResponse& said, Asked asked) {
  const auto meaning = meaning_of(said);
  const Verdict verdict =
      meaning ? verdict_on(*meaning, asked) : verdict_without_words(said, asked);
  std::string what = "server said " + std::string(word(said.kind));
  if (said.code) what += " [" + code_shown(*said.code) + "]";
  if (!said.text.empty()) what += ": " + sentence_shown(said.text, kMostShown);
  if (meaning == Meaning::kRight && asked == Asked::kFolder) what += kRightAdvice;
  return {verdict.remedy, verdict.trouble, std::move(what), 0};
}

Error about_folder(std::string what) {
  return {Remedy::kSkipMessage, Trouble::kMessage, std::move(what), 0};
}

bool lacks_right(const Error& refusal) {
  return refusal.what.find(kRightAdvice) != std::string::npos;
}

std::string alert_in(const StatusResponse& said) {
  if (!said.code || (said.code->name != "ALERT" && said.code->name != "WEBALERT")) return "";
  const std::string code = said.code->name == "ALERT" ? "" : "[" + code_shown(*said.code) + "] ";
  return code + sentence_shown(said.text, kMostShown);
}

bool is_throttled(const StatusResponse& said) {
  return said.kind != StatusKind::kOk && meaning_of(said) == Meaning::kPatience;
}

bool is_session_over(const StatusResponse& said) {
  return said.kind != StatusKind::kOk && meaning_of(said) == Meaning::kSessionOver;
}

bool has_known_meaning(const StatusResponse& said) { return meaning_of(said).has_value(); }

bool is_mechanism_unknown(const StatusResponse& said) {
  const auto meaning = meaning_of(said);
  // A code says more than words do: [UNAVAILABLE], [AUTHENTICATIONFAILED].
  if (meaning) return false;
  const std::string text = ascii_lower(said.text);
  if (has_any(text, {"user", "credential", "password"})) return false;
  if (said.kind == StatusKind::kBad) return true;
  if (said.kind != StatusKind::kNo) return false;
  const bool is_about_mechanism = has_any(text, {"mechanism", "authentication type", "auth type",
                                                 "authentication method", "auth method"});
  return (is_about_mechanism &&
          has_any(text, {"unsupported", "not supported", "unknown", "unrecognized", "unrecognised",
                         "not implemented", "no mechanism", "no such", "not available", "invalid",
                         "not allowed", "not enabled", "disabled"})) ||
         has_any(text,
                 {"unsupported auth", "authenticate not supported", "unknown command",
                  "unsupported command", "unrecognized command", "command not", "not implemented"});
}

bool blames_token(const StatusResponse& said) {
  if (said.kind != StatusKind::kNo && said.kind != StatusKind::kBye) return false;
  if (is_session_over(said)) return true;
  const bool has_code =
      said.code && (said.code->name == "AUTHENTICATIONFAILED" || said.code->name == "EXPIRED");
  if (has_code) return true;
  // With another code the text may be the name of a folder.
  if (said.kind == StatusKind::kNo && said.code && said.code->name != "ALERT") return false;
  const std::string text = ascii_lower(said.text);
  const bool is_named = said.kind == StatusKind::kBye
                            ? has_any(text, {"token"})
                            : has_any(text, {"access token", "accesstoken", "bearer token",
                                             "oauth token", "oauth2 token", "invalid_token"});
  return is_named && has_any(text, {"expired", "invalid", "revoked", "not valid", "no longer",
                                    "has ended", "rejected", "refused", "not accepted", "unknown"});
}

bool is_hollow_login(const StatusResponse& said) {
  return ascii_lower(said.text).find("authenticated but not connected") != std::string::npos;
}

}  // namespace imapkeep::imap
