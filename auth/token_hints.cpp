#include "auth/token_hints.h"

#include <algorithm>
#include <initializer_list>

namespace imapkeep {
namespace {

struct HintRow {
  std::string_view mark;  // in the description
  std::string_view hint;
};

// Numbers with their colon, so that one is not found in a longer one.
// learn.microsoft.com/entra/identity-platform/reference-error-codes
constexpr HintRow kDescriptions[] = {
    {"AADSTS70008:", "the login is too old"},
    {"AADSTS700082:", "the login was not used for 90 days"},
    {"AADSTS700084:",
     "the redirect is registered as a single-page app, whose logins end after a "
     "day; register it under \"Mobile and desktop applications\""},
    {"AADSTS50173:", "the password was changed, or the login was revoked"},
    {"AADSTS70000:", "the login was revoked, or is of another client"},
    {"AADSTS700081:", "the login is too old"},
    {"AADSTS65001:", "consent to this client is missing"},
    {"AADSTS50076:", "multi-factor authentication is asked for"},
    {"AADSTS50078:", "multi-factor authentication has to be done again"},
    {"AADSTS50079:", "multi-factor authentication has to be set up"},
    {"AADSTS53000:", "the organization allows only managed devices"},
    {"AADSTS53003:", "the organization's Conditional Access forbids this way of logging in"},
    {"AADSTS7000215:",
     "the client secret is wrong; its value is wanted, not the id that the portal shows beside it"},
    {"AADSTS7000222:", "the client secret has expired; make a new one in the portal"},
    {"AADSTS7000218:",
     "the client is not registered as a public one; set \"Allow public client flows\" to Yes"},
    {"AADSTS700025:", "the client is a public one; leave its secret out of the configuration"},
    {"AADSTS700016:", "the client id is not known in this tenant"},
    {"AADSTS50020:", "the user is not of this tenant"},
    {"AADSTS50034:", "the user is not of this tenant"},
    {"AADSTS70011:", "the scope is not known there"},
    {"AADSTS700027:", "the certificate is not the one that the client has in the portal"},
    {"short-lived token", "the clock of this machine is wrong"},
    {"Invalid JWT Signature", "the key of the service account was deleted, or is of another one"},
    {"Invalid email or User ID", "the user does not exist in the service account's domain"},
    {"Account has been deleted", "the account was deleted"},
    {"client_secret is missing",
     "the client has a secret, which this provider wants with every request"},
    {"OAuth client was deleted", "the client was deleted in the console; make a new one"},
    {"OAuth client was not found", "the client id is wrong"},
};

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

std::string_view hint_for(std::string_view error, std::string_view description, TokenAsk asked) {
  if (is_microsoft_patience(description))
    return "Microsoft asks for patience, since it was asked too often or is not well; the login is "
           "as good as before";
  for (const auto& row : kDescriptions)
    if (description.find(row.mark) != std::string_view::npos) return row.hint;
  if (error == "admin_policy_enforced")
    return "the organization's administrator blocks this client; give them its client id";
  if (error == "deleted_client") return "the client was deleted in the console; make a new one";
  if (error == "unauthorized_client" && asked == TokenAsk::kOwnKey)
    return "the administrator has to delegate this scope to the client: Security > API controls > "
           "Domain-wide delegation; it may take a day to act";
  if (error == "invalid_grant" && asked == TokenAsk::kOwnKey)
    return "check the user's address, the key, and the clock of this machine";
  const bool is_end = is_one_of(error, {"invalid_grant", "invalid_token", "invalid_refresh_token",
                                        "token_expired", "invalid_code"});
  if (is_end && asked == TokenAsk::kRefresh)
    return "it was revoked, the password was changed, or it was not used for months; with Google "
           "also after seven days while the client is in \"Testing\" (publish it)";
  if ((is_end || error == "bad_verification_code") && asked != TokenAsk::kOwnKey)
    return "the code was used already, or is too old; run the login again";
  if (asked == TokenAsk::kDevice &&
      is_one_of(error, {"unauthorized_client", "unsupported_grant_type", "invalid_client"}))
    return "the client may not use the device flow there; have it allowed, or write `flow: code`";
  return {};
}

bool is_microsoft_patience(std::string_view description) {
  for (const std::string_view mark : {"AADSTS50196:", "AADSTS90033:", "AADSTS90006:"})
    if (description.find(mark) != std::string_view::npos) return true;
  return false;
}

}  // namespace imapkeep
