#include "auth/google_client_file.h"

#include <nlohmann/json.hpp>

#include "auth/json_text.h"

namespace imapkeep {
namespace {

using Json = nlohmann::json;

Error lacks(const char* name) {
  return config_error("has no `" + std::string(name) + "`; download the file once more");
}

Result<GoogleClientFile> desktop_client(const Json& installed) {
  GoogleDesktopClient client;
  client.id = json_text(installed, "client_id");
  client.secret = Secret(json_text(installed, "client_secret"));
  if (client.id.empty()) return lacks("client_id");
  if (client.secret.empty()) return lacks("client_secret");
  return GoogleClientFile(std::move(client));
}

Result<GoogleClientFile> service_account(const Json& key) {
  GoogleServiceAccount account;
  account.client_id = json_text(key, "client_id");
  account.email = json_text(key, "client_email");
  account.key_id = json_text(key, "private_key_id");
  account.private_key = Secret(json_text(key, "private_key"));
  account.token_endpoint = json_text(key, "token_uri");
  if (account.email.empty()) return lacks("client_email");
  if (account.key_id.empty()) return lacks("private_key_id");
  if (account.private_key.empty()) return lacks("private_key");
  if (account.token_endpoint.empty()) return lacks("token_uri");
  return GoogleClientFile(std::move(account));
}

}  // namespace

Result<GoogleClientFile> parse_google_client_file(std::string_view json) {
  const Json root = Json::parse(json, nullptr, /*allow_exceptions=*/false);
  if (!root.is_object())
    return config_error("is not JSON as Google hands it out; give the file as it was downloaded");
  if (const auto installed = root.find("installed");
      installed != root.end() && installed->is_object())
    return desktop_client(*installed);
  if (root.contains("web"))
    return config_error(
        "is a \"Web application\" client, which Google never sends back to this machine: create a "
        "\"Desktop app\" client and download its JSON");
  const std::string type = json_text(root, "type");
  if (type == "service_account") return service_account(root);
  if (type == "authorized_user")
    return config_error(
        "is the login of another program (gcloud), not a client: create a \"Desktop app\" client "
        "and download its JSON");
  return config_error(
      "is neither a \"Desktop app\" client nor a service account's key; give the file as Google's "
      "console downloads it");
}

}  // namespace imapkeep
