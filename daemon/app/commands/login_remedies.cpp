#include "daemon/app/commands/login_remedies.h"

#include <string_view>

#include "daemon/base/ascii_case.h"
#include "daemon/base/bytes.h"

namespace imapkeep {
namespace {

/// `words` in lower case.
bool says(const Error& error, std::string_view words) {
  return ascii_lower(error.what).find(words) != std::string::npos;
}

const OAuthOptions* oauth_of(const AccountSettings& account) {
  return std::get_if<OAuthOptions>(&account.auth.proof);
}

std::string how_to_get_in(const AccountSettings& account) {
  const auto* oauth = oauth_of(account);
  return oauth == nullptr || oauth->provider.empty()
             ? ""
             : ": `imapkeep providers " + oauth->provider + "` says how";
}

/// The servers' words for a mailbox whose owner, or administrator, has not opened it to IMAP.
bool is_imap_off(const Error& error) {
  return says(error, "not enabled for imap") || says(error, "imap access is disabled") ||
         says(error, "imap is disabled");
}

bool wants_browser(const Error& error) {
  return says(error, "[webalert") || says(error, "web browser") ||
         says(error, "web login required");
}

bool is_let_in_for_nothing(const Error& error) {
  return says(error, "authenticated but not connected");
}

/// The connection ended while the server's answer to the login was due.
bool hung_up(const Error& error) {
  return error.trouble == Trouble::kServer && says(error, "while logging in") &&
         !says(error, "server said") &&
         (says(error, "closed the connection") || says(error, "reset by peer") ||
          says(error, "broken pipe"));
}

bool has_login(const OAuthOptions& oauth) {
  return oauth.flow == OAuthFlow::kCode || oauth.flow == OAuthFlow::kDevice;
}

std::string person_of(const AccountSettings& account) {
  const auto* oauth = oauth_of(account);
  return printable_utf8(oauth == nullptr || oauth->user.empty() ? account.auth.user : oauth->user);
}

std::string remedy_of_scope(const AccountSettings& account, const OAuthOptions& oauth) {
  if (!has_login(oauth))
    return "have an administrator give the client the scope that the mail server asks for" +
           how_to_get_in(account);
  return "set `scope` to what the mail server asks for, have the client be allowed it, and run "
         "`imapkeep login " +
         account.name + "`" + how_to_get_in(account);
}

std::string remedy_of_hanging_up(const AccountSettings& account) {
  const auto* oauth = oauth_of(account);
  const std::string wait =
      "; if that changes nothing, the server or what stands before it is not well, and it takes "
      "patience";
  if (oauth == nullptr) return "check `user` and the password" + wait;
  if (!has_login(*oauth))
    return "check whether the client may open the mailbox of " + printable_utf8(account.auth.user) +
           wait;
  return "some servers hang up on a token that they do not take: run `imapkeep login " +
         account.name + "` and sign in as " + person_of(account) + wait;
}

}  // namespace

std::optional<std::string> remedy_of_known_cause(const Error& error,
                                                 const AccountSettings& account) {
  const auto* oauth = oauth_of(account);
  if (is_imap_off(error))
    return "switch IMAP on in the settings of the mailbox, or let its administrator do it" +
           how_to_get_in(account);
  if (wants_browser(error))
    return "log in as " + person_of(account) +
           " in a browser, at the address that the server names, and do what it asks there";
  if (says(error, "[contactadmin]"))
    return "ask the administrator of " + printable_utf8(account.server.host) + " what keeps " +
           printable_utf8(account.auth.user) + " out; nothing on this side changes that";
  if (error.trouble == Trouble::kBusy && !is_let_in_for_nothing(error))
    return "wait: the server asks for patience, and imapkeep tries again by itself";
  if (oauth != nullptr && says(error, "insufficient_scope"))
    return remedy_of_scope(account, *oauth);
  if (oauth != nullptr && says(error, "no login with a token"))
    return "check `host`; or give the account a password in the place of `oauth`, where the "
           "provider has app passwords";
  if (says(error, "server said bad") && !is_let_in_for_nothing(error))
    return oauth != nullptr
               ? "set `mechanism` to the other one of XOAUTH2 and OAUTHBEARER: the server does not "
                 "understand this login"
               : "set `mechanism` to PLAIN or LOGIN, whichever was not used: the server does not "
                 "understand this login";
  if (hung_up(error)) return remedy_of_hanging_up(account);
  return std::nullopt;
}

std::string remedy_of_login(const Error& error, const AccountSettings& account) {
  if (auto known = remedy_of_known_cause(error, account)) return *std::move(known);
  const auto* oauth = oauth_of(account);
  if (oauth == nullptr) {
    if (error.trouble != Trouble::kLogin) return "";
    return "set `user` and the password right; where the account has a second factor, only an app "
           "password is taken (`imapkeep providers` says how it is had)";
  }
  if (error.trouble == Trouble::kConfig) return "";
  // The token is new and its scope right; what is left is whose it is.
  const std::string user = printable_utf8(account.auth.user);
  if (has_login(*oauth) && (oauth->user.empty() || oauth->user == account.auth.user))
    return "run `imapkeep login " + account.name + "` and sign in as " + user +
           ": the token is good, but not for this mailbox; or IMAP is switched off for it";
  return "let an administrator give " +
         (has_login(*oauth) ? printable_utf8(oauth->user) : "the client") +
         " access to the mailbox of " + user + ", with IMAP switched on";
}

}  // namespace imapkeep
