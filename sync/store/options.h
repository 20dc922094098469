// Where an account's mirror is kept, as the operator says it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace imapkeep {

struct MaildirOptions {
  std::string path;                           ///< ROOT, absolute
  std::uint64_t min_free = 1U << 30;          ///< bytes that must stay free on the file system
  std::optional<std::uint32_t> user_id = {};  ///< who runs this; a store of another is refused
  bool operator==(const MaildirOptions&) const = default;
};

}  // namespace imapkeep
