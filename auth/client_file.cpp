#include "auth/client_file.h"

#include "auth/private_file.h"
#include "daemon/base/bytes.h"

namespace imapkeep {
namespace {

constexpr std::size_t kMostClientFile = 64U << 10;

}  // namespace

Result<GoogleClientFile> read_client_file(Files& files, const ProcessEnvironment& environment,
                                          const std::string& path, OAuthFlow flow) {
  const std::string of = "the client file " + printable_utf8(path, 1000);
  const auto bytes =
      read_private_file(files, environment, path, of, Openness::kOwnerOnly, kMostClientFile);
  if (!bytes) return bytes.error();
  auto client = parse_google_client_file(bytes->reveal());
  if (!client) return config_error(of + " " + client.error().what);
  const bool is_service_account = std::holds_alternative<GoogleServiceAccount>(*client);
  if (is_service_account && flow != OAuthFlow::kServiceAccount)
    return config_error(of + " is a service account's key: say `flow: service-account`");
  if (!is_service_account && flow == OAuthFlow::kServiceAccount)
    return config_error(of +
                        " is a \"Desktop app\" client: the flow `service-account` takes the JSON "
                        "key of a service account");
  return client;
}

}  // namespace imapkeep
