// A sentence for a person, as it is shown. Whoever quotes somebody in one has made the quoted words
// harmless already (printable); shown through that once more, each `\xNN` would become `\x5cxNN`.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace imapkeep {

/// What could steer a terminal becomes \xNN, and so does a backslash that is not the beginning of
/// one: showing what was shown changes nothing. More than `limit` bytes are cut with "…".
std::string sentence_shown(std::string_view sentence, std::size_t limit);

}  // namespace imapkeep
