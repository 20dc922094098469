#include "config/yaml_document.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <exception>
#include <sstream>
#include <unordered_map>
#include <utility>

#include "config/yaml_layout.h"
#include "daemon/base/bytes.h"

namespace imapkeep {
namespace {

constexpr std::size_t kMaxDepth = 32;
constexpr std::size_t kMaxNodes = 200'000;

/// Thrown through yaml-cpp to end the reading; caught in parse_yaml.
struct Stop {
  Place place;
  std::string sentence;
};

class TreeBuilder final : public YAML::EventHandler {
 public:
  TreeBuilder(const std::string& file, Complaints& complaints)
      : file_(file), complaints_(complaints) {}

  [[nodiscard]] Place place_of(const YAML::Mark& mark) const {
    if (mark.is_null()) return {file_, 1, 1};
    return {file_, static_cast<std::size_t>(mark.line) + 1,
            static_cast<std::size_t>(mark.column) + 1};
  }
  /// Where the innermost list or map that is still open began.
  [[nodiscard]] std::optional<Place> innermost() const {
    if (open_.empty()) return std::nullopt;
    return open_.back().node.place;
  }
  YamlNode take_root() { return std::move(root_); }
  void complain(Place place, std::string sentence) {
    complaints_.add(std::move(place), std::move(sentence));
  }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (documents_++ == 0) {
      root_.place = {file_, 1, 1};
      return;
    }
    throw Stop{place_of(mark), "a second document (`---`) begins here; a file holds one"};
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    refuse_anchor(mark, anchor);
    add(node(YamlKind::kNull, mark));
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    complain(place_of(mark),
             "aliases (`*name`) are not used here; put what accounts share under "
             "`defaults`");
    add(node(YamlKind::kBroken, mark));
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    refuse_anchor(mark, anchor);
    refuse_tag(mark, tag);
    YamlNode text = node(YamlKind::kText, mark);
    text.text = value;
    add(std::move(text));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(YamlKind::kList, mark, tag, anchor);
  }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(YamlKind::kMap, mark, tag, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapEnd() override { close(); }

 private:
  struct Open {
    YamlNode node;
    bool has_key = false;
    bool drop = false;  // the entry has been complained about
    std::string key;
    Place key_place;
    std::unordered_map<std::string, std::size_t> lines;  // of the keys so far
  };

  YamlNode node(YamlKind kind, const YAML::Mark& mark) {
    const Place place = place_of(mark);
    if (++nodes_ > kMaxNodes)
      throw Stop{place, "more than " + std::to_string(kMaxNodes) + " values in one file"};
    YamlNode made;
    made.kind = kind;
    made.place = place;
    return made;
  }

  void open(YamlKind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    refuse_anchor(mark, anchor);
    refuse_tag(mark, tag);
    if (open_.size() >= kMaxDepth)
      throw Stop{place_of(mark), "nested more than " + std::to_string(kMaxDepth) + " levels deep"};
    Open opened;
    opened.node = node(kind, mark);
    open_.push_back(std::move(opened));
  }
  void close() {
    YamlNode closed = std::move(open_.back().node);
    open_.pop_back();
    add(std::move(closed));
  }

  void add(YamlNode value) {
    if (open_.empty()) {
      root_ = std::move(value);
      return;
    }
    Open& parent = open_.back();
    if (parent.node.kind == YamlKind::kList) {
      parent.node.items.push_back(std::move(value));
    } else if (!parent.has_key) {
      take_key(parent, std::move(value));
    } else {
      parent.has_key = false;
      if (parent.drop) return;
      if (value.kind == YamlKind::kNull) value.place = parent.key_place;
      parent.node.entries.push_back(
          {std::move(parent.key), std::move(parent.key_place), std::move(value)});
    }
  }

  void take_key(Open& parent, YamlNode key) {
    parent.has_key = true;
    parent.drop = true;
    if (key.kind == YamlKind::kBroken) return;
    if (key.kind != YamlKind::kText) return complain(key.place, "a key must be text");
    if (key.text == "<<")
      return complain(key.place,
                      "merge keys (`<<`) are not used here; put what accounts share "
                      "under `defaults`");
    const auto [known, is_new] = parent.lines.emplace(key.text, key.place.line);
    if (!is_new)
      return complain(key.place, "this key stands here a second time; the first is in line " +
                                     std::to_string(known->second));
    parent.drop = false;
    parent.key = std::move(key.text);
    parent.key_place = std::move(key.place);
  }

  void refuse_anchor(const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (anchor != YAML::NullAnchor)
      complain(place_of(mark),
               "anchors (`&name`) are not used here; text that begins with `&` "
               "needs quotes");
  }
  /// yaml-cpp's own: "?" for plain, "!" for quoted text.
  void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
    if (!tag.empty() && tag != "?" && tag != "!")
      complain(place_of(mark),
               "tags (`!name`) are not used here; text that begins with `!` needs "
               "quotes");
  }

