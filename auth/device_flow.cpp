#include "auth/device_flow.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "auth/json_text.h"
#include "daemon/base/bytes.h"

namespace imapkeep {
namespace {

using nlohmann::json;
using std::chrono::seconds;

constexpr seconds kSlower{5};  // §3.5
constexpr seconds kLongestWait{60};
constexpr seconds kLongestLife = std::chrono::hours(1);

seconds at_most(std::optional<seconds> said, seconds otherwise, seconds most) {
  return std::min(said.value_or(otherwise), most);
}

}  // namespace

std::variant<DeviceCode, TokenRefusal> read_device_answer(const HttpAnswer& answer,
                                                          const SpokenSecrets& spoken) {
  const json body = parse_foreign_json(answer.body.reveal());
  DeviceCode code;
  if (body.is_object() && !body.contains("error")) {
    code.device_code = Secret(json_text(body, "device_code"));
    code.user_code = printable_utf8(json_text(body, "user_code"), 64);
    code.verification_uri = printable_utf8(json_text(body, "verification_uri"), 500);
    // Google's name for it.
    if (code.verification_uri.empty()) {
      code.verification_uri = printable_utf8(json_text(body, "verification_url"), 500);
    }
    code.verification_uri_complete =
        printable_utf8(json_text(body, "verification_uri_complete"), 500);
    code.lifetime = at_most(json_seconds(body, "expires_in"), code.lifetime, kLongestLife);
    code.interval = at_most(json_seconds(body, "interval"), code.interval, kLongestWait);
  }
  if (!code.device_code.empty() && !code.user_code.empty() && !code.verification_uri.empty()) {
    return code;
  }
  const TokenAnswer refused = read_token_answer(answer, TokenAsk::kDevice, spoken);
  if (const auto* refusal = std::get_if<TokenRefusal>(&refused)) return *refusal;
  return TokenRefusal{TokenRefusal::Kind::kTransient, std::nullopt, "",
                      "the provider's answer holds no device code"};
}

DeviceFlow::Step DeviceFlow::on_answer(TokenAnswer answer, MonoTime now) {
  if (auto* tokens = std::get_if<Tokens>(&answer)) return std::move(*tokens);
  auto& refusal = std::get<TokenRefusal>(answer);
  switch (refusal.kind) {
    case TokenRefusal::Kind::kSlowDown:
      interval_ += kSlower;
      [[fallthrough]];
    case TokenRefusal::Kind::kPending:
      failures_ = 0;
      return wait(std::max<Duration>(interval_, refusal.retry_after.value_or(seconds(0))), now);
    case TokenRefusal::Kind::kTransient: {
      const Step step = on_failure(now);
      const auto* pause = std::get_if<Wait>(&step);
      if (pause == nullptr || !refusal.retry_after) return step;
      return wait(std::max<Duration>(pause->span, *refusal.retry_after), now);
    }
    default:
      return std::move(refusal);
  }
}

DeviceFlow::Step DeviceFlow::on_failure(MonoTime now) {
  failures_ = std::min(failures_ + 1, 8);
  const Duration backed_off = interval_ * (1 << failures_);
  return wait(std::max(interval_, std::min<Duration>(backed_off, kLongestWait)), now);
}

DeviceFlow::Step DeviceFlow::wait(Duration span, MonoTime now) const {
  if (now + span < end_) return Wait{span};
  return TokenRefusal{TokenRefusal::Kind::kExpired, std::nullopt, "expired_token",
                      "nobody gave the permission in time; run the login again"};
}

}  // namespace imapkeep
