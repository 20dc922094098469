// provider, host, port, tls: {mode, ca, name, fingerprint}, compress
#include <algorithm>
#include <chrono>
#include <optional>

#include "config/account_keys.h"
#include "config/nearest_word.h"
#include "config/secret_reader.h"
#include "config/settings.h"
#include "daemon/base/ascii_case.h"
#include "daemon/base/bytes.h"
#include "daemon/base/web_address.h"

namespace imapkeep {
namespace {

const Vocabulary kTlsModes{{"implicit", "starttls", "none"}, {}};
const Vocabulary kCompression{{"auto", "on", "off"}, {}};

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

/// `sha256:` and 64 hex digits, as OpenSSL prints them (with colons between) or without.
std::optional<Sha256Digest> read_fingerprint(const YamlEntry& entry, Complaints& complaints) {
  const auto text = read_text(entry, complaints);
  if (!text) return std::nullopt;
  std::string digits;
  if (text->starts_with("sha256:")) digits = ascii_lower(std::string_view(*text).substr(7));
  std::erase(digits, ':');
  auto digest = Sha256Digest::from_hex(digits);
  if (!digest) {
    complaints.add(entry.value.place,
                   "`fingerprint` must be `sha256:` and the 64 hex digits of the certificate's "
                   "SHA-256; `imapkeep doctor` shows the server's");
  }
  return digest;
}

/// How the server's certificate is judged.
void read_trust(const YamlNode& tls, const AccountKeys& keys, AccountSettings& account) {
  const auto* ca = tls.find("ca");
  const auto* name = tls.find("name");
  const auto* fingerprint = tls.find("fingerprint");
  if (account.server.tls == TlsMode::kNone) {
    for (const auto* entry : {ca, name, fingerprint}) {
      if (entry)
        keys.complaints.add(entry->place, in_quotes(entry->key) + " means nothing without TLS");
    }
    return;
  }
  if (fingerprint && (ca || name)) {
    keys.complaints.add(fingerprint->place,
                        "`fingerprint` trusts this one certificate, so leave out `ca` and `name`");
  }
  if (fingerprint) account.server.fingerprint = read_fingerprint(*fingerprint, keys.complaints);
  if (name) {
    const auto text = read_text(*name, keys.complaints);
    const std::string trouble = text ? trouble_with_host(*text) : std::string();
    if (!trouble.empty())
      keys.complaints.add(name->value.place, "`name` is the one in the certificate, a host name");
    else
      account.server.tls_name = text.value_or("");
  }
  if (const auto path = ca ? read_path(*ca, keys.environment, keys.complaints) : std::nullopt) {
    account.server.ca_file = *path;
    account.files.push_back({NamedFile::Holds::kCertificates, *path, ca->value.place});
  }
}

/// False when the mode is not known.
bool read_tls(const YamlEntry& tls, const AccountKeys& keys, AccountSettings& account) {
  if (tls.value.kind != YamlKind::kMap) {
    const auto mode = read_mode(tls, keys.complaints);
    if (mode) account.server.tls = *mode;
    return mode.has_value();
  }
  check_keys(tls.value, "tls.", {{"mode", "ca", "name", "fingerprint"}, {}}, keys.complaints);
  bool known = true;
  if (const auto* mode_entry = tls.value.find("mode")) {
    const auto mode = read_mode(*mode_entry, keys.complaints);
    if (mode) account.server.tls = *mode;
    known = mode.has_value();
  }
  if (known) read_trust(tls.value, keys, account);
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

const Provider* read_provider(const YamlEntry& entry, Complaints& complaints) {
  const auto name = read_text(entry, complaints);
  if (!name) return nullptr;
  const auto* provider = find_provider(*name);
  if (provider != nullptr) return provider;
  const auto near = nearest_word(*name, provider_names());
  complaints.add(entry.value.place,
                 "nothing is known of the provider " + in_quotes(*name) +
                     (near ? "; did you mean " + in_quotes(*near) + "?"
                           : "; `imapkeep providers` lists those that are, and `host` says the "
                             "rest of any other"));
  return nullptr;
}

void read_server(const AccountKeys& keys, AccountSettings& account) {
  if (keys.provider != nullptr) {
    account.server.host = keys.provider->host;
    account.server.tls = keys.provider->tls;
    account.server.longest_idle = std::chrono::minutes(keys.provider->idle_minutes);
  }
  // A provider that is not known has its complaint already, and would have filled in the host.
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
  if (keys.provider != nullptr && !tls) account.server.port = keys.provider->port;
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
