// Whether a file that decides what this process does (what it runs, whose mail it keeps, which
// password it sends) could have been changed by anybody but root and the user who runs it. Root is
// no exception: what root does by another user's file, that user does as root.
#pragma once

#include <cstdint>
#include <string>

#include "daemon/base/files.h"

namespace imapkeep {

/// "belongs to another user (uid 1001) …: remedy"; empty: nobody else could. A sentence's end.
std::string why_not_ours(const FileFacts& facts, std::uint32_t user_id);
/// The same, and "its group may write to it: …".
std::string who_may_change(const FileFacts& facts, std::uint32_t user_id);

/// "0640"
std::string octal_mode(std::uint32_t mode);

}  // namespace imapkeep
