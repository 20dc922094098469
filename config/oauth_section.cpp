// auth: {oauth: {issuer | provider, client: FILE | {id, secret, certificate, certificate_key},
// scope, flow, user, tenant, endpoints, redirect_host, redirect_port, ca}}. What a provider's table
// says is filled in here, so that the rooms behind see one set of options. Each value is looked at
// alone first, in `defaults` too; whether they go together is oauth_fit.cpp's matter.
#include <algorithm>
#include <optional>
#include <utility>

#include "config/account_keys.h"
#include "config/oauth_fit.h"
#include "config/secret_reader.h"
#include "config/settings.h"
#include "daemon/base/bytes.h"
#include "daemon/base/web_address.h"

namespace imapkeep {
namespace {

constexpr OAuthFlow kFlows[] = {OAuthFlow::kCode, OAuthFlow::kDevice, OAuthFlow::kServiceAccount,
                                OAuthFlow::kClientCredentials};

std::string with_tenant(std::string_view endpoint, std::string_view tenant) {
  constexpr std::string_view kMark = "{tenant}";
  std::string text(endpoint);
  if (const auto at = text.find(kMark); at != std::string::npos)
    text.replace(at, kMark.size(), tenant);
  return text;
}

void read_address(const YamlEntry& entry, std::string& address, Complaints& complaints) {
  const auto text = read_text(entry, complaints);
  if (!text) return;
  const std::string trouble = trouble_with_web_address(*text);
  if (trouble.empty())
    address = *text;
  else
    complaints.add(entry.value.place, in_quotes(entry.key) + " " + trouble);
}

void read_endpoints(const YamlEntry& entry, OAuthEndpoints& endpoints, Complaints& complaints) {
  if (!expect_map(entry.value, "endpoints", complaints)) return;
  check_keys(entry.value, "endpoints.", {{"authorization", "token", "device", "revocation"}, {}},
             complaints);
  const std::pair<const char*, std::string*> known[] = {{"authorization", &endpoints.authorization},
                                                        {"token", &endpoints.token},
                                                        {"device", &endpoints.device},
                                                        {"revocation", &endpoints.revocation}};
  for (const auto& one : known)
    if (const auto* address = entry.value.find(one.first))
      read_address(*address, *one.second, complaints);
}

std::optional<OAuthFlow> read_flow(const YamlEntry& entry, Complaints& complaints) {
  Vocabulary words;
  for (const OAuthFlow flow : kFlows) words.built.emplace_back(word_of(flow));
  const auto word = read_word(entry, words, complaints);
  if (!word) return std::nullopt;
  return *std::find_if(std::begin(kFlows), std::end(kFlows),
                       [&](OAuthFlow flow) { return word_of(flow) == *word; });
}

/// A GUID or a domain; it becomes a part of an address.
std::optional<std::string> read_tenant(const YamlEntry& entry, Complaints& complaints) {
  const auto text = read_text(entry, complaints);
  if (!text || std::all_of(text->begin(), text->end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '.';
      }))
    return text;
  complaints.add(entry.value.place,
                 "`tenant` is the organisation's id or its domain, such as example.org");
  return std::nullopt;
}

void read_client(const YamlEntry& entry, const AccountKeys& keys, AccountSettings& account,
                 OAuthClient& client) {
  Complaints& complaints = keys.complaints;
  if (entry.value.kind != YamlKind::kMap) {
    if (const auto path = read_path(entry, keys.environment, complaints)) {
      client.file = *path;
      account.files.push_back({NamedFile::Holds::kGoogleClient, *path, entry.value.place});
    }
    return;
  }
  check_keys(entry.value, "client.", {{"id", "secret", "certificate", "certificate_key"}, {}},
             complaints);
  if (const auto* id = entry.value.find("id"))
    client.id = read_text(*id, complaints).value_or("");
  else
    complaints.add(entry.value.place, "`client` has no `id`");
  const std::pair<const char*, std::optional<SecretOptions>*> secrets[] = {
      {"secret", &client.secret},
      {"certificate", &client.certificate},
      {"certificate_key", &client.certificate_key}};
  for (const auto& one : secrets)
    if (const auto* secret = entry.value.find(one.first))
      *one.second = read_secret(*secret, keys.environment, complaints, account.files);
}

void read_redirect(const YamlNode& oauth, OAuthOptions& options, Complaints& complaints) {
  if (const auto* host = oauth.find("redirect_host"))
    if (auto word = read_word(*host, {{"127.0.0.1", "localhost"}, {}}, complaints))
      options.redirect_host = std::move(*word);
  const auto* port = oauth.find("redirect_port");
  const auto text = port ? read_text(*port, complaints) : std::nullopt;
  if (!text) return;
  const auto number = parse_u64(*text);
  if (number && *number >= 1024 && *number <= 65535)
    options.redirect_port = static_cast<std::uint16_t>(*number);
  else
    complaints.add(port->value.place, "`redirect_port` must be a number from 1024 to 65535");
}

/// The table's facts; what the operator says comes on top.
void take(const Provider& provider, OAuthOptions& options) {
  options.provider = provider.name;
  options.issuer = provider.issuer;
  options.issuer_in_redirect = provider.issuer_in_redirect;
  options.redirect_host = provider.redirect_host;
  if (!provider.flows.empty()) options.flow = provider.flows.front();
}

void take_endpoints(const Provider& provider, std::string_view tenant, OAuthEndpoints& endpoints) {
  endpoints = {with_tenant(provider.authorization, tenant), with_tenant(provider.token, tenant),
               with_tenant(provider.device, tenant), with_tenant(provider.revocation, tenant)};
}

}  // namespace

