// Who asks for tokens: what the operator's options say, completed by what lies in files and behind
// secrets. Read anew before every request, since secrets are exchanged and an assertion is good for
// one request. Blocks: it belongs on a Strand.
#pragma once

#include <string>

#include "auth/grant.h"
#include "auth/oauth_options.h"
#include "auth/secret_source.h"
#include "auth/token_request.h"
#include "daemon/base/clock.h"
#include "daemon/base/files.h"
#include "daemon/base/process_environment.h"
#include "daemon/base/random.h"
#include "daemon/base/result.h"

namespace imapkeep {

struct TokenClient {
  GrantKey key;
  TokenCaller caller;  ///< its endpoint, when empty, is the one that the login found
  OAuthFlow flow = OAuthFlow::kCode;
  Secret assertion{};          ///< kServiceAccount: it is the grant
  std::string delegated_id{};  ///< kServiceAccount: what an administrator knows the client by

  /// Nobody logs in: the client's own key is the login, and there is no refresh token.
  [[nodiscard]] bool has_own_key() const {
    return flow == OAuthFlow::kServiceAccount || flow == OAuthFlow::kClientCredentials;
  }
};

/// Of one request.
struct RequestStamp {
  WallTime now;
  std::string id;  ///< never used before
};
RequestStamp new_request_stamp(WallTime now, Random& random);

class TokenClientReader {
 public:
  /// A copyable value; `files` and `process` are used from the thread that calls read().
  /// `account_user`: whose consent it is where the options name nobody.
  TokenClientReader(OAuthOptions options, std::string account_user, Files& files, Process& process,
                    ProcessEnvironment environment);
  /// Errors: kConfig, kLogin when a command for a secret fails.
  [[nodiscard]] Result<TokenClient> read(const RequestStamp& stamp) const;
  /// Its key alone: no secret is read for it but the client's file.
  [[nodiscard]] Result<GrantKey> key() const;

 private:
  [[nodiscard]] GrantKey key_of(const std::string& endpoint, const std::string& client_id) const;
  [[nodiscard]] Result<TokenClient> from_file(const RequestStamp& stamp) const;
  [[nodiscard]] Result<TokenClient> from_options(const RequestStamp& stamp) const;
  [[nodiscard]] Result<Done> prove_by_certificate(TokenCaller& caller,
                                                  const RequestStamp& stamp) const;

  OAuthOptions options_;
  std::string user_;
  Files* files_;
  ProcessEnvironment environment_;
  SecretSource secrets_;
};

}  // namespace imapkeep
