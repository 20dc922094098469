// Who asks for tokens: what the operator's options say, completed by what lies in files and behind
// secrets. Read anew before every request, since secrets are exchanged and an assertion is good for
// one request. Blocks: it belongs on a Lane.
#pragma once

#include <string>

#include "auth/grant.h"
#include "auth/oauth_options.h"
#include "auth/secret_source.h"
#include "auth/token_request.h"
#include "daemon/base/clock.h"
#include "daemon/base/files.h"
#include "daemon/base/result.h"
#include "daemon/base/surroundings.h"

namespace imapkeep {

struct TokenClient {
  GrantKey key;
  TokenCaller caller;  ///< its endpoint, when empty, is the one that the login found
};

class TokenClientReader {
 public:
  /// A copyable value; `files` and `process` are used from the thread that calls read().
  /// `account_user`: whose consent it is where the options name nobody.
  TokenClientReader(OAuthOptions options, std::string account_user, Files& files, Process& process,
                    Surroundings surroundings);
  /// Errors: kConfig, kLogin when a command for a secret fails.
  [[nodiscard]] Result<TokenClient> read() const;

 private:
  [[nodiscard]] Result<TokenCaller> caller() const;
  [[nodiscard]] Result<TokenCaller> caller_of_file() const;

  OAuthOptions options_;
  std::string user_;
  Files* files_;
  Surroundings surroundings_;
  SecretSource secrets_;
};

}  // namespace imapkeep
