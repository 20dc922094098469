#include "auth/token_client.h"

#include <utility>

#include "auth/google_client_file.h"
#include "auth/private_file.h"
#include "daemon/base/bytes.h"

namespace imapkeep {
namespace {

constexpr std::size_t kMostClientFile = 64 * 1024;

}  // namespace

TokenClientReader::TokenClientReader(OAuthOptions options, std::string account_user, Files& files,
                                     Process& process, Surroundings surroundings)
    : options_(std::move(options)),
      user_(options_.user.empty() ? std::move(account_user) : options_.user),
      files_(&files),
      surroundings_(std::move(surroundings)),
      secrets_(files, process, surroundings_) {}

Result<TokenClient> TokenClientReader::read() const {
  auto caller = options_.client.file.empty() ? this->caller() : caller_of_file();
  if (!caller) return caller.error();
  TokenClient client;
  client.key = {options_.issuer.empty() ? options_.endpoints.token : options_.issuer,
                caller->client_id, user_, options_.scope};
  client.caller = std::move(*caller);
  return client;
}

Result<TokenCaller> TokenClientReader::caller() const {
  TokenCaller caller;
  caller.endpoint = options_.endpoints.token;
  caller.ca_file = options_.ca_file;
  caller.client_id = options_.client.id;
  if (!options_.client.secret) return caller;
  auto secret = secrets_.read(*options_.client.secret);
  if (!secret) return secret.error().within("client");
  caller.proof = ClientProof::kSecretPost;
  caller.secret = std::move(*secret);
  return caller;
}

Result<TokenCaller> TokenClientReader::caller_of_file() const {
  const std::string of = "the client file " + printable_utf8(options_.client.file, 1000);
  const auto bytes = read_private_file(*files_, surroundings_, options_.client.file, of,
                                       Openness::kOwnerOnly, kMostClientFile);
  if (!bytes) return bytes.error();
  auto parsed = parse_google_client_file(bytes->reveal());
  if (!parsed) return config_error(of + " " + parsed.error().what);
  auto* desktop = std::get_if<GoogleDesktopClient>(&*parsed);
  if (desktop == nullptr)
    return config_error(of + " is a service account's key; `flow: service-account` uses it");
  TokenCaller caller;
  caller.endpoint = options_.endpoints.token;
  caller.ca_file = options_.ca_file;
  caller.client_id = std::move(desktop->id);
  caller.proof = ClientProof::kSecretPost;
  caller.secret = std::move(desktop->secret);
  return caller;
}

}  // namespace imapkeep
