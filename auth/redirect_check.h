// Judges what came to the redirect address, in a fixed order: is it the browser's way back at all
// (method, path, Host, no parameter twice), is it of this attempt (state), is it from whom we asked
// (`iss`, RFC 9207), and then what it says. Anybody on this machine can send requests there: what
// is not of this attempt changes nothing, and the attempt waits on.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "auth/authorization_attempt.h"
#include "daemon/base/http_server.h"
#include "daemon/base/secret.h"

namespace imapkeep {

/// Not the answer to this attempt, which goes on.
struct RedirectIgnored {
  int status = 404;    ///< for whoever sent it
  std::string why;     ///< a sentence; holds nothing of what was sent
  bool again = false;  ///< the answer, once more: browsers load pages ahead and anew
};
/// The answer, and it is no.
struct RedirectRefused {
  std::string error;      ///< the code of RFC 6749 §4.1.2.1, made printable; empty: ours
  bool declined = false;  ///< a person said no
  std::string why;        ///< a sentence
};
struct RedirectCode {
  Secret code;
};
using RedirectVerdict = std::variant<RedirectIgnored, RedirectRefused, RedirectCode>;

class RedirectCheck {
 public:
  explicit RedirectCheck(AuthorizationAttempt attempt) : attempt_(std::move(attempt)) {}

  RedirectVerdict judge(const HttpVisit& visit);
  /// The final URL as it was copied from the browser's address line.
  RedirectVerdict judge_pasted(std::string_view text);

  [[nodiscard]] const AuthorizationAttempt& attempt() const { return attempt_; }
  /// The state was used: nothing more is accepted.
  [[nodiscard]] bool used() const { return used_; }

 private:
  RedirectVerdict judge_query(std::string_view query);

  AuthorizationAttempt attempt_;
  bool used_ = false;
};

}  // namespace imapkeep
