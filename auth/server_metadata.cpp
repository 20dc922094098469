#include "auth/server_metadata.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "auth/json_text.h"
#include "daemon/base/bytes.h"

namespace imapkeep {
namespace {

using nlohmann::json;

constexpr std::string_view kTenant = "{tenantid}";

bool lists(const json& document, const char* name, const char* word) {
  const auto found = document.find(name);
  return found != document.end() && found->is_array() &&
         std::find(found->begin(), found->end(), word) != found->end();
}

/// https://login.microsoftonline.com/{tenantid}/v2.0, asked as /common/v2.0.
bool is_microsoft_template(std::string_view said, std::string_view asked) {
  constexpr std::string_view kHosts[] = {"https://login.microsoftonline.com/",
                                         "https://login.microsoftonline.us/",
                                         "https://login.partner.microsoftonline.cn/"};
  for (const std::string_view host : kHosts) {
    if (!said.starts_with(host) || !asked.starts_with(host)) continue;
    said.remove_prefix(host.size());
    asked.remove_prefix(host.size());
    const std::size_t slash = asked.find('/');
    return said.starts_with(kTenant) && slash != 0 && slash != std::string_view::npos &&
           said.substr(kTenant.size()) == asked.substr(slash);
  }
  return false;
}

std::string without_last_slash(std::string text) {
  if (text.ends_with('/')) text.pop_back();
  return text;
}

}  // namespace

std::vector<std::string> metadata_urls(const std::string& issuer) {
  const std::size_t scheme = issuer.find("://");
  const std::size_t host_end =
      scheme == std::string::npos ? std::string::npos : issuer.find('/', scheme + 3);
  const std::string host = issuer.substr(0, host_end);
  const std::string path =
      host_end == std::string::npos ? "" : without_last_slash(issuer.substr(host_end));
  return {host + "/.well-known/oauth-authorization-server" + path,
          host + path + "/.well-known/openid-configuration"};
}

Result<ServerMetadata> read_metadata(const HttpAnswer& answer, const std::string& issuer) {
  if (answer.status != 200) {
    return server_error("the answer has status " + std::to_string(answer.status));
  }
  const json document = parse_foreign_json(answer.body.reveal());
  if (!document.is_object()) return server_error("the answer is no JSON object");
  const std::string said = json_text(document, "issuer");
  if (said.empty()) return server_error("the answer names no issuer");
  if (said != issuer && !is_microsoft_template(said, issuer)) {
    return config_error("the document is of the issuer `" + printable_utf8(said) +
                        "`, and `issuer` says `" + printable_utf8(issuer) +
                        "`; write it exactly as the provider does");
  }
  ServerMetadata metadata;
  metadata.endpoints = {json_text(document, "authorization_endpoint"),
                        json_text(document, "token_endpoint"),
                        json_text(document, "device_authorization_endpoint"),
                        json_text(document, "revocation_endpoint")};
  const auto promise = document.find("authorization_response_iss_parameter_supported");
  metadata.issuer_in_redirect =
      promise != document.end() && promise->is_boolean() && promise->get<bool>();
  constexpr const char* kMethods = "token_endpoint_auth_methods_supported";
  // Not listed means HTTP Basic (RFC 8414 §2).
  metadata.secret_in_header =
      !lists(document, kMethods, "client_secret_post") &&
      (!document.contains(kMethods) || lists(document, kMethods, "client_secret_basic"));
  metadata.names_s256 = lists(document, "code_challenge_methods_supported", "S256");
  return metadata;
}

void fill_in(OAuthOptions& options, const ServerMetadata& metadata) {
  const auto fill = [](std::string& into, const std::string& from) {
    if (into.empty()) into = from;
  };
  fill(options.endpoints.authorization, metadata.endpoints.authorization);
  fill(options.endpoints.token, metadata.endpoints.token);
  fill(options.endpoints.device, metadata.endpoints.device);
  fill(options.endpoints.revocation, metadata.endpoints.revocation);
  options.issuer_in_redirect = options.issuer_in_redirect || metadata.issuer_in_redirect;
}

}  // namespace imapkeep
