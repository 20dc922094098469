#include "auth/token_errors.h"

#include <algorithm>
#include <iterator>

#include "auth/token_hints.h"

namespace imapkeep {
namespace {

using Kind = TokenRefusal::Kind;

struct ErrorRow {
  std::string_view error;
  Kind kind;
};
constexpr ErrorRow kErrors[] = {
    {"invalid_grant", Kind::kNeedsLogin},
    {"interaction_required", Kind::kNeedsLogin},
    {"consent_required", Kind::kNeedsLogin},
    {"login_required", Kind::kNeedsLogin},
    {"account_selection_required", Kind::kNeedsLogin},
    {"bad_verification_code", Kind::kNeedsLogin},   // Microsoft: a device code it does not know
    {"invalid_token", Kind::kNeedsLogin},           // of RFC 6750, where others say invalid_grant
    {"invalid_refresh_token", Kind::kNeedsLogin},   // Yahoo, and the next two
    {"token_expired", Kind::kNeedsLogin},           //
    {"account_not_authorized", Kind::kNeedsLogin},  //
    {"invalid_code", Kind::kNeedsLogin},            // Zoho, of a refresh token, too
    {"invalid_client", Kind::kMisconfigured},
    {"invalid_client_secret", Kind::kMisconfigured},  // Yahoo and Zoho
    {"unauthorized_client", Kind::kMisconfigured},
    {"unsupported_grant_type", Kind::kMisconfigured},
    {"invalid_scope", Kind::kMisconfigured},
    {"invalid_request", Kind::kMisconfigured},
    {"invalid_target", Kind::kMisconfigured},
    {"deleted_client", Kind::kMisconfigured},
    {"disabled_client", Kind::kMisconfigured},
    {"org_internal", Kind::kMisconfigured},
    {"admin_policy_enforced", Kind::kMisconfigured},
    {"unsupported_token_type", Kind::kMisconfigured},
    {"authorization_pending", Kind::kPending},
    {"expired_token", Kind::kExpired},
    {"access_denied", Kind::kDeclined},           // Zoho's `Access Denied` asks for patience
    {"authorization_declined", Kind::kDeclined},  // Microsoft's spelling
};

}  // namespace

Kind kind_of_refusal(std::string_view error, std::string_view marks, TokenAsk asked) {
  if (is_microsoft_patience(marks)) return Kind::kTransient;
  const bool device = asked == TokenAsk::kDevice;
  if (error == "slow_down") return device ? Kind::kSlowDown : Kind::kTransient;
  const auto* row = std::find_if(std::begin(kErrors), std::end(kErrors),
                                 [&](const ErrorRow& each) { return each.error == error; });
  // server_error, temporarily_unavailable, new ones.
  if (row == std::end(kErrors)) return Kind::kTransient;
  switch (row->kind) {
    case Kind::kPending:
      return device ? row->kind : Kind::kTransient;
    case Kind::kExpired:
      return device ? row->kind : Kind::kNeedsLogin;
    case Kind::kDeclined:
      if (asked == TokenAsk::kOwnKey) return Kind::kMisconfigured;
      return asked == TokenAsk::kRefresh ? Kind::kNeedsLogin : row->kind;
    case Kind::kNeedsLogin:
      // Nobody can log in where the key is the login.
      return asked == TokenAsk::kOwnKey ? Kind::kMisconfigured : row->kind;
    default:
      return row->kind;
  }
}

}  // namespace imapkeep
