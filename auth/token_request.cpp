#include "auth/token_request.h"

#include <utility>

#include "auth/query.h"
#include "daemon/base/bytes.h"

namespace imapkeep {
namespace {

/// Whoever exchanges a refresh token, a code or a device code gives its successor once: an answer
/// that is not waited for costs a person a login. Nobody has been seen to need more.
constexpr Duration kPatience = std::chrono::seconds(90);

/// RFC 6749 §2.3.1: both halves are form-encoded before they are joined.
Secret basic_authorization(const TokenCaller& caller) {
  const std::string id = percent_encode(caller.client_id);
  std::string secret = percent_encode(caller.secret.reveal());
  std::string pair;
  pair.reserve(id.size() + secret.size() + 1);
  pair.append(id).append(":").append(secret);
  std::string encoded = to_base64(pair);
  wipe(pair);
  wipe(secret);
  std::string value;
  value.reserve(encoded.size() + 6);
  value.append("Basic ").append(encoded);
  wipe(encoded);
  return Secret(std::move(value));
}

HttpRequest post(const TokenCaller& caller, const FormFields& fields) {
  HttpRequest request;
  request.method = "POST";
  request.url = caller.endpoint;
  request.ca_file = caller.ca_file;
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded"},
                     {"Accept", "application/json"}};
  request.body = form_encoded(fields);
  request.deadline = kPatience;
  return request;
}

}  // namespace

HttpRequest oauth_post(const TokenCaller& caller, FormFields fields) {
  switch (caller.proof) {
    case ClientProof::kNone:
      fields.emplace_back("client_id", caller.client_id);
      break;
    case ClientProof::kSecretPost:
      fields.emplace_back("client_id", caller.client_id);
      fields.emplace_back("client_secret", caller.secret.reveal());
      break;
    case ClientProof::kAssertion:
      fields.emplace_back("client_id", caller.client_id);
      fields.emplace_back("client_assertion_type",
                          "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
      fields.emplace_back("client_assertion", caller.secret.reveal());
      break;
    case ClientProof::kSecretBasic: {
      // The id stands in the header alone: two proofs in one request are an error (§2.3).
      HttpRequest request = post(caller, fields);
      request.authorization = basic_authorization(caller);
      return request;
    }
  }
  return post(caller, fields);
}

HttpRequest code_request(const TokenCaller& caller, const Secret& code, const Secret& verifier,
                         std::string_view redirect_uri) {
  return oauth_post(caller, {{"grant_type", "authorization_code"},
                             {"code", code.reveal()},
                             {"code_verifier", verifier.reveal()},
                             {"redirect_uri", redirect_uri}});
}

HttpRequest refresh_request(const TokenCaller& caller, const Secret& refresh_token) {
  return oauth_post(caller,
                    {{"grant_type", "refresh_token"}, {"refresh_token", refresh_token.reveal()}});
}

HttpRequest device_request(const TokenCaller& caller, std::string_view scope) {
  return oauth_post(caller, {{"scope", scope}});
}

HttpRequest device_poll_request(const TokenCaller& caller, const Secret& device_code) {
  return oauth_post(caller, {{"grant_type", "urn:ietf:params:oauth:grant-type:device_code"},
                             {"device_code", device_code.reveal()}});
}

HttpRequest jwt_bearer_request(const TokenCaller& caller, const Secret& assertion) {
  return post(caller, {{"grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"},
                       {"assertion", assertion.reveal()}});
}

HttpRequest client_credentials_request(const TokenCaller& caller, std::string_view scope) {
  return oauth_post(caller, {{"grant_type", "client_credentials"}, {"scope", scope}});
}

SpokenSecrets secrets_in(const HttpRequest& request) {
  SpokenSecrets secrets;
  auto form = parse_query(request.body.reveal());
  if (form) {
    for (const char* name : {"refresh_token", "code", "code_verifier", "device_code",
                             "client_secret", "client_assertion", "assertion"}) {
      const auto found = form->find(name);
      if (found != form->end()) secrets.add(Secret(std::move(found->second)));
    }
  }
  // Of HTTP Basic: all of it, and what stands behind the colon.
  const std::string_view basic = request.authorization.reveal();
  const std::size_t blank = basic.find(' ');
  if (blank == std::string_view::npos) return secrets;
  secrets.add(Secret(std::string(basic.substr(blank + 1))));
  auto pair = from_base64(basic.substr(blank + 1));
  if (!pair) return secrets;
  if (auto half = parse_query("x=" + pair->substr(pair->find(':') + 1)))
    secrets.add(Secret(std::move(half->at("x"))));
  wipe(*pair);
  return secrets;
}

}  // namespace imapkeep
