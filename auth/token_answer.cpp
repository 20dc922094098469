#include "auth/token_answer.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "auth/http_date.h"
#include "auth/json_text.h"
#include "auth/token_hints.h"
#include "daemon/base/ascii_case.h"
#include "daemon/base/bytes.h"

namespace imapkeep {
namespace {

using Json = nlohmann::json;
using Kind = TokenRefusal::Kind;
using std::chrono::seconds;

constexpr seconds kMostPatience = std::chrono::hours(24);

/// Numbers come as numbers, as floats and as strings. Nothing: not said, and so is a zero, which
/// some say of what has no end: no token comes that has ended already.
std::optional<seconds> seconds_of(const Json& object, const char* name) {
  const auto at = object.find(name);
  if (at == object.end()) return std::nullopt;
  double value = -1;
  if (at->is_number()) {
    value = at->get<double>();
  } else if (at->is_string()) {
    const auto& digits = at->get_ref<const std::string&>();
    if (const auto whole = parse_u64(digits.substr(0, digits.find('.'))))
      value = static_cast<double>(*whole);
  }
  constexpr double kMostSeconds = 10.0 * 365 * 86400;
  if (!(value >= 1)) return std::nullopt;
  return seconds(static_cast<std::int64_t>(std::min(value, kMostSeconds)));
}

/// RFC 6750 §2.1: b64token. Anything else would break out of the line that it is sent in.
bool is_sendable(std::string_view token) {
  return std::all_of(token.begin(), token.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

/// The server's sentence without what could be a token that it quotes back, and without the ids of
/// requests that only its makers can look up.
std::string without_tokens(std::string_view text) {
  constexpr std::size_t kLongestWord = 31;
  std::string out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(" \t\r\n\"'<>()[]{},;"), text.size());
    const std::string_view word = text.substr(0, end);
    const bool is_plain = word.size() <= kLongestWord || word.starts_with("https://");
    const std::size_t query = std::min(word.find('?'), word.size());
    out += is_plain ? word.substr(0, query) : std::string_view("[…]");
    if (end < text.size()) out += text[end];
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::optional<seconds> retry_after(const HttpAnswer& answer) {
  const std::string_view said = answer.header("retry-after");
  if (const auto whole = parse_u64(said))
    return std::min(seconds(static_cast<std::int64_t>(std::min<std::uint64_t>(*whole, 1U << 30U))),
                    kMostPatience);
  const auto at = parse_http_date(said);
  const auto now = parse_http_date(answer.header("date"));
  if (!at || !now) return std::nullopt;
  return std::clamp(std::chrono::duration_cast<seconds>(*at - *now), seconds(0), kMostPatience);
}

struct ErrorRow {
  std::string_view error;
  Kind kind;
};
constexpr ErrorRow kErrors[] = {
    {"invalid_grant", Kind::kNeedsLogin},
    {"interaction_required", Kind::kNeedsLogin},
    {"consent_required", Kind::kNeedsLogin},
    {"login_required", Kind::kNeedsLogin},
    {"account_selection_required", Kind::kNeedsLogin},
    {"bad_verification_code", Kind::kNeedsLogin},  // Microsoft: a device code it does not know
    {"invalid_client", Kind::kMisconfigured},
    {"unauthorized_client", Kind::kMisconfigured},
    {"unsupported_grant_type", Kind::kMisconfigured},
    {"invalid_scope", Kind::kMisconfigured},
    {"invalid_request", Kind::kMisconfigured},
    {"invalid_target", Kind::kMisconfigured},
    {"deleted_client", Kind::kMisconfigured},
    {"disabled_client", Kind::kMisconfigured},
    {"org_internal", Kind::kMisconfigured},
    {"admin_policy_enforced", Kind::kMisconfigured},
    {"unsupported_token_type", Kind::kMisconfigured},
    {"authorization_pending", Kind::kPending},
    {"expired_token", Kind::kExpired},
    {"access_denied", Kind::kDeclined},
    {"authorization_declined", Kind::kDeclined},  // Microsoft's spelling
};

Kind kind_of(std::string_view error, std::string_view description, TokenAsk asked) {
  if (is_microsoft_patience(description)) return Kind::kTransient;
  const bool device = asked == TokenAsk::kDevice;
  if (error == "slow_down") return device ? Kind::kSlowDown : Kind::kTransient;
  const auto* row = std::find_if(std::begin(kErrors), std::end(kErrors),
                                 [&](const ErrorRow& each) { return each.error == error; });
  // Unknown words are no reason to give a grant up: server_error, temporarily_unavailable, new
  // ones.
  if (row == std::end(kErrors)) return Kind::kTransient;
  switch (row->kind) {
    case Kind::kPending:
      return device ? row->kind : Kind::kTransient;
    case Kind::kExpired:
      return device ? row->kind : Kind::kNeedsLogin;
    case Kind::kDeclined:
      if (asked == TokenAsk::kOwnKey) return Kind::kMisconfigured;
      return asked == TokenAsk::kRefresh ? Kind::kNeedsLogin : row->kind;
    case Kind::kNeedsLogin:
      // Nobody can log in where the key is the login.
      return asked == TokenAsk::kOwnKey ? Kind::kMisconfigured : row->kind;
    default:
      return row->kind;
  }
}

TokenRefusal not_understood(const HttpAnswer& answer, const std::string& why) {
  return {
      Kind::kTransient,
      retry_after(answer),
      {},
      "the token endpoint answered with status " + std::to_string(answer.status) + " and " + why};
}

TokenRefusal refusal_of(const HttpAnswer& answer, const Json& object, TokenAsk asked) {
  const std::string error = json_text(object, "error");
  const std::string description = json_text(object, "error_description");
  TokenRefusal refusal;
  refusal.kind = kind_of(error, description, asked);
  refusal.retry_after = retry_after(answer);
  refusal.error = printable(error, 64);
  refusal.what = "the token endpoint said " + refusal.error;
  if (!description.empty()) refusal.what += ": " + printable_utf8(without_tokens(description), 300);
  if (const auto hint = hint_for(error, description, asked); !hint.empty())
    refusal.what += " (" + std::string(hint) + ")";
  return refusal;
}

}  // namespace

TokenAnswer read_token_answer(const HttpAnswer& answer, TokenAsk asked) {
  const Json object = Json::parse(answer.body.reveal(), nullptr, false);
  if (answer.status >= 300 && answer.status < 400)
    return not_understood(answer, "a redirect, which is not followed");
  if (object.is_discarded() || !object.is_object())
    return not_understood(answer, "something that is not JSON; is there a proxy in the way?");
  const auto error = object.find("error");
  if (error != object.end() && error->is_string()) return refusal_of(answer, object, asked);
  if (answer.status != 200) return not_understood(answer, "no error that OAuth knows");

  Tokens tokens;
  tokens.access = Secret(json_text(object, "access_token"));
  tokens.refresh = Secret(json_text(object, "refresh_token"));
  if (tokens.access.empty()) return not_understood(answer, "no access token");
  if (!is_sendable(tokens.access.reveal()))
    return not_understood(answer, "an access token that cannot be sent");
  const std::string type = json_text(object, "token_type");
  if (!type.empty() && !same_ignoring_case(type, "bearer"))
    return TokenRefusal{Kind::kMisconfigured,
                        std::nullopt,
                        {},
                        "the token endpoint gives tokens of type " + printable(type, 40) +
                            ", which no mail server takes; only Bearer can be used"};
  tokens.lifetime = seconds_of(object, "expires_in").value_or(tokens.lifetime);
  tokens.scope = json_text(object, "scope");
  tokens.refresh_lifetime = seconds_of(object, "refresh_token_expires_in");
  return tokens;
}

Error error_of(const TokenRefusal& refusal) {
  switch (refusal.kind) {
    case Kind::kTransient:
    case Kind::kPending:
    case Kind::kSlowDown:
      return server_error(refusal.what, Remedy::kRetryLater);
    case Kind::kMisconfigured:
      return config_error(refusal.what);
    case Kind::kNeedsLogin:
    case Kind::kExpired:
    case Kind::kDeclined:
      break;
  }
  return {Remedy::kNeedsOperator, Trouble::kLogin, refusal.what, 0};
}

bool covers_scope(std::string_view granted, std::string_view wanted) {
  if (granted.empty()) return true;
  const auto has = [&](std::string_view word) {
    for (std::string_view rest = granted; !rest.empty();) {
      const std::size_t end = std::min(rest.find(' '), rest.size());
      if (rest.substr(0, end) == word) return true;
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return false;
  };
  for (std::string_view rest = wanted; !rest.empty();) {
    const std::size_t end = std::min(rest.find(' '), rest.size());
    const std::string_view word = rest.substr(0, end);
    if (!word.empty() && word != "offline_access" && word != "openid" && !has(word)) return false;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return true;
}

}  // namespace imapkeep
