// An account's keys as its sections see them: its own, and where it has none, those of `defaults`
// (a key of the account replaces the default's whole value). The same sections read `defaults`
// alone, so that a mistake in a default is found even when nobody takes it.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "config/node_reader.h"
#include "config/providers.h"
#include "config/yaml_document.h"
#include "daemon/base/process_environment.h"

namespace imapkeep {

struct AccountKeys {
  const YamlNode* own = nullptr;       ///< a map, or null
  const YamlNode* defaults = nullptr;  ///< a map, or null
  std::string account;                 ///< empty: `defaults` is read, where nothing is required
  Place where;
  const ProcessEnvironment& environment;
  Complaints& complaints;
  const Provider* provider = nullptr;  ///< the one that `provider` names

  /// Something is missing, or two keys do not go together: not said of `defaults` alone.
  void demand(const Place& place, std::string sentence) const {
    if (!account.empty()) complaints.add(place, std::move(sentence));
  }
  [[nodiscard]] const YamlEntry* find(std::string_view key) const {
    if (own)
      if (const auto* entry = own->find(key)) return entry;
    return defaults ? defaults->find(key) : nullptr;
  }
  [[nodiscard]] const YamlEntry* require(std::string_view key) const {
    const auto* entry = find(key);
    if (!entry) {
      demand(where,
             "account " + in_quotes(account) + " has no " + in_quotes(key) + with_example(key));
    }
    return entry;
  }
};

const Vocabulary& account_vocabulary();

// One function for each section, in a file of its own.
struct AccountSettings;
/// Null: none, or one that is not known.
const Provider* read_provider(const YamlEntry& entry, Complaints& complaints);
void read_server(const AccountKeys& keys, AccountSettings& account);
void read_auth(const AccountKeys& keys, AccountSettings& account);
/// Below `auth`.
void read_oauth(const YamlEntry& oauth, const AccountKeys& keys, AccountSettings& account);
void read_mirror(const AccountKeys& keys, AccountSettings& account);
void read_store(const AccountKeys& keys, AccountSettings& account);

}  // namespace imapkeep
