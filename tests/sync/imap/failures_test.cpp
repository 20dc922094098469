#include "sync/imap/failures.h"

#include <catch2/catch.hpp>

using namespace imapkeep;
using namespace imapkeep::imap;

namespace {

struct Row {
  Asked asked;
  StatusKind kind;
  std::string code;
  std::string text;
  Remedy remedy;
  Trouble trouble;
};

StatusResponse said(const Row& row) {
  StatusResponse status{"", row.kind, std::nullopt, row.text};
  if (!row.code.empty()) status.code = ResponseCode{row.code, ""};
  return status;
}

constexpr auto kNo = StatusKind::kNo;
constexpr auto kBad = StatusKind::kBad;
constexpr auto kBye = StatusKind::kBye;
constexpr auto kLogin = Asked::kLogin;
constexpr auto kFolder = Asked::kFolder;
constexpr auto kAccount = Asked::kAccount;
constexpr auto kNothing = Asked::kNothing;

}  // namespace

TEST_CASE("a refusal says whose trouble it is and what to do") {
  const auto row = GENERATE(values<Row>({
      // Codes of RFC 5530.
      {kLogin, kNo, "AUTHENTICATIONFAILED", "", Remedy::kNeedsOperator, Trouble::kLogin},
      {kLogin, kNo, "AUTHORIZATIONFAILED", "", Remedy::kNeedsOperator, Trouble::kLogin},
      {kLogin, kNo, "EXPIRED", "", Remedy::kNeedsOperator, Trouble::kLogin},
      {kLogin, kNo, "PRIVACYREQUIRED", "", Remedy::kNeedsOperator, Trouble::kConfig},
      {kLogin, kNo, "CONTACTADMIN", "", Remedy::kNeedsOperator, Trouble::kServer},
      {kLogin, kNo, "NOPERM", "", Remedy::kNeedsOperator, Trouble::kLogin},
      {kLogin, kNo, "UNAVAILABLE", "", Remedy::kRetryLater, Trouble::kBusy},
      {kLogin, kNo, "LIMIT", "", Remedy::kRetryLater, Trouble::kBusy},
      {kLogin, kNo, "INUSE", "", Remedy::kRetryLater, Trouble::kBusy},
      {kLogin, kNo, "SERVERBUG", "", Remedy::kRetryLater, Trouble::kBusy},
      {kLogin, kNo, "OVERQUOTA", "", Remedy::kRetryLater, Trouble::kBusy},
      {kFolder, kNo, "NONEXISTENT", "", Remedy::kSkipMessage, Trouble::kMessage},
      {kFolder, kNo, "NOPERM", "", Remedy::kSkipMessage, Trouble::kMessage},
      {kFolder, kNo, "CONTACTADMIN", "", Remedy::kSkipMessage, Trouble::kMessage},
      // One folder's illness does not stop the account, a throttle does.
      {kFolder, kNo, "UNAVAILABLE", "", Remedy::kSkipMessage, Trouble::kBusy},
      {kFolder, kNo, "SERVERBUG", "", Remedy::kSkipMessage, Trouble::kBusy},
      {kFolder, kNo, "INUSE", "", Remedy::kSkipMessage, Trouble::kBusy},
      {kFolder, kNo, "LIMIT", "", Remedy::kRetryLater, Trouble::kBusy},
      {kFolder, kNo, "OVERQUOTA", "", Remedy::kRetryLater, Trouble::kBusy},
      {kFolder, kNo, "", "no", Remedy::kSkipMessage, Trouble::kMessage},
      {kFolder, kBad, "", "no", Remedy::kSkipMessage, Trouble::kServer},
      {kAccount, kNo, "", "no", Remedy::kRetryLater, Trouble::kServer},
      {kAccount, kBad, "", "no", Remedy::kRetryLater, Trouble::kServer},
      {kAccount, kNo, "UNAVAILABLE", "", Remedy::kRetryLater, Trouble::kBusy},
      // Texts, as servers send them.
      {kLogin, kNo, "ALERT", "Too many simultaneous connections. (Failure)", Remedy::kRetryLater,
       Trouble::kBusy},
      {kLogin, kNo, "", "Maximum number of connections from user+IP exceeded", Remedy::kRetryLater,
       Trouble::kBusy},
      {kLogin, kBad, "", "Request is throttled. Suggested Backoff Time: 92415 milliseconds",
       Remedy::kRetryLater, Trouble::kBusy},
      {kFolder, kBad, "", "Request is throttled. Suggested Backoff Time: 92415 milliseconds",
       Remedy::kRetryLater, Trouble::kBusy},
      {kNothing, kBye, "OVERQUOTA", "Account exceeded command or bandwidth limits.",
       Remedy::kRetryLater, Trouble::kBusy},
      {kNothing, kBye, "", "Account exceeded command or bandwidth limits. (Failure)",
       Remedy::kRetryLater, Trouble::kBusy},
      {kNothing, kBye, "", "Session expired, please login again.", Remedy::kRetrySoon,
       Trouble::kServer},
      {kNothing, kBye, "", "Session invalidated - AccessTokenExpired", Remedy::kRetrySoon,
       Trouble::kServer},
      {kFolder, kNo, "", "Session invalidated - AccessTokenExpired", Remedy::kRetrySoon,
       Trouble::kServer},
      {kLogin, kNo, "AUTHENTICATIONFAILED", "Invalid credentials (Failure)", Remedy::kNeedsOperator,
       Trouble::kLogin},
      {kLogin, kNo, "", "AUTHENTICATE failed.", Remedy::kNeedsOperator, Trouble::kLogin},
      {kLogin, kNo, "ALERT", "IMAP access is disabled for your domain.", Remedy::kNeedsOperator,
       Trouble::kLogin},
      {kLogin, kNo, "ALERT",
       "Please log in via your web browser: https://support.google.com/mail/accounts/answer/78754",
       Remedy::kNeedsOperator, Trouble::kLogin},
      {kLogin, kNo, "WEBALERT", "Web login required.", Remedy::kNeedsOperator, Trouble::kLogin},
      {kLogin, kNo, "ALERT", "Your account is not enabled for IMAP use.", Remedy::kNeedsOperator,
       Trouble::kLogin},
      {kLogin, kNo, "ALERT", "Application-specific password required", Remedy::kNeedsOperator,
       Trouble::kLogin},
      {kLogin, kNo, "", "Temporary authentication failure.", Remedy::kRetryLater, Trouble::kBusy},
      {kLogin, kBad, "", "User is authenticated but not connected.", Remedy::kRetryLater,
       Trouble::kBusy},
      // The code was made for machines and decides before the text.
      {kLogin, kNo, "AUTHENTICATIONFAILED", "Please try again later", Remedy::kNeedsOperator,
       Trouble::kLogin},
      {kLogin, kNo, "UNAVAILABLE", "use a web browser", Remedy::kRetryLater, Trouble::kBusy},
      {kLogin, kNo, "X-NEW", "Too many connections", Remedy::kRetryLater, Trouble::kBusy},
      // Nothing to go by.
      {kLogin, kNo, "", "Login failed.", Remedy::kNeedsOperator, Trouble::kLogin},
      {kLogin, kBad, "", "syntax", Remedy::kNeedsOperator, Trouble::kServer},
      {kLogin, kBye, "", "", Remedy::kRetryLater, Trouble::kServer},
      {kNothing, kBye, "", "IMAP session state is inconsistent, please relogin.",
       Remedy::kReconnect, Trouble::kServer},
      {kFolder, kNo, "", "Permission denied", Remedy::kSkipMessage, Trouble::kMessage},
      {kNothing, kBye, "", "Logging out", Remedy::kRetrySoon, Trouble::kServer},
      {kNothing, kBye, "", "Disconnected for inactivity.", Remedy::kRetrySoon, Trouble::kServer},
      {kNothing, kBye, "", "Server shutting down.", Remedy::kRetrySoon, Trouble::kServer},
      // It may be the fault of what was asked: soon, and later if it is not.
      {kNothing, kBye, "UNAVAILABLE", "", Remedy::kRetrySoon, Trouble::kBusy},
      {kNothing, kBye, "", "FETCH failed: Internal error occurred.", Remedy::kRetrySoon,
       Trouble::kBusy},
  }));
  INFO(row.code << " " << row.text);
  const Error error = refused(said(row), row.asked);
  CHECK(static_cast<int>(error.remedy) == static_cast<int>(row.remedy));
  CHECK(static_cast<int>(error.trouble) == static_cast<int>(row.trouble));
}

