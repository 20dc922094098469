// The device flow from the first request to the tokens (RFC 8628): asks for a code, has it shown,
// and asks for the tokens as often as DeviceFlow says.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "auth/device_flow.h"
#include "auth/token_request.h"
#include "daemon/base/clock.h"
#include "daemon/base/http.h"
#include "daemon/base/operation.h"
#include "daemon/base/timers.h"

namespace imapkeep {

class DeviceLogin {
 public:
  struct Deps {
    HttpClient& http;
    Timers& timers;
    Clock& clock;
  };

  DeviceLogin(Deps deps, std::string device_endpoint, std::string scope, TokenCaller caller);

  /// Once. `show`: called when there is a code for a person to type in. Errors: kLogin (no, or
  /// nobody in time), kServer, kConfig.
  [[nodiscard]] Operation start(std::function<void(const DeviceCode&)> show,
                                Completion<Tokens> done);

 private:
  void on_code(const Result<HttpAnswer>& answer);
  void poll();
  void on_answer(const Result<HttpAnswer>& answer);
  void follow(DeviceFlow::Step step);

  Deps deps_;
  std::string device_endpoint_;
  std::string scope_;
  TokenCaller caller_;
  std::function<void(const DeviceCode&)> show_;
  Secret device_code_;
  SpokenSecrets spoken_;  ///< in the request that is under way
  std::optional<DeviceFlow> flow_;
  Operation operation_;
  Pending<Tokens> done_;
};

}  // namespace imapkeep
