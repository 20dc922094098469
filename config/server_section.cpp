// host, port, tls: {mode, ca}, compress
#include <algorithm>
#include <array>
#include <optional>

#include "config/account_keys.h"
#include "config/paths.h"
#include "config/settings.h"
#include "daemon/base/bytes.h"

namespace imapkeep {
namespace {

const Vocabulary kTlsModes{{"implicit", "starttls", "none"}, {}};
const Vocabulary kCompression{{"auto", "on", "off"}, {}};

/// 127.0.0.0/8 in its usual spelling, ::1, and the name that stands for them.
bool is_loopback(std::string_view host) {
  if (host == "localhost" || host == "::1") return true;
  std::array<std::string_view, 4> parts;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::size_t dot = std::min(host.find('.'), host.size());
    parts[i] = host.substr(0, dot);
    if ((dot == host.size()) != (i == 3)) return false;
    host.remove_prefix(std::min(dot + 1, host.size()));
  }
  return parts[0] == "127" && std::all_of(parts.begin(), parts.end(), [](std::string_view part) {
           const auto number = parse_u64(part);
           return number && *number <= 255 && part.size() <= 3;
         });
}

/// Empty when good.
std::string trouble_with_host(std::string_view host) {
  if (host.find("://") != std::string_view::npos)
    return "`host` is a name without a scheme; `tls` and `port` say the rest";
  if (host.front() == '[') return "`host` takes an IPv6 address without brackets";
  if (!std::all_of(host.begin(), host.end(), [](char c) { return (c & 0x80) == 0; }))
    return "`host` must be in its ASCII form (`xn--…`)";
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == ':' || c == '%';
  };
  if (host.size() > 255 || !std::all_of(host.begin(), host.end(), allowed))
    return "`host` is neither a host name nor an address";
  if (std::count(host.begin(), host.end(), ':') == 1)
    return "`host` is a name alone; the number belongs in `port`";
  return {};
}

std::optional<TlsMode> read_mode(const YamlEntry& entry, Complaints& complaints) {
  if (const auto on = as_boolean(entry.value)) return *on ? TlsMode::kImplicit : TlsMode::kNone;
  const auto word = read_word(entry, kTlsModes, complaints);
  if (!word) return std::nullopt;
  if (*word == "implicit") return TlsMode::kImplicit;
  return *word == "starttls" ? TlsMode::kStartTls : TlsMode::kNone;
}

/// False when the mode is not known.
bool read_tls(const YamlEntry& tls, const AccountKeys& keys, AccountSettings& account) {
  if (tls.value.kind != YamlKind::kMap) {
    const auto mode = read_mode(tls, keys.complaints);
    if (mode) account.server.tls = *mode;
    return mode.has_value();
  }
  check_keys(tls.value, "tls.", {{"mode", "ca"}, {}}, keys.complaints);
  bool known = true;
  if (const auto* mode_entry = tls.value.find("mode")) {
    const auto mode = read_mode(*mode_entry, keys.complaints);
    if (mode) account.server.tls = *mode;
    known = mode.has_value();
  }
  const auto* ca = tls.value.find("ca");
  const auto text = ca ? read_text(*ca, keys.complaints) : std::nullopt;
  if (!text) return known;
  const auto path = resolve_path(keys.surroundings, *text, ca->place.file);
  if (!path) {
    keys.complaints.add(ca->value.place, "`ca`: " + path.error().what);
  } else if (known && account.server.tls == TlsMode::kNone) {
    keys.complaints.add(ca->place, "`ca` means nothing without TLS");
  } else {
    account.server.ca_file = *path;
    account.ca_where = ca->value.place;
  }
  return known;
}

/// Compression costs both sides CPU and memory, and saves a third of the bytes of mail: on by
/// itself wherever there is a line between them.
bool read_compress(const YamlEntry* entry, const AccountKeys& keys, const std::string& host) {
  const bool by_itself = !is_loopback(host);
  if (!entry) return by_itself;
  if (const auto on = as_boolean(entry->value)) return *on;
  const auto word = read_word(*entry, kCompression, keys.complaints);
  return word && *word != "auto" ? *word == "on" : by_itself;
}

}  // namespace

void read_server(const AccountKeys& keys, AccountSettings& account) {
  // With a provider there is one complaint already, and it would have filled in the host.
  const auto* host = keys.find("provider") ? keys.find("host") : keys.require("host");
  if (const auto text = host ? read_text(*host, keys.complaints) : std::nullopt) {
    const std::string trouble = trouble_with_host(*text);
    if (trouble.empty())
      account.server.host = *text;
    else
      keys.complaints.add(host->value.place, trouble);
  }

  const auto* tls = keys.find("tls");
  const bool mode_known = !tls || read_tls(*tls, keys, account);
  if (tls && mode_known && account.server.tls == TlsMode::kNone && !account.server.host.empty() &&
      !is_loopback(account.server.host))
    keys.complaints.add(tls->value.place,
                        "without TLS the password would be readable on the way to " +
                            in_quotes(account.server.host) +
                            "; this is for loopback hosts only (127.0.0.0/8, ::1, localhost)");

  account.server.port = account.server.tls == TlsMode::kImplicit ? 993 : 143;
  const auto* port = keys.find("port");
  if (const auto text = port ? read_text(*port, keys.complaints) : std::nullopt) {
    const auto number = parse_u64(*text);
    if (number && *number >= 1 && *number <= 65535)
      account.server.port = static_cast<std::uint16_t>(*number);
    else
      keys.complaints.add(port->value.place, "`port` must be a number from 1 to 65535");
  }
  account.server.compress = read_compress(keys.find("compress"), keys, account.server.host);
}

}  // namespace imapkeep
