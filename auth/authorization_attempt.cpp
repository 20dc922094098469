#include "auth/authorization_attempt.h"

#include "auth/form.h"
#include "auth/pkce.h"

namespace imapkeep {

std::string AuthorizationAttempt::redirect_uri() const {
  return "http://" + redirect_host + ":" + std::to_string(port) + "/";
}

AuthorizationAttempt begin_attempt(const OAuthOptions& options, std::uint16_t port,
                                   Random& random) {
  return {options.redirect_host,  port,
          options.issuer,         options.issuer_in_redirect,
          random_text(random, 3), make_pkce_verifier(random)};
}

bool must_ask_consent(const OAuthOptions& options) {
  const bool is_microsoft =
      options.endpoints.authorization.starts_with("https://login.microsoftonline.");
  return !is_microsoft && (" " + options.scope + " ").find(" offline_access ") != std::string::npos;
}

std::string authorization_url(const OAuthOptions& options, const AuthorizationAttempt& attempt,
                              const std::string& client_id, bool ask_consent) {
  std::string url = options.endpoints.authorization;
  char between = url.find('?') == std::string::npos ? '?' : '&';
  const auto add = [&](const char* name, std::string_view value) {
    if (value.empty()) return;
    url += between;
    url += name;
    url += '=';
    url += percent_encode(value);
    between = '&';
  };
  add("response_type", "code");
  add("client_id", client_id);
  add("redirect_uri", attempt.redirect_uri());
  add("scope", options.scope);
  add("state", attempt.state.reveal());
  add("code_challenge", pkce_challenge(attempt.verifier));
  add("code_challenge_method", "S256");
  add("login_hint", options.user);
  if (ask_consent) add("prompt", "consent");
  return url;
}

}  // namespace imapkeep
