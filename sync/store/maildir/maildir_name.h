// A message's file name (docs/storage.md §2):
//   1771568830.H71c34c671bcb1da4.imap.example.org~2,S=3444,W=3444:2,FS
// The base (before ":2,") identifies a file among a folder's; readers may change what is behind it.
// The stem is the base without host and number: what is known of a message before it has a name.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sync/journal/records.h"

namespace imapkeep {

struct MaildirStem {
  std::int64_t internal_date = 0;
  std::uint64_t xxh3 = 0;
  std::uint64_t size = 0;
  std::uint64_t crlf_size = 0;
  auto operator<=>(const MaildirStem&) const = default;
};

struct MaildirName {
  MaildirStem stem;
  std::uint32_t number = 1;
  std::string host;   ///< as in the name, escaped
  std::string flags;  ///< behind ":2,"; empty also when there is no ":2,"
};

/// What of the configured host stands in names: `/ : , \ ~`, controls, blanks and bytes from 0x7f
/// become `\ooo`; cut to 100 bytes, never inside an escape.
std::string maildir_host(std::string_view host);

/// `host` as maildir_host made it.
std::string maildir_base(const MaildirStem& stem, std::uint32_t number, std::string_view host);
std::string maildir_file(std::string_view base, std::string_view letters);

/// Strict: nothing for any name that maildir_base and a reader's flags could not have made.
std::optional<MaildirName> parse_maildir_name(std::string_view file);
/// Of any file name, ours or not: what is before the ":".
std::string_view maildir_base_of(std::string_view file);

}  // namespace imapkeep
