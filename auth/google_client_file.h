// The JSON that Google hands out for download, in the two shapes that are of use here: a "Desktop
// app" client ({"installed": {…}}) and a service account's key ({"type": "service_account", …}).
// Every other shape is refused with what to do instead, because the download page offers them side
// by side. Pure; the texts of errors hold no member of the file.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "daemon/base/result.h"
#include "daemon/base/secret.h"

namespace imapkeep {

struct GoogleDesktopClient {
  std::string id;
  Secret secret;  ///< sent with every request, though Google does not count on its being one
};

struct GoogleServiceAccount {
  std::string client_id;  ///< the number that an administrator delegates to
  std::string email;      ///< `iss` of the assertion
  std::string key_id;     ///< `kid`
  Secret private_key;     ///< PEM
  std::string token_endpoint;
};

using GoogleClientFile = std::variant<GoogleDesktopClient, GoogleServiceAccount>;

/// Errors are kConfig and have no subject: "is not …".
Result<GoogleClientFile> parse_google_client_file(std::string_view json);

}  // namespace imapkeep
