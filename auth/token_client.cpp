#include "auth/token_client.h"

#include <utility>

#include "auth/assertion.h"
#include "auth/client_file.h"
#include "daemon/base/bytes.h"

namespace imapkeep {

RequestStamp new_request_stamp(WallTime now, Random& random) {
  return {now, to_hex(random.next_u64()) + to_hex(random.next_u64())};
}

TokenClientReader::TokenClientReader(OAuthOptions options, std::string account_user, Files& files,
                                     Process& process, ProcessEnvironment environment)
    : options_(std::move(options)),
      user_(options_.user.empty() ? std::move(account_user) : options_.user),
      files_(&files),
      environment_(std::move(environment)),
      secrets_(files, process, environment_) {}

Result<TokenClient> TokenClientReader::read(const RequestStamp& stamp) const {
  auto client = options_.client.file.empty() ? from_options(stamp) : from_file(stamp);
  if (!client) return client.error();
  client->flow = options_.flow;
  client->caller.ca_file = options_.ca_file;
  client->key = key_of(client->caller.endpoint, client->caller.client_id);
  return client;
}

Result<GrantKey> TokenClientReader::key() const {
  if (options_.client.file.empty()) return key_of(options_.endpoints.token, options_.client.id);
  const auto file = read_client_file(*files_, environment_, options_.client.file, options_.flow);
  if (!file) return file.error();
  if (const auto* desktop = std::get_if<GoogleDesktopClient>(&*file))
    return key_of(options_.endpoints.token, desktop->id);
  const auto& account = std::get<GoogleServiceAccount>(*file);
  return key_of(account.token_endpoint, account.email);
}

GrantKey TokenClientReader::key_of(const std::string& endpoint,
                                   const std::string& client_id) const {
  // What a client gets for itself is nobody's: all its accounts share it.
  const bool is_nobodys = options_.flow == OAuthFlow::kClientCredentials;
  return {options_.issuer.empty() ? endpoint : options_.issuer, client_id, is_nobodys ? "" : user_,
          options_.scope};
}

Result<TokenClient> TokenClientReader::from_options(const RequestStamp& stamp) const {
  TokenClient client;
  TokenCaller& caller = client.caller;
  caller.endpoint = options_.endpoints.token;
  caller.client_id = options_.client.id;
  if (options_.flow == OAuthFlow::kServiceAccount)
    return config_error("`flow: service-account` needs the JSON file of a service account's key");
  if (options_.client.certificate) {
    if (const auto proved = prove_by_certificate(caller, stamp); !proved) return proved.error();
    return client;
  }
  if (!options_.client.secret) {
    if (options_.flow != OAuthFlow::kClientCredentials) return client;
    return config_error("`flow: client-credentials` needs the client's secret or certificate");
  }
  auto secret = secrets_.read(*options_.client.secret);
  if (!secret) return secret.error().within("client");
  caller.proof = ClientProof::kSecretPost;
  caller.secret = std::move(*secret);
  return client;
}

Result<Done> TokenClientReader::prove_by_certificate(TokenCaller& caller,
                                                     const RequestStamp& stamp) const {
  ClientCertificate proof;
  proof.client_id = caller.client_id;
  proof.audience = caller.endpoint.empty() ? options_.issuer : caller.endpoint;
  auto certificate = secrets_.read_whole(*options_.client.certificate);
  if (!certificate) return certificate.error().within("client");
  proof.certificate = std::move(*certificate);
  // Often both lie in one file.
  auto key = options_.client.certificate_key ? secrets_.read_whole(*options_.client.certificate_key)
                                             : Result<Secret>(proof.certificate);
  if (!key) return key.error().within("client");
  proof.key = std::move(*key);
  auto assertion = client_assertion(proof, stamp.id, stamp.now);
  if (!assertion) return assertion.error();
  caller.proof = ClientProof::kAssertion;
  caller.secret = std::move(*assertion);
  return Done{};
}

Result<TokenClient> TokenClientReader::from_file(const RequestStamp& stamp) const {
  auto file = read_client_file(*files_, environment_, options_.client.file, options_.flow);
  if (!file) return file.error();
  TokenClient client;
  if (auto* desktop = std::get_if<GoogleDesktopClient>(&*file)) {
    client.caller.endpoint = options_.endpoints.token;
    client.caller.client_id = std::move(desktop->id);
    client.caller.proof = ClientProof::kSecretPost;
    client.caller.secret = std::move(desktop->secret);
    return client;
  }
  const auto& account = std::get<GoogleServiceAccount>(*file);
  auto assertion = delegated_grant(account, user_, options_.scope, stamp.now);
  if (!assertion)
    return config_error("the client file " + printable_utf8(options_.client.file, 1000) + ": " +
                        assertion.error().what);
  client.caller.endpoint = account.token_endpoint;
  client.caller.client_id = account.email;
  client.delegated_id = account.client_id;
  client.assertion = std::move(*assertion);
  return client;
}

}  // namespace imapkeep
