#include "daemon/base/file_rights.h"

namespace imapkeep {

std::string why_not_ours(const FileFacts& facts, std::uint32_t user_id) {
  if (facts.owner == 0 || facts.owner == user_id) return "";
  return "belongs to another user (uid " + std::to_string(facts.owner) +
         "), who can change it: run imapkeep as that user, or chown it";
}

std::string who_may_change(const FileFacts& facts, std::uint32_t user_id) {
  if (auto owner = why_not_ours(facts, user_id); !owner.empty()) return owner;
  if ((facts.mode & 0002) != 0) return "may be written by anybody: chmod o-w it";
  if ((facts.mode & 0020) != 0) return "may be written by its group: chmod g-w it";
  return "";
}

std::string octal_mode(std::uint32_t mode) {
  std::string digits;
  for (int shift = 9; shift >= 0; shift -= 3)
    digits += static_cast<char>('0' + ((mode >> shift) & 7));
  return digits;
}

}  // namespace imapkeep
