// What the doctor looks at, and what a person should do about each finding. Pure: the errors have
// said what is wrong; here is the one remedy for it, where the sentence does not hold it already.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "config/settings.h"
#include "daemon/base/clock.h"
#include "daemon/base/error.h"

namespace imapkeep {

/// In the order in which they need each other.
enum class AccountPart {
  kState,     ///< the state directory is this user's alone
  kStore,     ///< it is there or can be made, and may be written
  kSpace,     ///< its disk has more than min_free left
  kNetwork,   ///< the mail server's name is known, and somebody answers at its port
  kTls,       ///< and proves who it is
  kClient,    ///< OAuth: its files and secrets can be read
  kProvider,  ///< OAuth: whoever gives the tokens answers, and says where its endpoints are
  kClock,     ///< OAuth: this machine's, by the date of that answer
  kGrant,     ///< OAuth: it is there, and a new token can be had for it
  kScope,     ///< OAuth: what was granted covers what was asked for
  kPassword,  ///< it can be read
  kLogin,     ///< the mail server lets this user in
  kMailbox,   ///< and shows the folders
};
std::string_view word_of(AccountPart part);

/// Where a good part is told of, or the bad one.
struct Finding {
  AccountPart part = AccountPart::kState;
  std::string what;
};

struct Diagnosis {
  std::optional<AccountPart> wrong;  ///< nothing: the account is well
  Error error;                       ///< of the wrong one
  std::string remedy;                ///< empty: the sentence says it
};

Diagnosis diagnose(AccountPart part, Error error, const AccountSettings& account);

/// An error when it is so wrong that tokens and certificates are refused for it. `date`: of the
/// answer of `who`.
std::optional<Error> trouble_with_clock(WallTime own, WallTime date, const std::string& who);

}  // namespace imapkeep
