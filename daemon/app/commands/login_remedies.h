// What a person should do about a login that a mail server did not let through. Pure: the error has
// said what happened; here are the causes that can be told apart, each with its remedy.
#pragma once

#include <optional>
#include <string>

#include "config/settings.h"
#include "daemon/base/error.h"

namespace imapkeep {

/// The server has said, or shown, why: nothing where all that is known is that it said no.
std::optional<std::string> remedy_of_known_cause(const Error& error,
                                                 const AccountSettings& account);

/// Always one, but where the sentence holds it already: then it is empty.
std::string remedy_of_login(const Error& error, const AccountSettings& account);

}  // namespace imapkeep
