#include "auth/sasl_bearer.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "auth/json_text.h"
#include "auth/provider_words.h"
#include "auth/sasl_name.h"
#include "daemon/base/bytes.h"

namespace imapkeep {
namespace {

constexpr char kSeparator = '\x01';

bool is_clean(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f; });
}

/// Whom and with what, or why not.
Result<Done> check(const Credentials& credentials) {
  if (credentials.user.empty()) return login_error("the user name is empty");
  if (credentials.secret.empty()) return login_error("the access token is empty");
  // 0x01 separates the parts: inside one of them it would move the borders.
  if (!is_clean(credentials.user) || !is_clean(credentials.secret.reveal()))
    return login_error("user name or access token contains a control character");
  return Done{};
}

/// In one piece of memory: a token leaves no unwiped copy behind.
std::string joined(std::string_view head, std::string_view token) {
  constexpr std::string_view kAuth = "auth=Bearer ";
  std::string message;
  message.reserve(head.size() + kAuth.size() + token.size() + 2);
  message.append(head).append(kAuth).append(token);
  message += kSeparator;
  message += kSeparator;
  return message;
}

/// `status 400, scope https://mail.google.com/`
std::string complaint_in(std::string_view challenge, const Secret& token) {
  const auto object = parse_foreign_json(challenge);
  if (object.is_discarded() || !object.is_object()) return "the token is not accepted";
  SpokenSecrets spoken;
  spoken.add(token);
  const auto number = object.find("status");
  const std::string status = number != object.end() && number->is_number_integer()
                                 ? std::to_string(number->get<std::int64_t>())
                                 : provider_words(json_text(object, "status"), spoken, 200);
  const std::string scope = printable(spoken.masked(json_text(object, "scope")));
  std::string said = status.empty() ? "the token is not accepted" : "status " + status;
  if (!scope.empty()) said += ", scope " + scope;
  return said;
}

Result<std::string> take_refusal(std::string& complaint, std::string_view challenge,
                                 const Secret& token, std::string answer) {
  if (!complaint.empty()) return login_error("the server asked for more after its refusal");
  complaint = complaint_in(challenge, token);
  return answer;
}

}  // namespace

Result<std::string> SaslXOAuth2::initial_response() {
  if (const auto usable = check(credentials_); !usable) return usable.error();
  const std::string& user = credentials_.authzid.empty() ? credentials_.user : credentials_.authzid;
  return joined("user=" + user + kSeparator, credentials_.secret.reveal());
}

bool SaslXOAuth2::understands(std::string_view challenge) const { return !challenge.empty(); }

Result<std::string> SaslXOAuth2::respond(std::string_view challenge) {
  return take_refusal(complaint_, challenge, credentials_.secret, "");
}

Result<std::string> SaslOAuthBearer::initial_response() {
  if (const auto usable = check(credentials_); !usable) return usable.error();
  const std::string& user = credentials_.authzid.empty() ? credentials_.user : credentials_.authzid;
  std::string head = "n,a=" + sasl_name(user) + "," + kSeparator;
  if (!peer_.host.empty()) head += "host=" + peer_.host + kSeparator;
  if (peer_.port != 0) head += "port=" + std::to_string(peer_.port) + kSeparator;
  return joined(head, credentials_.secret.reveal());
}

bool SaslOAuthBearer::understands(std::string_view challenge) const { return !challenge.empty(); }

Result<std::string> SaslOAuthBearer::respond(std::string_view challenge) {
  return take_refusal(complaint_, challenge, credentials_.secret, std::string(1, kSeparator));
}

}  // namespace imapkeep
