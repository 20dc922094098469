#include "config/settings_reader.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "config/account_keys.h"
#include "config/config_file.h"
#include "config/paths.h"
#include "config/secret_reader.h"
#include "config/settings_check.h"
#include "config/user_list.h"
#include "config/yaml_document.h"

namespace imapkeep {
namespace {

const Vocabulary& top_vocabulary() {
  static const Vocabulary words{
      {"state", "state_key", "on_needs_login", "include", "defaults", "accounts"}, {"listen"}};
  return words;
}

constexpr std::string_view kSystemConfig = "/etc/imapkeep";
constexpr const char* kSystemState = "/var/lib/imapkeep/state";

bool is_account_name(std::string_view name) {
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  // Neither hidden as a file nor an option on a command line.
  return !name.empty() && name.size() <= 64 && letter(name.front()) &&
         std::all_of(name.begin(), name.end(),
                     [&](char c) { return letter(c) || c == '.' || c == '-'; });
}

class SettingsReader {
 public:
  SettingsReader(Files& files, const ProcessEnvironment& environment)
      : files_(files), environment_(environment) {}

  SettingsRead read(const std::string& path) {
    complaints_.note_file(path);
    if (const auto root = read_file({path, absolute(path)}, {})) read_main(*root, path);
    return {std::move(settings_), complaints_.sorted()};
  }

 private:
  [[nodiscard]] std::string absolute(const std::string& path) const {
    return path.starts_with('/') ? path : environment_.working_directory + "/" + path;
  }

  /// A map or null. Nothing when there is a complaint, or when the file has been read already.
  std::optional<YamlNode> read_file(const ConfigFile& file, const Place& asked_at) {
    // A pattern may match the file it stands in, and two patterns the same file.
    if (!seen_.insert(environment_.real_path(file.absolute)).second) return std::nullopt;
    const auto text = read_config_file(files_, environment_, file, asked_at, complaints_);
    if (!text) return std::nullopt;
    auto root = parse_yaml(*text, file.shown, complaints_);
    if (!root || root->kind == YamlKind::kNull || root->kind == YamlKind::kMap) return root;
    if (root->kind != YamlKind::kBroken)
      complaints_.add(root->place, "a configuration is a map (`key: value`)");
    return std::nullopt;
  }

  void read_main(const YamlNode& root, const std::string& path) {
    check_keys(root, "", top_vocabulary(), complaints_);
    read_state(root, path);
    read_state_key(root);
    const YamlNode* defaults = nullptr;
    if (const auto* entry = root.find("defaults")) {
      if (expect_map(entry->value, "defaults", complaints_)) {
        defaults = &entry->value;
        check_keys(*defaults, "", account_vocabulary(), complaints_);
        AccountSettings unused;
        AccountKeys keys{nullptr, defaults, "", entry->place, environment_, complaints_};
        read_sections(keys, unused);
      }
    }
    if (const auto* accounts = root.find("accounts")) read_accounts(accounts->value, defaults);
    if (const auto* include = root.find("include")) read_included(*include, defaults);
    if (settings_.accounts.empty() && complaints_.empty())
      complaints_.add({path, 0, 0}, "there is no account; add one under `accounts`");
    check_settings(settings_, environment_, complaints_);
  }

  /// systemd lists several with colons between them, and sorts them as it likes: the one called
  /// `state`, as in our unit, else the first.
  static std::string state_of(std::string_view listed) {
    std::string first(listed.substr(0, listed.find(':')));
    while (!listed.empty()) {
      const std::string_view one = listed.substr(0, listed.find(':'));
      if (one.ends_with("/state")) return std::string(one);
      listed.remove_prefix(std::min(one.size() + 1, listed.size()));
    }
    return first;
  }

  void read_state(const YamlNode& root, const std::string& file) {
    if (const auto* entry = root.find("state")) {
      const auto text = read_text(*entry, complaints_);
      if (!text) return;
      const auto path = resolve_path(environment_, *text, entry->place.file);
      if (!path) return complaints_.add(entry->value.place, "`state`: " + path.error().what);
      settings_.state = *path;
      settings_.state_where = entry->value.place;
      return;
    }
    const auto variable = [&](const char* name) {
      auto value = environment_.variable(name).value_or("");
      // The XDG specification says to ignore what is not absolute.
      return value.starts_with('/') ? value : std::string();
    };
    std::string path = state_of(variable("STATE_DIRECTORY"));
    // The system service's: without this, whoever asks for its status would look into their own
    // home directory.
    if (path.empty() && directory_of(absolute(file)) == kSystemConfig) path = kSystemState;
    if (path.empty() && !variable("XDG_STATE_HOME").empty())
      path = variable("XDG_STATE_HOME") + "/imapkeep";
    if (path.empty() && !variable("HOME").empty())
      path = variable("HOME") + "/.local/state/imapkeep";
    if (path.empty())
      return complaints_.add(root.place, "neither `state` nor $HOME says where the state is kept");
    settings_.state = *resolve_path(environment_, path, "/");
  }

