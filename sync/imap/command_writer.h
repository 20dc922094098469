// Puts a command together (RFC 9051 §9): arguments are quoted or become literals by need, and where
// the server has to say "+" before a literal, the text is cut.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "sync/imap/commands.h"
#include "sync/imap/types/flags.h"

namespace imapkeep::imap {

[[nodiscard]] constexpr bool is_plain_text(char c) { return c >= 0x20 && c <= 0x7e; }
[[nodiscard]] std::string quoted(std::string_view text);

class CommandWriter {
 public:
  CommandWriter(std::string name, Literals literals);

  CommandWriter& raw(std::string_view text);
  /// astring: quoted where that is allowed and short, else a literal.
  CommandWriter& string(std::string_view text);
  /// UTF-8 names stand in quoted strings once UTF8=ACCEPT is enabled (RFC 9755 §3).
  CommandWriter& mailbox(const MailboxName& name);
  /// A parenthesised list. A keyword that is no atom is left out: the server would refuse the whole
  /// command.
  CommandWriter& flags(const Flags& flags);

  Command end(bool secret = false);
  /// Ends with a literal of this size whose octets come later. `binary`: literal8 (RFC 3516), which
  /// may hold NUL.
  Command end_with_literal(std::uint64_t size, bool binary);

 private:
  CommandWriter& literal(std::string_view text);
  [[nodiscard]] bool goes_at_once(std::uint64_t size) const;

  Command command_;
  std::string text_;
  Literals literals_;
};

}  // namespace imapkeep::imap
