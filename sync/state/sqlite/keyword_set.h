// The keywords of a message are few and the same sets come again and again, so a message row holds
// the number of a set: 0 is the empty one. A set is one blob, "4:Work5:$Junk", because servers have
// put nearly every byte into a keyword.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sync/state/sqlite/sqlite_database.h"

namespace imapkeep {

std::string pack_keywords(const std::vector<std::string>& keywords);
/// What pack_keywords made; stops at the first thing that it would not have made.
std::vector<std::string> unpack_keywords(ByteView packed);

/// The set's number, after keeping it when it is new.
Result<std::int64_t> keyword_set_id(Database& database, const std::vector<std::string>& keywords);

}  // namespace imapkeep
