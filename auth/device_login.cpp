#include "auth/device_login.h"

#include <utility>

namespace imapkeep {

DeviceLogin::DeviceLogin(Deps deps, std::string device_endpoint, std::string scope,
                         TokenCaller caller)
    : deps_(deps),
      device_endpoint_(std::move(device_endpoint)),
      scope_(std::move(scope)),
      caller_(std::move(caller)) {}

Operation DeviceLogin::start(std::function<void(const DeviceCode&)> show, Completion<Tokens> done) {
  done_ = Pending<Tokens>(std::move(done));
  show_ = std::move(show);
  TokenCaller caller = caller_;
  caller.endpoint = device_endpoint_;
  HttpRequest request = device_request(caller, scope_);
  spoken_ = secrets_in(request);
  operation_ = deps_.http.request(std::move(request),
                                  [this](const Result<HttpAnswer>& answer) { on_code(answer); });
  return done_.operation([this] { operation_.cancel(); });
}

void DeviceLogin::on_code(const Result<HttpAnswer>& answer) {
  if (!answer) return done_.complete(answer.error().within("no device code"));
  auto read = read_device_answer(*answer, spoken_);
  if (const auto* refusal = std::get_if<TokenRefusal>(&read))
    return done_.complete(error_of(*refusal).within("no device code"));
  auto& code = std::get<DeviceCode>(read);
  device_code_ = code.device_code;
  flow_.emplace(code.lifetime, code.interval, deps_.clock.mono_now());
  follow(flow_->begin());
  show_(code);
}

void DeviceLogin::poll() {
  HttpRequest request = device_poll_request(caller_, device_code_);
  spoken_ = secrets_in(request);
  operation_ = deps_.http.request(std::move(request),
                                  [this](const Result<HttpAnswer>& answer) { on_answer(answer); });
}

void DeviceLogin::on_answer(const Result<HttpAnswer>& answer) {
  const MonoTime now = deps_.clock.mono_now();
  follow(answer ? flow_->on_answer(read_token_answer(*answer, TokenAsk::kDevice, spoken_), now)
                : flow_->on_failure(now));
}

void DeviceLogin::follow(DeviceFlow::Step step) {
  if (const auto* wait = std::get_if<DeviceFlow::Wait>(&step)) {
    operation_ = deps_.timers.after(wait->span, [this] { poll(); });
  } else if (auto* tokens = std::get_if<Tokens>(&step)) {
    done_.complete(std::move(*tokens));
  } else {
    done_.complete(error_of(std::get<TokenRefusal>(step)));
  }
}

}  // namespace imapkeep
