#include "auth/password_credentials.h"

#include <utility>

namespace imapkeep {

PasswordCredentials::PasswordCredentials(AuthOptions options, SecretSource secrets, Lane& lane)
    : options_(std::move(options)), secrets_(std::move(secrets)), lane_(lane) {}

Operation PasswordCredentials::get(Completion<Credentials> done) {
  // The job owns what it touches: it may run after this object has gone.
  return run_for_result<Credentials>(
      lane_,
      [options = options_, secrets = secrets_]() -> Result<Credentials> {
        auto password = secrets.read(options.password);
        if (!password) return password.error();
        return Credentials{options.user, options.authzid, std::move(*password)};
      },
      std::move(done));
}

}  // namespace imapkeep
