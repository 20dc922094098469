// `%XX` with upper-case hex digits: how bytes that a server chose become file names and journal
// strings. Which bytes must be encoded is the caller's grammar (docs/storage.md §1 and §4).
#pragma once

#include <optional>
#include <string>

#include "daemon/base/bytes.h"

namespace imapkeep {

void append_percent(std::string& out, char byte);

/// The journal's raw strings: everything but printable ASCII, and `%`, `"`, `\`, is encoded.
void append_raw(std::string& out, ByteView bytes);
/// Nothing when a `%` is not followed by two hex digits.
std::optional<std::string> percent_decode(std::string_view text);

}  // namespace imapkeep
