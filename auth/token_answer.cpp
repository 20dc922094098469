#include "auth/token_answer.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "auth/http_date.h"
#include "auth/json_text.h"
#include "auth/provider_words.h"
#include "auth/token_errors.h"
#include "auth/token_hints.h"
#include "daemon/base/ascii_case.h"
#include "daemon/base/bytes.h"

namespace imapkeep {
namespace {

using Json = nlohmann::json;
using Kind = TokenRefusal::Kind;
using std::chrono::seconds;

constexpr seconds kMostPatience = std::chrono::hours(24);

/// RFC 6750 §2.1: b64token. Anything else would break out of the line that it is sent in.
bool is_sendable(std::string_view token) {
  return std::all_of(token.begin(), token.end(), [](char c) { return c > 0x20 && c < 0x7f; });
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

TokenRefusal not_understood(const HttpAnswer& answer, const std::string& why) {
  return {
      Kind::kTransient,
      retry_after(answer),
      {},
      "the token endpoint answered with status " + std::to_string(answer.status) + " and " + why};
}

/// The description, and behind it Microsoft's codes as that would have them: the description is in
/// the person's language, and they are not.
std::string marks_of(const Json& object) {
  std::string marks = json_text(object, "error_description");
  const auto codes = object.find("error_codes");
  if (codes == object.end() || !codes->is_array()) return marks;
  for (const auto& code : *codes) {
    if (code.is_number_unsigned())
      marks += " AADSTS" + std::to_string(code.get<std::uint64_t>()) + ":";
  }
  return marks;
}

TokenRefusal refusal_of(const HttpAnswer& answer, const Json& object, TokenAsk asked,
                        const SpokenSecrets& spoken) {
  const std::string error = json_text(object, "error");
  const std::string description = json_text(object, "error_description");
  const std::string marks = marks_of(object);
  const std::string word = ascii_lower(error);
  TokenRefusal refusal;
  refusal.kind = kind_of_refusal(word, marks, asked);
  refusal.retry_after = retry_after(answer);
  refusal.error = provider_words(word, spoken, 64);
  if (refusal.kind == Kind::kDeclined) {
    refusal.what = "the permission was declined";
  } else if (refusal.kind == Kind::kExpired) {
    refusal.what = "nobody gave the permission in time; run the login again";
  } else {
    refusal.what = "the token endpoint said " + provider_words(error, spoken, 64);
  }
  if (!description.empty()) refusal.what += ": " + provider_words(description, spoken, 300);
  if (const auto hint = hint_for(word, marks, asked); !hint.empty())
    refusal.what += " (" + std::string(hint) + ")";
  return refusal;
}

}  // namespace

TokenAnswer read_token_answer(const HttpAnswer& answer, TokenAsk asked,
                              const SpokenSecrets& spoken) {
  const Json object = parse_foreign_json(answer.body.reveal());
  if (answer.status >= 300 && answer.status < 400)
    return not_understood(answer, "a redirect, which is not followed");
  if (object.is_discarded() || !object.is_object())
    return not_understood(answer, "something that is not JSON; is there a proxy in the way?");
  const auto error = object.find("error");
  if (error != object.end() && error->is_string()) return refusal_of(answer, object, asked, spoken);
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
                        "the token endpoint gives tokens of type " +
                            provider_words(type, spoken, 40) +
                            ", which no mail server takes; only Bearer can be used"};
  tokens.lifetime = json_seconds(object, "expires_in").value_or(tokens.lifetime);
  tokens.scope = json_text(object, "scope");
  tokens.refresh_lifetime = json_seconds(object, "refresh_token_expires_in");
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

}  // namespace imapkeep
