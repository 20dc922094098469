#include "auth/password_credentials.h"

#include <utility>

namespace imapkeep {

PasswordCredentials::PasswordCredentials(std::string user, std::string authzid,
                                         SecretOptions password, SecretSource secrets,
                                         Strand& strand, std::string mechanism)
    : user_(std::move(user)),
      authzid_(std::move(authzid)),
      mechanism_(std::move(mechanism)),
      password_(std::move(password)),
      secrets_(std::move(secrets)),
      strand_(strand) {}

Operation PasswordCredentials::get(Completion<Credentials> done) {
  // The job owns what it touches: it may run after this object has gone.
  return run_for_result<Credentials>(
      strand_,
      [user = user_, authzid = authzid_, mechanism = mechanism_, options = password_,
       secrets = secrets_]() -> Result<Credentials> {
        auto password = secrets.read(options);
        if (!password) return password.error();
        Credentials credentials;
        credentials.user = user;
        credentials.authzid = authzid;
        credentials.mechanism = mechanism;
        credentials.secret = std::move(*password);
        return credentials;
      },
      std::move(done));
}

}  // namespace imapkeep
