#include "sync/store/maildir/folder_path.h"

#include <optional>

#include "daemon/base/ascii_case.h"
#include "daemon/base/bytes.h"
#include "daemon/base/hash.h"
#include "daemon/base/percent.h"

namespace imapkeep {
namespace {

constexpr std::size_t kHashDigits = 32;
constexpr std::size_t kLongestFileName = 255;

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7f;
}

/// C1 controls are U+0080..U+009F, in UTF-8 C2 80..C2 9F.
bool holds_control(ByteView utf8) {
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    if (is_control(utf8[i])) return true;
    const auto next = i + 1 < utf8.size() ? static_cast<unsigned char>(utf8[i + 1]) : 0U;
    if (utf8[i] == '\xc2' && next < 0xa0 && next >= 0x80) return true;
  }
  return false;
}

std::optional<std::string> decoded(std::string_view component, NameEncoding encoding) {
  if (encoding == NameEncoding::kUtf7) return decode_utf7(component);
  if (!is_utf8(component) || holds_control(component)) return std::nullopt;
  return std::string(component);
}

/// Names that have a meaning inside a Maildir.
bool is_reserved(std::string_view component) {
  return same_ignoring_case(component, "cur") || same_ignoring_case(component, "new") ||
         same_ignoring_case(component, "tmp") || same_ignoring_case(component, "dovecot-keywords");
}

std::string shortened(const std::string& encoded) {
  const std::size_t room = kMaxComponent - 2 - kHashDigits;
  std::size_t end = 0;
  while (end < encoded.size()) {
    const std::size_t step = encoded[end] == '%' ? 3 : utf8_length(ByteView(encoded).substr(end));
    if (step == 0 || end + step > room) break;
    end += step;
  }
  return encoded.substr(0, end) + "%~" + Sha256::of(encoded).hex().substr(0, kHashDigits);
}

std::string path_component(std::string_view raw, NameEncoding encoding) {
  if (raw.empty()) return "%";
  const std::optional<std::string> text = decoded(raw, encoding);
  const std::string_view bytes = text ? std::string_view(*text) : raw;
  const bool reserved = is_reserved(bytes);
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const char c = bytes[i];
    const bool always = c == '%' || c == '/' || is_control(c);
    const bool at_start = i == 0 && (c == '.' || reserved);
    const bool undecoded = !text && (c == '&' || static_cast<unsigned char>(c) >= 0x80);
    if (always || at_start || undecoded) {
      append_percent(out, c);
    } else {
      out += c;
    }
  }
  return out.size() > kMaxComponent ? shortened(out) : out;
}

}  // namespace

std::string folder_path(const MailboxName& name, char delimiter) {
  std::string_view rest = name.raw;
  std::string path;
  while (delimiter != 0) {
    const std::size_t end = rest.find(delimiter);
    if (end == std::string_view::npos) break;
    path += path_component(rest.substr(0, end), name.encoding);
    path += '/';
    rest.remove_prefix(end + 1);
  }
  path += path_component(rest, name.encoding);
  return path;
}

bool is_folder_path(std::string_view path) {
  if (!is_utf8(path) || holds_control(path)) return false;
  while (true) {
    const std::size_t end = path.find('/');
    const std::string_view component = path.substr(0, end);
    if (component.empty() || component.front() == '.' || component.size() > kLongestFileName ||
        is_reserved(component)) {
      return false;
    }
    if (end == std::string_view::npos) return true;
    path.remove_prefix(end + 1);
  }
}

std::string folded_component(std::string_view component, unsigned n) {
  return std::string(component) + "%~" + std::to_string(n);
}

}  // namespace imapkeep