  const std::string& file_;
  Complaints& complaints_;
  YamlNode root_;
  std::vector<Open> open_;
  std::size_t documents_ = 0;
  std::size_t nodes_ = 0;
};

/// The first byte that a configuration cannot hold, as a complaint.
bool is_clean(std::string_view text, const std::string& file, Complaints& complaints) {
  std::size_t line = 1;
  std::size_t line_start = 0;
  for (std::size_t at = 0; at < text.size();) {
    const auto byte = static_cast<unsigned char>(text[at]);
    const Place place{file, line, at - line_start + 1};
    const std::size_t length = utf8_length(text.substr(at));
    if (length == 0) {
      complaints.add(place, "this is not UTF-8 text");
      return false;
    }
    if ((byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r') || byte == 0x7f) {
      complaints.add(place, "a control character (\\x" + to_hex(text.substr(at, 1)) + ")");
      return false;
    }
    at += length;
    if (byte == '\n') {
      ++line;
      line_start = at;
    }
  }
  return true;
}

/// yaml-cpp's words, without what it quotes from the file: that may be a password.
std::string reason(const YAML::Exception& exception) {
  std::string words = exception.msg;
  if (words.find("anchor") != std::string::npos || words.find("alias") != std::string::npos)
    return "aliases and anchors are not used here; text that begins with `*` or `&` needs quotes, "
           "for example \"*\"";
  words.resize(std::min(words.find(": "), words.size()));
  return "not valid YAML: " + printable(words);
}

}  // namespace

const YamlEntry* YamlNode::find(std::string_view key) const {
  for (const auto& entry : entries)
    if (entry.key == key) return &entry;
  return nullptr;
}

std::optional<YamlNode> parse_yaml(std::string_view text, const std::string& file,
                                   Complaints& complaints) {
  if (text.size() > kYamlMaxBytes) {
    complaints.add({file, 0, 0}, "larger than 1 MiB; split it with `include`");
    return std::nullopt;
  }
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  if (!is_clean(text, file, complaints)) return std::nullopt;

  TreeBuilder builder(file, complaints);
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
    return builder.take_root();
  } catch (const Stop& stop) {
    complaints.add(stop.place, stop.sentence);
  } catch (const YAML::Exception& exception) {
    Place place = builder.place_of(exception.mark);
    const bool at_end = exception.msg.starts_with("end of ");
    if (const auto mistake = find_layout_mistake(text, at_end ? 0 : place.line)) {
      complaints.add({file, mistake->line, mistake->column}, mistake->sentence);
      return std::nullopt;
    }
    // A bracket that nobody closed: its beginning says more than the end of the file.
    if (at_end) place = builder.innermost().value_or(place);
    complaints.add(std::move(place), reason(exception));
  } catch (const std::exception&) {
    complaints.add({file, 0, 0}, "not valid YAML");
  }
  return std::nullopt;
}

}  // namespace imapkeep
