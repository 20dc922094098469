// YAML text becomes a small tree that knows where every piece stands. What is left out of YAML is
// left out on purpose: anchors, aliases, merge keys and tags (a configuration that is read by
// several people should say what it means where it stands, and aliases are how a short file becomes
// a billion nodes), a second document, a key said twice (yaml-cpp would keep both silently).
// Everything is bounded: 1 MiB of text, 32 levels, 200,000 nodes. The text must be UTF-8 without
// control characters; a byte order mark is skipped.
// yaml-cpp is included by the .cpp of this file only, and its exceptions end there.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/complaints.h"

namespace imapkeep {

constexpr std::size_t kYamlMaxBytes = 1U << 20;

enum class YamlKind {
  kNull,  ///< nothing, or null
  kText,  ///< every scalar; what it means is the reader's matter
  kList,
  kMap,
  kBroken,  ///< has been complained about already
};

struct YamlEntry;

struct YamlNode {
  YamlKind kind = YamlKind::kNull;
  Place place;  ///< of nothing: the place of its key
  std::string text;
  std::vector<YamlNode> items;
  std::vector<YamlEntry> entries;  ///< keys are unique

  [[nodiscard]] const YamlEntry* find(std::string_view key) const;
};

struct YamlEntry {
  std::string key;
  Place place;  ///< of the key
  YamlNode value;
};

/// An empty text is kNull. Nothing when the text could not be read to its end: there is a
/// complaint.
std::optional<YamlNode> parse_yaml(std::string_view text, const std::string& file,
                                   Complaints& complaints);

}  // namespace imapkeep
