// user, authzid, auth: {password: SECRET | oauth: {…}, mechanism}
#include <utility>

#include "config/account_keys.h"
#include "config/secret_reader.h"
#include "config/settings.h"

namespace imapkeep {
namespace {

const Vocabulary kForTokens{{"OAUTHBEARER", "XOAUTH2"}, {}};
const Vocabulary kForPasswords{{"PLAIN", "LOGIN", "SCRAM-SHA-256"}, {}};

/// Who logs in, unless `users` says it.
void read_user(const AccountKeys& keys, AccountSettings& account) {
  const auto* users = keys.find("users");
  const auto* user = users ? keys.find("user") : keys.require("user");
  if (user) account.auth.user = read_text(*user, keys.complaints).value_or("");
  if (user && users)
    keys.demand(users->place,
                "`users` and `user` exclude each other: one makes an account for each of many");
  if (const auto* authzid = keys.find("authzid"))
    account.auth.authzid = read_text(*authzid, keys.complaints).value_or("");
}

}  // namespace

void read_auth(const AccountKeys& keys, AccountSettings& account) {
  Complaints& complaints = keys.complaints;
  read_user(keys, account);
  const auto* auth = keys.require("auth");
  if (!auth || !expect_map(auth->value, "auth", complaints)) return;
  check_keys(auth->value, "auth.", {{"password", "oauth", "mechanism"}, {}}, complaints);
  const auto* password = auth->value.find("password");
  const auto* oauth = auth->value.find("oauth");
  if (password && oauth)
    complaints.add(oauth->place, "`auth` takes one of `password` and `oauth`, not both");
  else if (!password && !oauth)
    complaints.add(auth->value.place, "`auth` has neither `password` nor `oauth`");

  if (password) {
    if (auto source = read_secret(*password, keys.environment, complaints, account.files))
      account.auth.proof = std::move(*source);
    if (const auto* users = keys.find("users"))
      keys.demand(users->place,
                  "`users` needs a way in that opens every mailbox: `auth: { oauth: … }` with the "
                  "flow `service-account` or `client-credentials`; a password is one user's");
  } else if (oauth) {
    read_oauth(*oauth, keys, account);
    if (const auto* authzid = keys.find("authzid"))
      keys.demand(authzid->place,
                  "`authzid` is for passwords; with a token `user` is the mailbox, and "
                  "`oauth.user` whoever consents, if that is somebody else");
  }
  if (const auto* mechanism = auth->value.find("mechanism"))
    account.auth.mechanism =
        read_word(*mechanism, oauth ? kForTokens : kForPasswords, complaints).value_or("");
}

}  // namespace imapkeep
