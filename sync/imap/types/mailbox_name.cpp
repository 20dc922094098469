#include "sync/imap/types/mailbox_name.h"

#include <algorithm>
#include <cstdint>

#include "daemon/base/bytes.h"

namespace imapkeep {
namespace {

// RFC 3501 §5.1.3: base64 with "," for "/" and without padding.
constexpr std::string_view kDigits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

bool is_direct(char c) { return c >= 0x20 && c <= 0x7e; }

void append_utf8(std::string& out, std::uint32_t code) {
  const auto put = [&out](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xc0 | code >> 6);
    put(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    put(0xe0 | code >> 12);
    put(0x80 | (code >> 6 & 0x3f));
    put(0x80 | (code & 0x3f));
  } else {
    put(0xf0 | code >> 18);
    put(0x80 | (code >> 12 & 0x3f));
    put(0x80 | (code >> 6 & 0x3f));
    put(0x80 | (code & 0x3f));
  }
}

/// The valid UTF-8 character at the front, which is taken off.
std::uint32_t take_utf8(std::string_view& utf8, std::size_t length) {
  const auto byte = [&utf8](std::size_t i) { return static_cast<std::uint8_t>(utf8[i]); };
  std::uint32_t code = length == 1 ? byte(0) : byte(0) & (0x7fU >> length);
  for (std::size_t i = 1; i < length; ++i) code = code << 6 | (byte(i) & 0x3fU);
  utf8.remove_prefix(length);
  return code;
}

bool is_control(std::uint32_t code) { return code < 0x20 || (code >= 0x7f && code < 0xa0); }

/// One base64 run, without "&" and "-". What decodes loosely is caught by encoding it again.
bool decode_run(std::string_view run, std::string& out) {
  std::uint32_t bits = 0;
  int bit_count = 0;
  std::uint32_t high = 0;  // a surrogate that waits for its other half
  for (char c : run) {
    const std::size_t digit = kDigits.find(c);
    if (digit == std::string_view::npos) return false;
    bits = bits << 6 | static_cast<std::uint32_t>(digit);
    bit_count += 6;
    if (bit_count < 16) continue;
    bit_count -= 16;
    const std::uint32_t unit = bits >> bit_count & 0xffff;
    if (unit >= 0xdc00 && unit <= 0xdfff) {
      if (high == 0) return false;
      append_utf8(out, 0x10000 + ((high & 0x3ff) << 10) + (unit & 0x3ff));
      high = 0;
    } else if (high != 0) {
      return false;
    } else if (unit >= 0xd800 && unit <= 0xdbff) {
      high = unit;
    } else {
      append_utf8(out, unit);
    }
  }
  return high == 0;
}

class RunEncoder {
 public:
  explicit RunEncoder(std::string& out) : out_(out) {}

  void put(std::uint32_t code) {
    if (!open_) out_ += '&';
    open_ = true;
    if (code < 0x10000) {
      put_unit(code);
    } else {
      put_unit(0xd800 | (code - 0x10000) >> 10);
      put_unit(0xdc00 | ((code - 0x10000) & 0x3ff));
    }
  }
  void close() {
    if (!open_) return;
    if (bit_count_ > 0) out_ += kDigits[bits_ << (6 - bit_count_) & 63];
    out_ += '-';
    bits_ = 0;
    bit_count_ = 0;
    open_ = false;
  }

 private:
  void put_unit(std::uint32_t unit) {
    bits_ = (bits_ & 63) << 16 | unit;
    bit_count_ += 16;
    while (bit_count_ >= 6) {
      bit_count_ -= 6;
      out_ += kDigits[bits_ >> bit_count_ & 63];
    }
  }

  std::string& out_;
  bool open_ = false;
  std::uint32_t bits_ = 0;
  int bit_count_ = 0;
};

}  // namespace

std::optional<std::string> encode_utf7(std::string_view utf8) {
  std::string out;
  RunEncoder run(out);
  while (!utf8.empty()) {
    const std::size_t length = utf8_length(utf8);
    if (length == 0) return std::nullopt;
    const char c = utf8.front();
    const std::uint32_t code = take_utf8(utf8, length);
    if (is_direct(c)) {
      run.close();
      out += c;
      if (c == '&') out += '-';
    } else {
      run.put(code);
    }
  }
  run.close();
  return out;
}

std::optional<std::string> decode_utf7(std::string_view text) {
  // Most names need no decoding, and a mailbox may have ten thousand.
  if (std::all_of(text.begin(), text.end(), [](char c) { return is_direct(c) && c != '&'; })) {
    return std::string(text);
  }
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!is_direct(text[i])) return std::nullopt;
    if (text[i] != '&') {
      out += text[i];
      continue;
    }
    const std::size_t end = text.find('-', i);
    if (end == std::string_view::npos) return std::nullopt;
    if (end == i + 1) {
      out += '&';
    } else if (!decode_run(text.substr(i + 1, end - i - 1), out)) {
      return std::nullopt;
    }
    i = end;
  }
  for (std::string_view rest = out; !rest.empty();) {
    if (is_control(take_utf8(rest, utf8_length(rest)))) return std::nullopt;
  }
  if (encode_utf7(out) != text) return std::nullopt;
  return out;
}

MailboxName MailboxName::from_server(std::string_view raw, NameEncoding encoding) {
  constexpr std::string_view kInbox = "INBOX";
  const auto upper = [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; };
  const bool inbox = std::equal(raw.begin(), raw.end(), kInbox.begin(), kInbox.end(),
                                [&](char a, char b) { return upper(a) == b; });
  return {std::string(inbox ? kInbox : raw), encoding};
}

std::string MailboxName::display(char delimiter) const {
  std::string shown = raw;
  if (encoding == NameEncoding::kUtf7) {
    if (auto decoded = decode_utf7(raw)) shown = std::move(*decoded);
  }
  // Canonical names carry ASCII only directly, so a delimiter cannot come out of a base64 run.
  if (delimiter != 0) std::replace(shown.begin(), shown.end(), delimiter, '/');
  return shown;
}

}  // namespace imapkeep
