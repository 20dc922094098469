// PLAIN (RFC 4616): [authzid] NUL authcid NUL password, in one message. The password itself goes
// over the wire, so that the caller owes it a channel that nobody else reads.
#pragma once

#include "auth/credentials.h"
#include "auth/sasl.h"

namespace imapkeep {

class SaslPlain final : public SaslMechanism {
 public:
  explicit SaslPlain(Credentials credentials) : credentials_(std::move(credentials)) {}
  [[nodiscard]] std::string_view name() const override { return "PLAIN"; }
  Result<std::string> initial_response() override;
  /// PLAIN has nothing more to say: always an error.
  Result<std::string> respond(std::string_view challenge) override;

 private:
  Credentials credentials_;
};

}  // namespace imapkeep