TEST_CASE("the sentence quotes the server, harmlessly") {
  StatusResponse status{"", kNo, ResponseCode{"LIMIT", "x"}, "not \x1b[31mnow"};
  CHECK(refused(status, kFolder).what == "server said NO [LIMIT]: not \\x1b[31mnow");
  CHECK(refused({"", kBye, std::nullopt, ""}, kNothing).what == "server said BYE");
}

TEST_CASE("only patience with the account is a throttle") {
  CHECK(is_throttled({"", kNo, ResponseCode{"LIMIT", ""}, ""}));
  CHECK(is_throttled({"", kBad, std::nullopt, "Request is throttled."}));
  CHECK_FALSE(is_throttled({"", kNo, ResponseCode{"UNAVAILABLE", ""}, ""}));
  CHECK_FALSE(
      is_throttled({"", kNo, std::nullopt, "Some messages could not be FETCHed (Failure)"}));
  CHECK_FALSE(is_throttled({"", StatusKind::kOk, std::nullopt, "done [THROTTLED]"}));
}

TEST_CASE("a token is blamed by its name, and never because of a folder's name") {
  struct Line {
    StatusKind kind;
    std::string code, text;
    bool blames;
  };
  const auto row = GENERATE(values<Line>({
      {kBye, "", "Session expired, please login again.", true},
      {kNo, "", "AccessTokenExpired", true},
      {kBye, "", "Session invalidated - AccessTokenExpired", true},
      {kBye, "", "Token revoked", true},
      {kBye, "", "Your token is no longer valid.", true},
      {kBye, "AUTHENTICATIONFAILED", "go", true},
      {kNo, "EXPIRED", "", true},
      {kNo, "AUTHENTICATIONFAILED", "", true},
      {kNo, "", "The access token has been revoked", true},
      {kNo, "", "invalid_token: it has expired", true},
      {kNo, "", "Mailbox doesn't exist: Expired tokens", false},
      {kNo, "NONEXISTENT", "Unknown Mailbox: Token invalid", false},
      {kNo, "NONEXISTENT", "Mailbox doesn't exist: Access token expired", false},
      {kNo, "ALERT", "The access token has expired", true},
      {kNo, "UNAVAILABLE", "the service that checks tokens is not there", false},
      {kNo, "LIMIT", "", false},
      {kBad, "", "invalid token in command", false},
      {kBye, "", "Server shutting down.", false},
      {kBye, "", "Internal error while checking a token, try again", false},
      {StatusKind::kOk, "", "the access token has expired", false},
  }));
  INFO(row.text);
  StatusResponse status{"", row.kind, std::nullopt, row.text};
  if (!row.code.empty()) status.code = ResponseCode{row.code, ""};
  CHECK(blames_token(status) == row.blames);
}

TEST_CASE("the address that a person is to open is shown") {
  const std::string address =
      "https://accounts.google.com/signin/continue?sarp=1&plt=" + std::string(250, 'A');
  StatusResponse web{"a", kNo, ResponseCode{"WEBALERT", " " + address}, "Web login required."};
  CHECK(refused(web, kLogin).what ==
        "server said NO [WEBALERT " + address + "]: Web login required.");
  CHECK(alert_in(web) == "[WEBALERT " + address + "] Web login required.");
  const std::string words = std::string(250, 'x') + ": https://support.google.com/mail/78754";
  StatusResponse alert{"a", kNo, ResponseCode{"ALERT", ""}, words};
  CHECK(refused(alert, kLogin).what == "server said NO [ALERT]: " + words);
  CHECK(alert_in(alert) == words);
  web.code->rest = " https://evil.example/\x1b[2J";
  CHECK(refused(web, kLogin).what.find('\x1b') == std::string::npos);
  CHECK(alert_in(web).find('\x1b') == std::string::npos);
  StatusResponse other{"a", kNo, ResponseCode{"LIMIT", " 7"}, "later"};
  CHECK(refused(other, kLogin).what == "server said NO [LIMIT]: later");
  CHECK(alert_in(other).empty());
}
