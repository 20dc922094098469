// The device flow (RFC 8628): a short code that a person types in on any other machine, while the
// token endpoint is asked again and again. The machine says how long to wait and when to give up;
// it sees neither clock nor network.
#pragma once

#include <string>
#include <variant>

#include "auth/token_answer.h"
#include "daemon/base/clock.h"

namespace imapkeep {

struct DeviceCode {
  Secret device_code;
  std::string user_code;                  ///< for the person to type; printable
  std::string verification_uri;           ///< where; printable
  std::string verification_uri_complete;  ///< with the code in it; empty: the provider has none
  std::chrono::seconds lifetime{900};
  std::chrono::seconds interval{5};
};

/// The device authorization endpoint's answer (§3.2), or why there is no code.
std::variant<DeviceCode, TokenRefusal> read_device_answer(const HttpAnswer& answer,
                                                          const SpokenSecrets& spoken = {});

class DeviceFlow {
 public:
  DeviceFlow(std::chrono::seconds lifetime, std::chrono::seconds interval, MonoTime now)
      : interval_(interval), end_(now + lifetime) {}

  struct Wait {
    Duration span;  ///< then ask again
  };
  using Step = std::variant<Wait, Tokens, TokenRefusal>;

  [[nodiscard]] Step begin() const { return Wait{interval_}; }
  Step on_answer(TokenAnswer answer, MonoTime now);
  /// The network failed; asked more and more seldom (§3.5).
  Step on_failure(MonoTime now);

 private:
  [[nodiscard]] Step wait(Duration span, MonoTime now) const;

  Duration interval_;
  MonoTime end_;
  int failures_ = 0;
};

}  // namespace imapkeep