void read_oauth(const YamlEntry& entry, const AccountKeys& keys, AccountSettings& account) {
  Complaints& complaints = keys.complaints;
  const YamlNode& oauth = entry.value;
  if (!expect_map(oauth, "oauth", complaints)) return;
  check_keys(oauth, "oauth.",
             {{"issuer", "provider", "client", "scope", "flow", "user", "tenant", "endpoints",
               "redirect_host", "redirect_port", "ca"},
              {}},
             complaints);
  const auto* named = oauth.find("provider");
  const Provider* provider = named ? read_provider(*named, complaints) : keys.provider;

  OAuthOptions options;
  if (provider != nullptr) {
    take(*provider, options);
    account.auth.mechanism = provider->mechanism;
  }
  if (const auto* flow = oauth.find("flow"))
    if (const auto known = read_flow(*flow, complaints)) options.flow = *known;
  const auto* tenant = oauth.find("tenant");
  const auto tenant_name = tenant ? read_tenant(*tenant, complaints) : std::nullopt;
  if (const auto* issuer = oauth.find("issuer")) {
    // Another issuer has its own endpoints, and is asked for them.
    options.issuer_in_redirect = false;
    read_address(*issuer, options.issuer, complaints);
  } else if (provider != nullptr) {
    take_endpoints(*provider, tenant_name ? *tenant_name : provider->tenant, options.endpoints);
  }
  if (const auto* endpoints = oauth.find("endpoints"))
    read_endpoints(*endpoints, options.endpoints, complaints);
  if (const auto* client = oauth.find("client"))
    read_client(*client, keys, account, options.client);
  if (provider != nullptr)
    options.scope = options.flow == OAuthFlow::kClientCredentials ? provider->application_scope
                                                                  : provider->scope;
  if (const auto* scope = oauth.find("scope"))
    options.scope = read_text(*scope, complaints).value_or("");
  if (const auto* user = oauth.find("user"))
    options.user = read_text(*user, complaints).value_or("");
  read_redirect(oauth, options, complaints);
  if (const auto* ca = oauth.find("ca")) {
    options.ca_file = read_path(*ca, keys.environment, complaints).value_or("");
    if (!options.ca_file.empty())
      account.files.push_back({NamedFile::Holds::kCertificates, options.ca_file, ca->value.place});
  }
  // A provider that is not known has its complaint, and more would follow from it alone.
  const bool provider_is_wrong = provider == nullptr && (named || keys.find("provider"));
  if (!keys.account.empty() && !provider_is_wrong)
    check_oauth_fit({entry, keys, provider, options, account.auth.user});
  account.auth.proof = std::move(options);
}

}  // namespace imapkeep
