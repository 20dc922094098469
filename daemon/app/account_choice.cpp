#include "daemon/app/account_choice.h"

#include <algorithm>

#include "config/nearest_word.h"
#include "daemon/base/bytes.h"

namespace imapkeep {
namespace {

constexpr std::size_t kMostNamesSaid = 10;

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), kMostNamesSaid); ++i) {
    text += (i == 0 ? "`" : ", `") + names[i] + "`";
  }
  if (names.size() > kMostNamesSaid) {
    text += " and " + std::to_string(names.size() - kMostNamesSaid) + " more";
  }
  return text;
}

std::vector<std::string> names_of(const Settings& settings) {
  std::vector<std::string> names;
  for (const auto& account : settings.accounts) names.push_back(account.name);
  return names;
}

Error usage_error(std::string what) {
  return {Remedy::kNeedsOperator, Trouble::kUsage, std::move(what), 0};
}

}  // namespace

Result<std::vector<AccountSettings>> choose_accounts(const Settings& settings,
                                                     const std::vector<std::string>& names) {
  const std::vector<std::string> known = names_of(settings);
  for (const auto& name : names) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    std::string what = "there is no account `" + printable_utf8(name, 64) + "`";
    const auto near = nearest_word(name, known);
    what += near ? "; did you mean `" + *near + "`?" : "; there is " + listed(known);
    return usage_error(std::move(what));
  }
  std::vector<AccountSettings> chosen;
  for (const auto& account : settings.accounts)
    if (names.empty() || std::find(names.begin(), names.end(), account.name) != names.end())
      chosen.push_back(account);
  return chosen;
}

Result<AccountSettings> choose_account(const Settings& settings,
                                       const std::vector<std::string>& names) {
  if (names.empty() && settings.accounts.size() != 1)
    return usage_error("name an account: there is " + listed(names_of(settings)));
  auto chosen = choose_accounts(settings, names);
  if (!chosen) return chosen.error();
  return std::move(chosen->front());
}

std::vector<std::string> accounts_sharing_grant(const AccountSettings& account,
                                                const Settings& settings) {
  const auto* options = std::get_if<OAuthOptions>(&account.auth.proof);
  if (options == nullptr) return {account.name};
  std::vector<std::string> names;
  for (const AccountSettings& other : settings.accounts) {
    // Where the options say who consents, one consent opens the mailboxes of several.
    const bool is_same_person = !options->user.empty() || other.auth.user == account.auth.user;
    if (is_same_person && other.auth.proof == account.auth.proof) names.push_back(other.name);
  }
  return names;
}

}  // namespace imapkeep
