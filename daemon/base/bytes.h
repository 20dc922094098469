// Bytes are chars in a string_view: mail has no encoding until somebody decides one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace imapkeep {

using ByteView = std::string_view;

/// Lower-case hex digits.
std::string to_hex(ByteView bytes);
/// Sixteen lower-case hex digits, most significant first.
std::string to_hex(std::uint64_t value);
/// Nothing when a character is not a hex digit or the length is odd.
std::optional<std::string> from_hex(std::string_view hex);
std::optional<std::uint64_t> u64_from_hex(std::string_view hex);

/// RFC 4648 §4, with padding, without line ends.
std::string to_base64(ByteView bytes);
std::optional<std::string> from_base64(std::string_view text);

/// A whole decimal number without sign; nothing on overflow, emptiness or any other character.
std::optional<std::uint64_t> parse_u64(std::string_view digits);

/// For logs and errors: control characters, bytes from 0x7f and `\` become \xNN, so that a server
/// cannot write to the operator's terminal; more than `limit` bytes are cut with "…".
std::string printable(ByteView bytes, std::size_t limit = 200);

/// The same, but valid UTF-8 is shown as it is. For folder names.
std::string printable_utf8(ByteView bytes, std::size_t limit = 200);

/// Length in bytes of the valid UTF-8 character at the start (RFC 3629), 0 when there is none.
std::size_t utf8_length(ByteView bytes);
bool is_utf8(ByteView bytes);

}  // namespace imapkeep
