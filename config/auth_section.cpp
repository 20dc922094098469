// user, authzid, auth: {password: {file | env | credential | command}}
#include <algorithm>
#include <optional>
#include <utility>

#include "config/account_keys.h"
#include "config/nearest_word.h"
#include "config/paths.h"
#include "config/settings.h"

namespace imapkeep {
namespace {

const std::vector<std::string> kSources{"file", "env", "credential", "command"};

bool is_variable_name(std::string_view name) {
  return !(name.front() >= '0' && name.front() <= '9') &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '_';
         });
}

std::optional<SecretOptions> read_source(const YamlEntry& entry, const AccountKeys& keys) {
  Complaints& complaints = keys.complaints;
  if (entry.key == "command") {
    const auto words = read_texts(entry, complaints);
    if (!words) return std::nullopt;
    SecretCommand command;
    for (const auto& word : *words) command.argv.push_back(word.text);
    // One text with blanks was meant for a shell, and there is none.
    if (entry.value.kind != YamlKind::kList || command.argv.empty()) {
      complaints.add(entry.value.place,
                     "`command` is a list of the program and its arguments: [pass, show, mail]");
      return std::nullopt;
    }
    return command;
  }
  const auto text = read_text(entry, complaints);
  if (!text) return std::nullopt;
  if (entry.key == "file") {
    const auto path = resolve_path(keys.surroundings, *text, entry.place.file);
    if (path) return SecretFile{*path};
    complaints.add(entry.value.place, "`file`: " + path.error().what);
  } else if (entry.key == "env") {
    if (is_variable_name(*text)) return SecretEnvironment{*text};
    complaints.add(entry.value.place,
                   "`env` is the name of an environment variable: letters, "
                   "digits and `_`");
  } else {
    if (text->find('/') == std::string::npos && *text != "." && *text != "..")
      return SecretCredential{*text};
    complaints.add(entry.value.place,
                   "`credential` is a name below $CREDENTIALS_DIRECTORY, "
                   "without `/`");
  }
  return std::nullopt;
}

void read_password(const YamlEntry& password, const AccountKeys& keys, AccountSettings& account) {
  Complaints& complaints = keys.complaints;
  const std::string expected = "one of " + one_of(kSources);
  if (password.value.kind == YamlKind::kBroken) return;
  if (password.value.kind != YamlKind::kMap) {
    complaints.add(password.value.place,
                   "`password` does not stand in the configuration itself; say where it is kept, "
                   "with " +
                       expected);
    return;
  }
  // Keys are not quoted back here: `password: {swordfish}` is a map with the password as key.
  bool good = true;
  for (const auto& entry : password.value.entries) {
    if (std::find(kSources.begin(), kSources.end(), entry.key) != kSources.end()) continue;
    const auto near = nearest_word(entry.key, kSources);
    complaints.add(entry.place, "unknown key below `password`" +
                                    (near ? "; did you mean " + in_quotes(*near) + "?"
                                          : "; it takes " + expected));
    good = false;
  }
  if (!good) return;
  if (password.value.entries.size() != 1) {
    complaints.add(password.value.place, "`password` takes exactly " + expected);
    return;
  }
  if (auto source = read_source(password.value.entries.front(), keys)) {
    account.auth.proof = std::move(*source);
    account.password_where = password.value.entries.front().value.place;
  }
}

}  // namespace

void read_auth(const AccountKeys& keys, AccountSettings& account) {
  if (const auto* user = keys.require("user"))
    account.auth.user = read_text(*user, keys.complaints).value_or("");
  if (const auto* authzid = keys.find("authzid"))
    account.auth.authzid = read_text(*authzid, keys.complaints).value_or("");

  const auto* auth = keys.require("auth");
  if (!auth || !expect_map(auth->value, "auth", keys.complaints)) return;
  check_keys(auth->value, "auth.", {{"password"}, {"oauth"}}, keys.complaints);
  if (const auto* password = auth->value.find("password"))
    read_password(*password, keys, account);
  else if (!auth->value.find("oauth"))
    keys.complaints.add(auth->value.place, "`auth` has no `password`");
}

}  // namespace imapkeep
