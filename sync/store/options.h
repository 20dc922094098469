// Where an account's mirror is kept, as the operator says it.
#pragma once

#include <cstdint>
#include <string>

namespace imapkeep {

struct MaildirOptions {
  std::string path;                   ///< ROOT, absolute
  std::uint64_t min_free = 1U << 30;  ///< bytes that must stay free on the file system
  bool operator==(const MaildirOptions&) const = default;
};

}  // namespace imapkeep
