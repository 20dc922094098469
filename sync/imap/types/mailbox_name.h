// A mailbox name is raw bytes plus the encoding in force when the server said them (RFC 9051 §5.1:
// UTF-8 once UTF8=ACCEPT or IMAP4rev2 is enabled, else modified UTF-7, RFC 3501 §5.1.3). The raw
// bytes are the key and are sent back exactly; decoding is for people and for file names.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace imapkeep {

enum class NameEncoding { kUtf7, kUtf8 };

struct MailboxName {
  std::string raw;
  NameEncoding encoding = NameEncoding::kUtf7;

  auto operator<=>(const MailboxName&) const = default;

  /// INBOX in any case (RFC 9051 §5.1) becomes "INBOX"; every other name is kept as it is.
  static MailboxName from_server(std::string_view raw, NameEncoding encoding);
  [[nodiscard]] bool is_inbox() const { return raw == "INBOX"; }
  /// For people and patterns: decoded with the delimiter as "/"; raw bytes where decoding fails.
  [[nodiscard]] std::string display(char delimiter) const;
};

/// UTF-8 for a canonical modified UTF-7 text: decoding and encoding again gives the same bytes, and
/// no control character (C0, DEL, C1) comes out; nothing otherwise.
std::optional<std::string> decode_utf7(std::string_view text);
/// The canonical modified UTF-7 of valid UTF-8; nothing for invalid UTF-8.
std::optional<std::string> encode_utf7(std::string_view utf8);

}  // namespace imapkeep
