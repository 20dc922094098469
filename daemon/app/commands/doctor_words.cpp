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

std::string_view word_of(Organ organ) {
  switch (organ) {
    case Organ::kState:
      return "state";
    case Organ::kStore:
      return "store";
    case Organ::kSpace:
      return "space";
    case Organ::kNetwork:
      return "network";
    case Organ::kTls:
      return "tls";
    case Organ::kClient:
      return "client";
    case Organ::kProvider:
      return "provider";
    case Organ::kClock:
      return "clock";
    case Organ::kGrant:
      return "grant";
    case Organ::kScope:
      return "scope";
    case Organ::kPassword:
      return "password";
    case Organ::kLogin:
      return "login";
    case Organ::kMailbox:
      break;
  }
  return "mailbox";
}

Diagnosis diagnose(Organ organ, Error error, const AccountSettings& account) {
  const auto* oauth = std::get_if<OAuthOptions>(&account.auth.proof);
  Diagnosis found{organ, std::move(error), ""};
  switch (organ) {
    case Organ::kNetwork:
      found.remedy = "check `host` and `port`, and whether this machine is online";
      break;
    case Organ::kProvider:
      if (found.error.trouble == Trouble::kServer)
        found.remedy = oauth && oauth->provider.empty()
                           ? "check `issuer` (and `ca`), and whether this machine may reach it"
                           : "check whether this machine may reach it";
      break;
    case Organ::kClock:
      found.remedy = "set this machine's clock, and let it be kept right: timedatectl set-ntp true";
      break;
    case Organ::kGrant:
      if (oauth) found.remedy = for_grant(found.error, account, *oauth);
      break;
    case Organ::kScope:
      if (oauth) found.remedy = for_scope(account, *oauth);
      break;
    case Organ::kLogin:
    case Organ::kMailbox:
      found.remedy = remedy_of_login(found.error, account);
      break;
    case Organ::kState:
    case Organ::kStore:
    case Organ::kSpace:
    case Organ::kTls:
    case Organ::kClient:
    case Organ::kPassword:
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