  void read_state_key(const YamlNode& root) {
    if (const auto* key = root.find("state_key"))
      settings_.state_key = read_secret(*key, environment_, complaints_, settings_.files);
    if (const auto* command = root.find("on_needs_login"))
      if (auto argv = read_command(*command, "[notify-send, imapkeep needs a login]", complaints_))
        settings_.on_needs_login = std::move(*argv);
  }

  void read_included(const YamlEntry& include, const YamlNode* defaults) {
    const auto patterns = read_texts(include, complaints_);
    if (!patterns) return;
    for (const auto& pattern : *patterns) {
      for (const auto& file : find_included(files_, environment_, pattern, complaints_)) {
        complaints_.note_file(file.shown);
        const auto root = read_file(file, pattern.place);
        if (!root) continue;
        for (const auto& entry : root->entries) {
          if (entry.key == "accounts")
            read_accounts(entry.value, defaults);
          else
            complaints_.add(entry.place, "an included file holds `accounts` only; " +
                                             in_quotes(entry.key) + " belongs elsewhere");
        }
      }
    }
  }

  void read_accounts(const YamlNode& accounts, const YamlNode* defaults) {
    if (!expect_map(accounts, "accounts", complaints_)) return;
    for (const auto& entry : accounts.entries) {
      if (!is_account_name(entry.key)) {
        complaints_.add(entry.place,
                        "the account name " + in_quotes(entry.key) +
                            " must be 1 to 64 letters, digits, `_`, `.` and `-`, and begin with a "
                            "letter, a digit or `_`");
        continue;
      }
      if (!is_new_name(entry.key, entry.place)) continue;
      if (!expect_map(entry.value, entry.key, complaints_)) continue;
      check_keys(entry.value, "", account_vocabulary(), complaints_);
      AccountSettings account;
      account.name = entry.key;
      account.where = entry.place;
      AccountKeys keys{&entry.value, defaults, entry.key, entry.place, environment_, complaints_};
      read_sections(keys, account);
      if (const auto* users = keys.find("users"))
        add_users(*users, account);
      else
        add(std::move(account));
    }
  }

  /// Remembers it; there is a complaint when it is not new.
  bool is_new_name(const std::string& name, const Place& place) {
    const auto added = names_.emplace(name, place);
    if (!added.second)
      complaints_.add(place, "there is an account " + in_quotes(name) + " already, at " +
                                 to_string(added.first->second));
    return added.second;
  }

  void add(AccountSettings account) {
    put_user_into_path(account, complaints_);
    settings_.accounts.push_back(std::move(account));
  }

  /// `account`, once for each of them.
  void add_users(const YamlEntry& users, const AccountSettings& account) {
    const auto all = read_users(users, files_, environment_, complaints_);
    const std::string& place = place_of(account.store);
    if (!place.empty() && !has_user_mark(place))
      complaints_.add(account.store_where,
                      "with `users` the store needs `{user}` in its path (in quotes), so that each "
                      "has one of their own");
    for (const auto& user : all) {
      AccountSettings one = account;
      one.name = account_name_of(account.name, user.text);
      one.auth.user = user.text;
      one.where = user.place;
      if (is_new_name(one.name, user.place)) add(std::move(one));
    }
  }

  static void read_sections(AccountKeys& keys, AccountSettings& account) {
    // The others take from it what nobody wrote.
    if (const auto* provider = keys.find("provider"))
      keys.provider = read_provider(*provider, keys.complaints);
    read_server(keys, account);
    read_auth(keys, account);
    read_mirror(keys, account);
    read_store(keys, account);
  }

  Files& files_;
  const ProcessEnvironment& environment_;
  Complaints complaints_;
  Settings settings_;
  std::set<std::string> seen_;          // files, by their real path
  std::map<std::string, Place> names_;  // accounts
};

}  // namespace

const Vocabulary& account_vocabulary() {
  static const Vocabulary words{
      {"provider", "host", "port", "tls", "compress", "user", "users", "authzid", "auth", "folders",
       "on_expunge", "retain", "min_free", "store"},
      {"audit"}};
  return words;
}

SettingsRead read_settings(Files& files, const ProcessEnvironment& environment,
                           const std::string& path) {
  return SettingsReader(files, environment).read(path);
}

Result<Settings> load_settings(Files& files, const ProcessEnvironment& environment,
                               const std::string& path) {
  auto read = read_settings(files, environment, path);
  if (read.complaints.empty()) return std::move(read.settings);
  std::string lines;
  for (const auto& complaint : read.complaints)
    lines += (lines.empty() ? "" : "\n") + to_string(complaint);
  return config_error(std::move(lines));
}

}  // namespace imapkeep
