// What is mirrored and what becomes of mail that the server no longer has, as the operator says it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace imapkeep {

struct MirrorOptions {
  std::vector<std::string> include{"*"};  ///< shell patterns on the decoded name with "/"
  std::vector<std::string> exclude;
  /// Folders with a connection of their own; Gmail allows 15 to an account, from all programs.
  std::size_t most_watched = 8;
  bool keep_expunged = true;       ///< on_expunge: keep | remove
  std::optional<int> retain_days;  ///< retain: forever | Nd, for what is kept
  bool operator==(const MirrorOptions&) const = default;
};

}  // namespace imapkeep
