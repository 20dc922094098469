// Which folders are mirrored, as the operator says it: shell patterns on the decoded name with `/`
// between levels. A name is wanted when an include pattern matches it and no exclude pattern does.
// `*` is any run of characters, across levels; `?` is one character; `[a-z]` one of a set, `[!a-z]`
// or `[^a-z]` one outside of it; `\` takes the next character as it is. A pattern also matches
// where its brackets are taken as they are, since Gmail's folders are called `[Gmail]/Spam`. Case
// counts, except for INBOX, whose name has none (RFC 9051 §5.1).
#pragma once

#include <algorithm>
#include <compare>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/base/result.h"
#include "sync/imap/types/mailbox_name.h"

namespace imapkeep {

/// An error (Trouble::kConfig) that says what is wrong with the pattern.
Result<Done> check_pattern(std::string_view pattern);

/// A pattern that check_pattern refuses matches nothing.
bool matches_pattern(std::string_view pattern, std::string_view name, bool ignore_case);

class MailboxChoice {
 public:
  /// Refuses bad patterns, and an empty include list: it would mirror nothing without saying so.
  static Result<MailboxChoice> of(std::vector<std::string> include,
                                  std::vector<std::string> exclude);

  [[nodiscard]] bool wants(const MailboxName& name, char delimiter) const;
  [[nodiscard]] const std::vector<std::string>& include() const { return include_; }
  [[nodiscard]] const std::vector<std::string>& exclude() const { return exclude_; }
  /// As when nothing was configured.
  [[nodiscard]] bool takes_everything() const {
    return exclude_.empty() && include_.size() == 1 && include_.front() == "*";
  }

 private:
  MailboxChoice(std::vector<std::string> include, std::vector<std::string> exclude)
      : include_(std::move(include)), exclude_(std::move(exclude)) {}

  std::vector<std::string> include_;
  std::vector<std::string> exclude_;
};

/// The order in which folders are visited: INBOX first, then by displayed name.
struct VisitRank {
  bool is_other_than_inbox = true;
  std::string shown;
  MailboxName name;
  auto operator<=>(const VisitRank&) const = default;
};
VisitRank visit_rank(const MailboxName& name, char delimiter);

/// `rank_of` is called once for each: a name is decoded for it, and a mailbox may have ten thousand
/// folders.
template <class Item, class RankOf>
void sort_for_visit(std::vector<Item>& items, RankOf rank_of) {
  std::vector<std::pair<VisitRank, std::size_t>> ranks;
  ranks.reserve(items.size());
  for (std::size_t i = 0; i < items.size(); ++i) ranks.emplace_back(rank_of(items[i]), i);
  std::sort(ranks.begin(), ranks.end());
  std::vector<Item> sorted;
  sorted.reserve(items.size());
  for (const auto& rank : ranks) sorted.push_back(std::move(items[rank.second]));
  items = std::move(sorted);
}

}  // namespace imapkeep
