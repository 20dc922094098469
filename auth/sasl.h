// A SASL mechanism (RFC 4422) as the client's half of a conversation: raw bytes, the encoding is
// the protocol's business. Made for one login and thrown away with it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "auth/credentials.h"
#include "daemon/base/result.h"

namespace imapkeep {

class SaslMechanism {
 public:
  virtual ~SaslMechanism() = default;
  [[nodiscard]] virtual std::string_view name() const = 0;  ///< as in AUTH=…, upper case
  /// What the client says first. Errors: Trouble::kLogin.
  virtual Result<std::string> initial_response() = 0;
  /// The answer to a challenge that came after the initial response. An error means that the
  /// exchange has to be given up.
  virtual Result<std::string> respond(std::string_view challenge) = 0;
  /// What the server sent is a challenge of this mechanism, behind the initial response; else it is
  /// waiting for that response. To be asked before the first respond().
  [[nodiscard]] virtual bool understands(std::string_view /*challenge*/) const { return false; }
  /// Whether a success may be believed: some mechanisms have the server prove itself.
  [[nodiscard]] virtual bool may_succeed() const { return true; }
  /// What the server has said against us in a challenge, for the sentence about its refusal.
  [[nodiscard]] virtual std::string complaint() const { return {}; }
};

/// A login that cannot be carried on, until a person does something.
inline Error login_error(std::string what) {
  return {Remedy::kNeedsOperator, Trouble::kLogin, std::move(what), 0};
}

/// Whom the client talks to: OAUTHBEARER says it.
struct SaslPeer {
  std::string host;
  std::uint16_t port = 0;
};

/// For these credentials, of what is offered (upper case). "LOGIN" is IMAP's command, which is no
/// mechanism. A password goes by PLAIN, which over TLS is as safe as its channel and costs one
/// round trip; by SCRAM-SHA-256 only where the password itself is not taken. A token goes by
/// OAUTHBEARER before XOAUTH2, since its refusals say why. Errors: kLogin.
Result<std::string> choose_mechanism(const Credentials& credentials,
                                     const std::vector<std::string>& offered, bool login_disabled);
/// Null: there is none of that name.
std::unique_ptr<SaslMechanism> make_sasl(std::string_view mechanism, Credentials credentials,
                                         SaslPeer peer);

/// PLAIN, see sasl_plain.h.
std::unique_ptr<SaslMechanism> make_sasl_plain(Credentials credentials);

}  // namespace imapkeep
