#include "sync/plan/left_out.h"

#include <algorithm>
#include <set>

#include "daemon/base/bytes.h"

namespace imapkeep {
namespace {

constexpr std::size_t kMostNamesSaid = 10;

/// One of the two lists of a choice, and which of its patterns have matched something.
class Patterns {
 public:
  explicit Patterns(const std::vector<std::string>& patterns)
      : patterns_(patterns), has_matched_(patterns.size(), false) {}

  bool match(const std::string& shown, bool ignore_case) {
    bool any = false;
    for (std::size_t i = 0; i < patterns_.size(); ++i) {
      if (!matches_pattern(patterns_[i], shown, ignore_case)) continue;
      has_matched_[i] = true;
      any = true;
    }
    return any;
  }

  [[nodiscard]] std::vector<std::string> vain() const {
    std::vector<std::string> vain;
    for (std::size_t i = 0; i < patterns_.size(); ++i) {
      if (!has_matched_[i]) vain.push_back(patterns_[i]);
    }
    return vain;
  }

 private:
  const std::vector<std::string>& patterns_;
  std::vector<bool> has_matched_;
};

bool may_match_several(const std::string& pattern) {
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '\\') {
      ++i;
    } else if (pattern[i] == '*' || pattern[i] == '?') {
      return true;
    }
  }
  return false;
}

std::string some_of(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), kMostNamesSaid); ++i) {
    text += (i == 0 ? "" : ", ") + printable_utf8(names[i]);
  }
  if (names.size() > kMostNamesSaid) {
    text += " and " + std::to_string(names.size() - kMostNamesSaid) + " more";
  }
  return text;
}

}  // namespace

LeftOut left_out(const std::vector<ListedFolder>& listed, const std::vector<KnownFolder>& known,
                 const MailboxChoice& choice) {
  LeftOut found;
  if (choice.takes_everything()) return found;
  Patterns includes(choice.include());
  Patterns excludes(choice.exclude());
  std::vector<ListedFolder> folders = listed;
  // By what is shown: a server may have learnt to say the same name in UTF-8.
  std::set<std::string> names;
  for (const ListedFolder& folder : listed) names.insert(folder.name.display(folder.delimiter));
  for (const KnownFolder& folder : known) {
    if (names.contains(folder.name.display(folder.delimiter))) continue;
    folders.push_back({folder.name, folder.delimiter, true, {}});
  }
  sort_for_visit(folders, [](const ListedFolder& folder) {
    return visit_rank(folder.name, folder.delimiter);
  });
  bool some_hold_mail = false;
  bool some_chosen = false;
  for (const ListedFolder& folder : folders) {
    const std::string shown = folder.name.display(folder.delimiter);
    const bool included = includes.match(shown, folder.name.is_inbox());
    const bool excluded = excludes.match(shown, folder.name.is_inbox());
    if (!folder.holds_mail) continue;
    some_hold_mail = true;
    if (excluded) {
      found.excluded.push_back(shown);
    } else if (!included) {
      found.not_included.push_back(shown);
    } else {
      some_chosen = true;
    }
  }
  found.leaves_some = some_chosen || !some_hold_mail;
  found.vain_includes = includes.vain();
  found.vain_excludes = excludes.vain();
  return found;
}

std::vector<std::string> unkept_includes(const LeftOut& left_out) {
  const std::string others = left_out.not_included.empty() ? std::string()
                                                           : "; folders that are not included: " +
                                                                 some_of(left_out.not_included);
  std::vector<std::string> sentences;
  for (const std::string& pattern : left_out.vain_includes) {
    if (may_match_several(pattern)) continue;
    sentences.push_back("folders.include names \"" + printable_utf8(pattern) +
                        "\", and the server lists no such folder: mend the name, or take it out" +
                        others);
  }
  if (sentences.empty() && !left_out.leaves_some) {
    sentences.push_back(
        "no folder is chosen, so nothing is mirrored: mend folders.include and folders.exclude" +
        others);
  }
  return sentences;
}

}  // namespace imapkeep
