#include "sync/store/maildir/maildir_name.h"

#include "daemon/base/bytes.h"

namespace imapkeep {
namespace {

constexpr std::size_t kLongestHost = 100;

bool must_be_escaped(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte <= 0x20 || byte >= 0x7f || c == '/' || c == ':' || c == ',' || c == '\\' || c == '~';
}

/// Canonical decimal: "0" or without leading zero.
std::optional<std::uint64_t> number(std::string_view digits) {
  if (digits.size() > 1 && digits.front() == '0') return std::nullopt;
  return parse_u64(digits);
}

/// Takes what is before `mark` and the mark itself off `rest`.
std::optional<std::string_view> take_until(std::string_view& rest, std::string_view mark) {
  const std::size_t end = rest.find(mark);
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view head = rest.substr(0, end);
  rest.remove_prefix(end + mark.size());
  return head;
}

std::optional<std::uint64_t> lower_hex(std::string_view digits) {
  for (const char c : digits) {
    if (c >= 'A' && c <= 'F') return std::nullopt;
  }
  return u64_from_hex(digits);
}

bool is_host(std::string_view host) {
  for (std::size_t i = 0; i < host.size(); ++i) {
    if (host[i] == '\\') {
      if (i + 3 >= host.size()) return false;
      for (std::size_t k = 1; k <= 3; ++k) {
        if (host[i + k] < '0' || host[i + k] > '7') return false;
      }
      i += 3;
    } else if (must_be_escaped(host[i])) {
      return false;
    }
  }
  return !host.empty() && host.size() <= kLongestHost;
}

}  // namespace

std::string maildir_host(std::string_view host) {
  std::string out;
  for (const char c : host) {
    std::string piece(1, c);
    if (must_be_escaped(c)) {
      const auto byte = static_cast<unsigned char>(c);
      piece = {'\\', static_cast<char>('0' + (byte >> 6)), static_cast<char>('0' + (byte >> 3 & 7)),
               static_cast<char>('0' + (byte & 7))};
    }
    if (out.size() + piece.size() > kLongestHost) break;
    out += piece;
  }
  return out.empty() ? "localhost" : out;
}

std::string maildir_base(const MaildirStem& stem, std::uint32_t n, std::string_view host) {
  std::string base = std::to_string(stem.internal_date < 0 ? 0 : stem.internal_date);
  base += ".H";
  base += to_hex(stem.xxh3);
  base += '.';
  base += host;
  if (n > 1) base += "~" + std::to_string(n);
  base += ",S=" + std::to_string(stem.size);
  base += ",W=" + std::to_string(stem.crlf_size);
  return base;
}

std::string maildir_file(std::string_view base, std::string_view letters) {
  std::string file(base);
  file += ":2,";
  file += letters;
  return file;
}

std::string_view maildir_base_of(std::string_view file) { return file.substr(0, file.find(':')); }

std::optional<MaildirName> parse_maildir_name(std::string_view file) {
  MaildirName name;
  std::string_view rest = maildir_base_of(file);
  const std::string_view info = file.substr(rest.size());
  if (!info.empty()) {
    if (info.substr(0, 3) != ":2,") return std::nullopt;
    name.flags = info.substr(3);
  }
  const auto date = take_until(rest, ".H");
  const auto hash = take_until(rest, ".");
  const auto host = take_until(rest, ",S=");
  const auto size = take_until(rest, ",W=");
  if (!date || !hash || !host || !size) return std::nullopt;
  const auto seconds = number(*date);
  const auto xxh3 = lower_hex(*hash);
  const auto bytes = number(*size);
  const auto crlf_bytes = number(rest);
  if (!seconds || *seconds > INT64_MAX || !xxh3 || !bytes || !crlf_bytes) return std::nullopt;
  name.stem = {static_cast<std::int64_t>(*seconds), *xxh3, *bytes, *crlf_bytes};
  const std::size_t tilde = host->find('~');
  name.host = host->substr(0, tilde);
  if (tilde != std::string_view::npos) {
    const auto n = number(host->substr(tilde + 1));
    if (!n || *n < 2 || *n > UINT32_MAX) return std::nullopt;
    name.number = static_cast<std::uint32_t>(*n);
  }
  if (!is_host(name.host)) return std::nullopt;
  return name;
}

}  // namespace imapkeep
