// The authorization code flow from the bound port to the tokens (RFC 6749 §4.1, RFC 8252): the
// browser is sent to a URL and comes back to a server on this machine, or a person pastes the
// address at which it ended; whichever is first. The browser is answered before the code is
// redeemed, and the code is sent once, because a second time would end the grant. What is no answer
// to this attempt changes nothing.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "auth/oauth_options.h"
#include "auth/redirect_check.h"
#include "auth/token_answer.h"
#include "auth/token_request.h"
#include "daemon/base/http.h"
#include "daemon/base/http_server.h"
#include "daemon/base/log.h"
#include "daemon/base/operation.h"
#include "daemon/base/random.h"
#include "daemon/base/timers.h"

namespace imapkeep {

class CodeLogin {
 public:
  struct Deps {
    HttpClient& http;
    HttpServing& serving;
    Timers& timers;
    Random& random;
    Log log;
  };
  static constexpr Duration kPatience = std::chrono::minutes(10);

  /// `options` with its endpoints filled in.
  CodeLogin(Deps deps, OAuthOptions options, TokenCaller caller);

  /// Binds the port and gives the URL for the browser. Once. `ask_consent`: see
  /// authorization_url(). Errors: kBusy, the port is taken.
  Result<std::string> invite(bool ask_consent);
  [[nodiscard]] std::uint16_t port() const { return check_->attempt().port; }
  /// Once, in the same turn of the loop. Errors: kLogin (no, or nobody in time), kServer, kConfig.
  [[nodiscard]] Operation start(Completion<Tokens> done);
  /// What was typed or pasted. An error (kUsage): it is not the address, and the login still waits.
  Result<Done> paste(std::string_view line);

 private:
  HttpResponse answer(const HttpVisit& visit);
  void decide_soon();
  void decide();
  void on_answer(const Result<HttpAnswer>& answer, const SpokenSecrets& spoken);
  void stop();

  Deps deps_;
  OAuthOptions options_;
  TokenCaller caller_;
  std::optional<RedirectCheck> check_;
  RedirectVerdict verdict_;  ///< the one that counts
  std::unique_ptr<HttpServer> server_;
  Operation deadline_;
  Operation soon_;
  Operation redeeming_;
  Pending<Tokens> done_;
};

}  // namespace imapkeep
