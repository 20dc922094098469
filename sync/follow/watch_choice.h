// Which of the mirrored folders are watched over a connection of their own: those that match the
// operator's patterns, in the order of visits (INBOX first), and no more than a server is likely to
// allow. The others are looked at by the sweep. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "sync/pass/mirrored_folder.h"
#include "sync/plan/mailbox_choice.h"

namespace imapkeep {

struct WatchedFolder {
  FolderId id;
  MailboxName name;
  std::string display;
  bool operator==(const WatchedFolder&) const = default;
};

struct WatchChoice {
  std::vector<WatchedFolder> folders;
  std::size_t left_out = 0;  ///< matched, and beyond the most
};

inline WatchChoice choose_watched(const std::vector<MirroredFolder>& mirrored,
                                  const std::vector<std::string>& patterns, std::size_t most) {
  WatchChoice choice;
  if (patterns.empty()) return choice;
  const auto wanted = MailboxChoice::of(patterns, {});
  for (const MirroredFolder& folder : mirrored) {
    if (!wanted || !wanted->wants(folder.listed.name, folder.listed.delimiter)) continue;
    if (choice.folders.size() == most) {
      ++choice.left_out;
      continue;
    }
    choice.folders.push_back({folder.id(), folder.listed.name, folder.display()});
  }
  return choice;
}

}  // namespace imapkeep
