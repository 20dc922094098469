#include "sync/imap/types/flags.h"

#include <algorithm>
#include <array>

#include "daemon/base/ascii_case.h"

namespace imapkeep {
namespace {

struct SystemFlag {
  std::string_view name;
  char letter;
  bool Flags::*member;
};

// In the order of Maildir's letters, which is also that of the bits.
constexpr std::array<SystemFlag, 6> kSystemFlags{{
    {"\\Draft", 'D', &Flags::draft},
    {"\\Flagged", 'F', &Flags::flagged},
    {"$Forwarded", 'P', &Flags::forwarded},
    {"\\Answered", 'R', &Flags::answered},
    {"\\Seen", 'S', &Flags::seen},
    {"\\Deleted", 'T', &Flags::deleted},
}};

}  // namespace

void Flags::add(std::string_view flag) {
  if (add_system_flag(flag)) return;
  const auto at = std::lower_bound(keywords.begin(), keywords.end(), flag);
  if (at == keywords.end() || *at != flag) keywords.emplace(at, flag);
}

void Flags::add_all(std::vector<std::string> flags) {
  std::erase_if(flags, [this](const std::string& flag) { return add_system_flag(flag); });
  if (flags.empty()) return;
  for (auto& flag : flags) keywords.push_back(std::move(flag));
  std::sort(keywords.begin(), keywords.end());
  keywords.erase(std::unique(keywords.begin(), keywords.end()), keywords.end());
}

/// Those that are no keywords; nothing is kept of \Recent.
bool Flags::add_system_flag(std::string_view flag) {
  for (const auto& known : kSystemFlags) {
    if (same_ignoring_case(flag, known.name)) {
      this->*known.member = true;
      return true;
    }
  }
  return flag.empty() || same_ignoring_case(flag, "\\Recent");
}

std::string Flags::maildir_letters() const {
  std::string letters;
  for (const auto& known : kSystemFlags) {
    if (this->*known.member) letters += known.letter;
  }
  return letters;
}

Flags Flags::from_maildir_letters(std::string_view letters) {
  Flags flags;
  for (const auto& known : kSystemFlags) {
    flags.*known.member = letters.find(known.letter) != std::string_view::npos;
  }
  return flags;
}

std::uint32_t Flags::bits() const {
  std::uint32_t bits = 0;
  for (std::size_t i = 0; i < kSystemFlags.size(); ++i) {
    if (this->*kSystemFlags[i].member) bits |= 1U << i;
  }
  return bits;
}

Flags Flags::from_bits(std::uint32_t bits) {
  Flags flags;
  for (std::size_t i = 0; i < kSystemFlags.size(); ++i) {
    flags.*kSystemFlags[i].member = (bits >> i & 1U) != 0;
  }
  return flags;
}

}  // namespace imapkeep
