// One entry of the configuration that stands for many mailboxes: `users` is a list of them, or the
// path of a file with one in each line, and every user gets an account, whose name and whose place
// are made of the user's.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/node_reader.h"
#include "config/settings.h"
#include "daemon/base/files.h"
#include "daemon/base/process_environment.h"

namespace imapkeep {

/// In a file, empty lines and those that begin with `#` are left out.
std::vector<PlacedText> read_users(const YamlEntry& users, Files& files,
                                   const ProcessEnvironment& environment, Complaints& complaints);

/// "work.me_example.org": the `@` becomes `_`. A user whose name this could not be read back from
/// gets digits of a hash behind it, so that no two users share a name.
std::string account_name_of(std::string_view account, std::string_view user);

/// `{user}` in the store's path becomes the account's user. A user that could lead elsewhere, or
/// hide, is complained about.
void put_user_into_path(AccountSettings& account, Complaints& complaints);
/// Whether there is a `{user}` to be replaced.
bool has_user_mark(std::string_view path);

}  // namespace imapkeep
