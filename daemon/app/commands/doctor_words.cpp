#include "daemon/app/commands/doctor_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "daemon/app/commands/login_remedies.h"

namespace imapkeep {
namespace {

constexpr auto kMostSkew = std::chrono::minutes(3);

bool holds(const std::string& text, std::string_view words) {
  const auto same = [](char one, char other) {
    return (one >= 'A' && one <= 'Z' ? static_cast<char>(one + 32) : one) == other;
  };
  return std::search(text.begin(), text.end(), words.begin(), words.end(), same) != text.end();
}

std::string how_at(const std::string& provider) {
  return provider.empty() ? "" : ": `imapkeep providers " + provider + "` says how";
}

std::string for_grant(const Error& error, const AccountSettings& account,
                      const OAuthOptions& oauth) {
  switch (error.trouble) {
    case Trouble::kLogin:
      if (!holds(error.what, "state_key")) return "";
      return "set `state_key` as it was when somebody logged in last, or run `imapkeep login " +
             account.name + "`: it overwrites what cannot be read any more";
    case Trouble::kConfig:
      return "set the client of " + account.name + " right" + how_at(oauth.provider);
    case Trouble::kServer:
    case Trouble::kBusy:
      return "wait: nothing is lost, and imapkeep tries again by itself";
    default:
      return "";
  }
}

std::string for_scope(const AccountSettings& account, const OAuthOptions& oauth) {
  if (oauth.flow == OAuthFlow::kServiceAccount || oauth.flow == OAuthFlow::kClientCredentials)
    return "let an administrator give the client this permission" + how_at(oauth.provider);
  return "run `imapkeep login " + account.name + "`, and allow everything that is asked for";
}

}  // namespace

std::string_view word_of(AccountPart part) {
  switch (part) {
    case AccountPart::kState:
      return "state";
    case AccountPart::kStore:
      return "store";
    case AccountPart::kSpace:
      return "space";
    case AccountPart::kNetwork:
      return "network";
    case AccountPart::kTls:
      return "tls";
    case AccountPart::kClient:
      return "client";
    case AccountPart::kProvider:
      return "provider";
    case AccountPart::kClock:
      return "clock";
    case AccountPart::kGrant:
      return "grant";
    case AccountPart::kScope:
      return "scope";
    case AccountPart::kPassword:
      return "password";
    case AccountPart::kLogin:
      return "login";
    case AccountPart::kMailbox:
      break;
  }
  return "mailbox";
}

Diagnosis diagnose(AccountPart part, Error error, const AccountSettings& account) {
  const auto* oauth = std::get_if<OAuthOptions>(&account.auth.proof);
  Diagnosis found{part, std::move(error), ""};
  switch (part) {
    case AccountPart::kNetwork:
      found.remedy = "check `host` and `port`, and whether this machine is online";
      break;
    case AccountPart::kProvider:
      if (found.error.trouble == Trouble::kServer)
        found.remedy = oauth && oauth->provider.empty()
                           ? "check `issuer` (and `ca`), and whether this machine may reach it"
                           : "check whether this machine may reach it";
      break;
    case AccountPart::kClock:
      found.remedy = "set this machine's clock, and let it be kept right: timedatectl set-ntp true";
      break;
    case AccountPart::kGrant:
      if (oauth) found.remedy = for_grant(found.error, account, *oauth);
      break;
    case AccountPart::kScope:
      if (oauth) found.remedy = for_scope(account, *oauth);
      break;
    case AccountPart::kLogin:
    case AccountPart::kMailbox:
      found.remedy = remedy_of_login(found.error, account);
      break;
    case AccountPart::kState:
    case AccountPart::kStore:
    case AccountPart::kSpace:
    case AccountPart::kTls:
    case AccountPart::kClient:
    case AccountPart::kPassword:
      break;  // these sentences end with what to do
  }
  return found;
}

std::optional<Error> trouble_with_clock(WallTime own, WallTime date, const std::string& who) {
  const auto skew = std::chrono::duration_cast<std::chrono::seconds>(own - date);
  if (skew >= -kMostSkew && skew <= kMostSkew) return std::nullopt;
  const auto minutes = std::abs(skew.count()) / 60;
  const std::string span = minutes < 120    ? fmt::format("{} minutes", minutes)
                           : minutes < 2880 ? fmt::format("{} hours", minutes / 60)
                                            : fmt::format("{} days", minutes / 1440);
  return config_error("the clock of this machine is " + span +
                      (skew.count() > 0 ? " ahead of " : " behind ") + "that of " + who);
}

}  // namespace imapkeep
