// An account's keys as its sections see them: its own, and where it has none, those of `defaults`
// (a key of the account replaces the default's whole value). The same sections read `defaults`
// alone, so that a mistake in a default is found even when nobody takes it.
#pragma once

#include <string>
#include <string_view>

#include "config/node_reader.h"
#include "config/yaml_document.h"
#include "daemon/base/surroundings.h"

namespace imapkeep {

struct AccountKeys {
  const YamlNode* own = nullptr;       ///< a map, or null
  const YamlNode* defaults = nullptr;  ///< a map, or null
  std::string account;                 ///< empty: `defaults` is read, where nothing is required
  Place where;
  const Surroundings& surroundings;
  Complaints& complaints;

  [[nodiscard]] const YamlEntry* find(std::string_view key) const {
    if (own)
      if (const auto* entry = own->find(key)) return entry;
    return defaults ? defaults->find(key) : nullptr;
  }
  [[nodiscard]] const YamlEntry* require(std::string_view key) const {
    const auto* entry = find(key);
    if (!entry && !account.empty())
      complaints.add(where, "account " + in_quotes(account) + " has no " + in_quotes(key));
    return entry;
  }
};

const Vocabulary& account_vocabulary();

// One function for each section, in a file of its own.
struct AccountSettings;
void read_server(const AccountKeys& keys, AccountSettings& account);
void read_auth(const AccountKeys& keys, AccountSettings& account);
void read_mirror(const AccountKeys& keys, AccountSettings& account);
void read_store(const AccountKeys& keys, AccountSettings& account);

}  // namespace imapkeep
