// Which folders are mirrored, as the operator says it: shell patterns on the decoded name with `/`
// between levels. A name is wanted when an include pattern matches it and no exclude pattern does.
// `*` is any run of characters, across levels; `?` is one character; `[a-z]` one of a set, `[!a-z]`
// or `[^a-z]` one outside of it; `\` takes the next character as it is. Case counts, except for
// INBOX, whose name has none (RFC 9051 §5.1).
#pragma once

#include <string>
#include <string_view>
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

 private:
  MailboxChoice(std::vector<std::string> include, std::vector<std::string> exclude)
      : include_(std::move(include)), exclude_(std::move(exclude)) {}

  std::vector<std::string> include_;
  std::vector<std::string> exclude_;
};

/// The order in which folders are visited: INBOX first, then by displayed name.
bool visited_before(const MailboxName& a, char a_delimiter, const MailboxName& b, char b_delimiter);

}  // namespace imapkeep
