#include "auth/code_login.h"

#include <utility>

#include "auth/redirect_page.h"
#include "daemon/base/bytes.h"

namespace imapkeep {
namespace {

Error login_failed(std::string what) {
  return {Remedy::kNeedsOperator, Trouble::kLogin, std::move(what), 0};
}

}  // namespace

CodeLogin::CodeLogin(Deps deps, OAuthOptions options, TokenCaller caller)
    : deps_(std::move(deps)), options_(std::move(options)), caller_(std::move(caller)) {}

Result<std::string> CodeLogin::invite(bool ask_consent) {
  auto server = deps_.serving.listen({"127.0.0.1", options_.redirect_port},
                                     [this](const HttpVisit& visit) { return answer(visit); });
  if (!server) return server.error().within("the browser's way back");
  server_ = std::move(*server);
  const AuthorizationAttempt attempt = begin_attempt(options_, server_->port(), deps_.random);
  check_.emplace(attempt);
  return authorization_url(options_, attempt, caller_.client_id, ask_consent);
}

Operation CodeLogin::start(Completion<Tokens> done) {
  done_ = Pending<Tokens>(std::move(done));
  deadline_ = deps_.timers.after(kPatience, [this] {
    stop();
    done_.complete(login_failed(
        "nobody gave the permission within ten minutes; run the login again. A page of the "
        "provider that shows an error instead of a question is about the client: its id, its "
        "redirect address, or who may use it"));
  });
  return done_.operation([this] { stop(); });
}

HttpResponse CodeLogin::answer(const HttpVisit& visit) {
  RedirectVerdict verdict = check_->judge(visit);
  HttpResponse page = page_for(verdict);
  if (const auto* ignored = std::get_if<RedirectIgnored>(&verdict)) {
    deps_.log.debug("visit ignored", {{"why", ignored->why}});
    return page;
  }
  verdict_ = std::move(verdict);
  page.after = [this] { decide_soon(); };
  return page;
}

Result<Done> CodeLogin::paste(std::string_view line) {
  RedirectVerdict verdict = check_->judge_pasted(line);
  if (const auto* ignored = std::get_if<RedirectIgnored>(&verdict))
    return Error{Remedy::kNeedsOperator, Trouble::kUsage, ignored->why, 0};
  verdict_ = std::move(verdict);
  decide_soon();
  return Done{};
}

// The server, or whoever pasted, is on the stack.
void CodeLogin::decide_soon() {
  deadline_.cancel();
  soon_ = deps_.timers.soon([this] { decide(); });
}

void CodeLogin::decide() {
  if (const auto* refused = std::get_if<RedirectRefused>(&verdict_)) {
    stop();
    return done_.complete(login_failed(refused->why));
  }
  const AuthorizationAttempt& attempt = check_->attempt();
  const Secret code = std::exchange(std::get<RedirectCode>(verdict_).code, Secret());
  deps_.log.debug("code received");
  HttpRequest request = code_request(caller_, code, attempt.verifier, attempt.redirect_uri());
  const SpokenSecrets spoken = secrets_in(request);
  redeeming_ = deps_.http.request(
      std::move(request),
      [this, spoken](const Result<HttpAnswer>& answer) { on_answer(answer, spoken); });
}

void CodeLogin::on_answer(const Result<HttpAnswer>& answer, const SpokenSecrets& spoken) {
  stop();
  if (!answer) {
    return done_.complete(
        answer.error().within("the code could not be exchanged, and is not sent a second time; "
                              "run the login again"));
  }
  TokenAnswer read = read_token_answer(*answer, TokenAsk::kCode, spoken);
  if (auto* tokens = std::get_if<Tokens>(&read)) return done_.complete(std::move(*tokens));
  done_.complete(error_of(std::get<TokenRefusal>(read)));
}

void CodeLogin::stop() {
  deadline_.cancel();
  soon_.cancel();
  redeeming_.cancel();
  server_.reset();
}

}  // namespace imapkeep
