// By which a store tells that nobody but it has changed a folder. Only the store knows what stands
// in it; everybody else keeps it and compares it. Two equal ones mean: as it was. An empty one
// means nothing: the folder's messages are looked for again. A store to which nobody else can write
// may always give the same one.
#pragma once

#include <string>

namespace imapkeep {

struct FolderToken {
  std::string bytes;

  [[nodiscard]] bool empty() const { return bytes.empty(); }
  /// Nothing has changed between the two.
  [[nodiscard]] bool says_unchanged(const FolderToken& since) const {
    return !empty() && *this == since;
  }
  bool operator==(const FolderToken&) const = default;
};

}  // namespace imapkeep
