// What a section asks of a node: is it a map, a text, one of these words; and the complaint when it
// is not. A kBroken node is silently nothing. A value is never quoted in a complaint, because it
// may be a password in the wrong place; keys are, except inside `password`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/yaml_document.h"

namespace imapkeep {

/// The keys or words that may stand somewhere. `later` are known, and refused as "not in this
/// version", so that nobody takes them for a mistake of their own.
struct Vocabulary {
  std::vector<std::string> built;
  std::vector<std::string> later;
};

std::string in_quotes(std::string_view word);
/// "a, b or c", each in back quotes.
std::string one_of(const std::vector<std::string>& words);
/// `: write …`, the line that is right for this section; empty when none is known.
std::string with_example(std::string_view name);
std::string not_in_this_version(std::string_view what);

bool expect_map(const YamlNode& node, std::string_view name, Complaints& complaints);
/// Complains about every key of `map` that is not built. `prefix` is put before the name in the
/// complaint: "store." says where the key belongs.
void check_keys(const YamlNode& map, std::string_view prefix, const Vocabulary& keys,
                Complaints& complaints);

/// Not empty, no control characters (a double-quoted "\n" is one).
std::optional<std::string> read_text(const YamlEntry& entry, Complaints& complaints);
/// A list of texts; one text alone is a list of one.
struct PlacedText {
  std::string text;
  Place place;
};
std::optional<std::vector<PlacedText>> read_texts(const YamlEntry& entry, Complaints& complaints);
/// One of the built words.
std::optional<std::string> read_word(const YamlEntry& entry, const Vocabulary& words,
                                     Complaints& complaints);
/// true, on, yes, false, off, no; nothing, and no complaint, for any other text.
std::optional<bool> as_boolean(const YamlNode& node);

}  // namespace imapkeep
