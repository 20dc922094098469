#include "daemon/app/state_directory.h"

#include "daemon/base/bytes.h"
#include "daemon/base/file_rights.h"

namespace imapkeep {

std::string trouble_with_state(const FileFacts& facts, const std::string& path,
                               std::uint32_t user_id) {
  const std::string shown = "the state directory " + printable_utf8(path, 1000);
  if (facts.owner != user_id) {
    return shown + " belongs to another user (uid " + std::to_string(facts.owner) +
           "), and files of this one would shut them out: run imapkeep as that user (`sudo -u`)";
  }
  // A group may read: StateDirectoryMode=0750 of a service. Tokens are in a directory of their own.
  if ((facts.mode & 0027) != 0) {
    return shown + " is open to others (mode " + octal_mode(facts.mode & 07777) + "): chmod 700 it";
  }
  return "";
}

Result<std::unique_ptr<Directory>> open_state(Files& files, const std::string& path,
                                              std::uint32_t user_id) {
  auto directory = files.make_root(path);
  if (!directory) return directory.error().within("state directory");
  const auto facts = (*directory)->stat_self();
  if (!facts) return facts.error().within("state directory");
  if (const auto trouble = trouble_with_state(*facts, path, user_id); !trouble.empty())
    return store_error(trouble);
  return directory;
}

}  // namespace imapkeep
