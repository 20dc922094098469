// The accounts that a command names, out of those of the configuration.
#pragma once

#include <string>
#include <vector>

#include "config/settings.h"
#include "daemon/base/result.h"

namespace imapkeep {

/// In the configuration's order, each once; all of them when none is named. An unknown name is
/// Trouble::kUsage, with the nearest known one, or all of a few.
Result<std::vector<AccountSettings>> choose_accounts(const Settings& settings,
                                                     const std::vector<std::string>& names);

/// The one that is named; where none is, the only one that there is. Trouble::kUsage names them
/// all.
Result<AccountSettings> choose_account(const Settings& settings,
                                       const std::vector<std::string>& names);

/// The names of the accounts that live on the same OAuth grant as this one, which is among them.
std::vector<std::string> accounts_sharing_grant(const AccountSettings& account,
                                                const Settings& settings);

}  // namespace imapkeep
