#include "config/node_reader.h"

#include <algorithm>

#include "config/key_hints.h"
#include "config/nearest_word.h"
#include "daemon/base/bytes.h"

namespace imapkeep {
namespace {

bool contains(const std::vector<std::string>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::string_view kind_name(YamlKind kind) {
  switch (kind) {
    case YamlKind::kNull:
      return "empty";
    case YamlKind::kText:
      return "text";
    case YamlKind::kList:
      return "a list";
    case YamlKind::kMap:
      return "a map";
    case YamlKind::kBroken:
      break;
  }
  return "broken";
}

/// Complains unless `node` is a good text.
bool is_good_text(const YamlNode& node, const std::string& key, Complaints& complaints) {
  if (node.kind == YamlKind::kBroken) return false;
  if (node.kind == YamlKind::kNull || (node.kind == YamlKind::kText && node.text.empty())) {
    complaints.add(node.place, in_quotes(key) + " is empty" + with_example(key));
    return false;
  }
  if (node.kind != YamlKind::kText) {
    complaints.add(node.place,
                   in_quotes(key) + " must be text, not " + std::string(kind_name(node.kind)));
    return false;
  }
  const bool clean = std::none_of(node.text.begin(), node.text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  });
  if (!clean) complaints.add(node.place, in_quotes(key) + " holds a control character");
  return clean;
}

}  // namespace

std::string in_quotes(std::string_view word) { return "`" + printable_utf8(word, 64) + "`"; }

std::string one_of(const std::vector<std::string>& words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += i + 1 == words.size() ? " or " : ", ";
    text += in_quotes(words[i]);
  }
  return text;
}

std::string with_example(std::string_view name) {
  const std::string_view example = example_of(name);
  return example.empty() ? std::string() : ": write `" + std::string(example) + "`";
}

std::string not_in_this_version(std::string_view what) {
  return in_quotes(what) + " is not in this version";
}

bool expect_map(const YamlNode& node, std::string_view name, Complaints& complaints) {
  if (node.kind == YamlKind::kMap) return true;
  if (node.kind == YamlKind::kNull) {
    complaints.add(node.place, in_quotes(name) + " is empty" + with_example(name));
  } else if (node.kind != YamlKind::kBroken) {
    complaints.add(node.place, in_quotes(name) + " must be a map (`key: value`), not " +
                                   std::string(kind_name(node.kind)) + with_example(name));
  }
  return false;
}

void check_keys(const YamlNode& map, std::string_view prefix, const Vocabulary& keys,
                Complaints& complaints) {
  std::vector<std::string> known = keys.built;
  known.insert(known.end(), keys.later.begin(), keys.later.end());
  for (const auto& entry : map.entries) {
    if (contains(keys.built, entry.key)) continue;
    if (contains(keys.later, entry.key)) {
      complaints.add(entry.place, not_in_this_version(std::string(prefix) + entry.key));
      continue;
    }
    std::string sentence = "unknown key " + in_quotes(entry.key);
    const std::string_view place = belongs_at(entry.key);
    if (!place.empty() && place != std::string(prefix) + entry.key)
      sentence += "; did you mean " + in_quotes(place) + "?";
    else if (const auto near = nearest_word(entry.key, known))
      sentence += "; did you mean " + in_quotes(*near) + "?";
    else
      sentence += "; known here: " + one_of(keys.built);
    complaints.add(entry.place, std::move(sentence));
  }
}

std::optional<std::string> read_text(const YamlEntry& entry, Complaints& complaints) {
  if (!is_good_text(entry.value, entry.key, complaints)) return std::nullopt;
  return entry.value.text;
}

std::optional<std::vector<PlacedText>> read_texts(const YamlEntry& entry, Complaints& complaints) {
  std::vector<PlacedText> texts;
  if (entry.value.kind == YamlKind::kText) {
    if (!is_good_text(entry.value, entry.key, complaints)) return std::nullopt;
    texts.push_back({entry.value.text, entry.value.place});
    return texts;
  }
  if (entry.value.kind != YamlKind::kList) {
    if (entry.value.kind == YamlKind::kNull)
      complaints.add(entry.value.place, in_quotes(entry.key) + " is empty");
    else if (entry.value.kind == YamlKind::kMap)
      complaints.add(entry.value.place,
                     in_quotes(entry.key) + " must be a list of texts, not a map");
    return std::nullopt;
  }
  bool good = true;
  for (const auto& item : entry.value.items) {
    if (is_good_text(item, entry.key, complaints))
      texts.push_back({item.text, item.place});
    else
      good = false;
  }
  if (!good) return std::nullopt;
  return texts;
}

std::optional<std::string> read_word(const YamlEntry& entry, const Vocabulary& words,
                                     Complaints& complaints) {
  const auto text = read_text(entry, complaints);
  if (!text || contains(words.built, *text)) return text;
  if (contains(words.later, *text))
    complaints.add(entry.value.place, not_in_this_version(entry.key + ": " + *text));
  else
    complaints.add(entry.value.place, in_quotes(entry.key) + " must be " + one_of(words.built));
  return std::nullopt;
}

std::optional<bool> as_boolean(const YamlNode& node) {
  if (node.kind != YamlKind::kText) return std::nullopt;
  for (const auto* yes : {"true", "on", "yes"})
    if (node.text == yes) return true;
  for (const auto* no : {"false", "off", "no"})
    if (node.text == no) return false;
  return std::nullopt;
}

}  // namespace imapkeep
