// A SASL mechanism (RFC 4422) as the client's half of a conversation: raw bytes, the encoding is
// the protocol's business. Made for one login and thrown away with it.
#pragma once

#include <memory>
#include <string>
#include <string_view>

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
};

/// PLAIN, see sasl_plain.h.
std::unique_ptr<SaslMechanism> make_sasl_plain(Credentials credentials);

}  // namespace imapkeep
