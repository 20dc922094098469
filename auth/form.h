// A form as a POST carries it (application/x-www-form-urlencoded). Values are often secrets, so the
// text is made in one piece of memory and handed out as one.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/base/secret.h"

namespace imapkeep {

using FormFields = std::vector<std::pair<std::string_view, std::string_view>>;

/// Unreserved characters of RFC 3986 as they are, everything else as %XX (a blank too, which every
/// reader of forms and of URLs understands).
std::string percent_encode(std::string_view text);
Secret form_encoded(const FormFields& fields);

}  // namespace imapkeep
