// Port: usable credentials, now. Asked for before every login, so that a changed password file or a
// refreshed token is used at the next connection without a restart.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "daemon/base/clock.h"
#include "daemon/base/operation.h"
#include "daemon/base/secret.h"

namespace imapkeep {

struct Credentials {
  enum class Proof { kPassword, kAccessToken };

  std::string user;     ///< authcid: whose secret it is
  std::string authzid;  ///< act as; empty: the same
  Secret secret;
  Proof proof = Proof::kPassword;
  std::string mechanism{};  ///< used whatever the server offers; empty: the best
  /// Of a token: which consent it came from. Tokens come and go; who waits for a person waits for
  /// another one of these.
  std::string consent{};
  std::uint64_t generation = 0;       ///< a token: which one of its grant
  std::optional<MonoTime> expires{};  ///< a token
};

class CredentialSource {
 public:
  virtual ~CredentialSource() = default;
  /// Errors: Trouble::kLogin or kConfig, with what the operator has to do; of a token also kServer
  /// and kBusy, when the provider cannot be asked for a new one now.
  [[nodiscard]] virtual Operation get(Completion<Credentials> done) = 0;
  /// The server has refused these (the secret itself is not looked at). True: others can be had, or
  /// get() will say why not, and one more try is worth it.
  [[nodiscard]] virtual bool refused(const Credentials& /*used*/) { return false; }
  /// The server ended the connection without a word where its answer to these was due. That may be
  /// the network's doing: only what comes a second time in a row is taken for a refusal.
  [[nodiscard]] virtual bool unanswered(const Credentials& /*used*/) { return false; }
  /// A login with these has gone through.
  virtual void accepted(const Credentials& /*used*/) {}
  /// A person has to log in before get() can give anything.
  [[nodiscard]] virtual bool needs_login() const { return false; }
  /// A person wants it tried now, whatever was to be waited for.
  virtual void retry_now() {}
};

}  // namespace imapkeep
