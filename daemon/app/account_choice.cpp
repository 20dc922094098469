#include "daemon/app/account_choice.h"

#include <algorithm>

#include "config/nearest_word.h"
#include "daemon/base/bytes.h"

namespace imapkeep {

Result<std::vector<AccountSettings>> choose_accounts(const Settings& settings,
                                                     const std::vector<std::string>& names) {
  std::vector<std::string> known;
  for (const auto& account : settings.accounts) known.push_back(account.name);
  for (const auto& name : names) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    std::string what = "there is no account `" + printable_utf8(name, 64) + "`";
    if (const auto near = nearest_word(name, known)) what += "; did you mean `" + *near + "`?";
    return Error{Remedy::kNeedsOperator, Trouble::kUsage, std::move(what), 0};
  }
  std::vector<AccountSettings> chosen;
  for (const auto& account : settings.accounts)
    if (names.empty() || std::find(names.begin(), names.end(), account.name) != names.end())
      chosen.push_back(account);
  return chosen;
}

}  // namespace imapkeep
