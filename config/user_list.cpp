#include "config/user_list.h"

#include <algorithm>
#include <map>
#include <utility>

#include "config/paths.h"
#include "config/secret_reader.h"
#include "daemon/base/bytes.h"
#include "daemon/base/file_rights.h"
#include "daemon/base/hash.h"
#include "daemon/base/operator_file.h"

namespace imapkeep {
namespace {

constexpr std::string_view kUserMark = "{user}";
constexpr std::size_t kMostUserFile = 4U << 20;
constexpr std::size_t kMostAccountName = 64;
constexpr std::size_t kMostPathPart = 200;
constexpr std::size_t kHashDigits = 8;

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '-';
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

std::string_view without_blanks(std::string_view line) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
  while (!line.empty() && is_blank(line.front())) line.remove_prefix(1);
  while (!line.empty() && is_blank(line.back())) line.remove_suffix(1);
  return line;
}

std::vector<PlacedText> users_in(std::string_view text, const std::string& file,
                                 Complaints& complaints) {
  std::vector<PlacedText> users;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = without_blanks(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.front() == '#') continue;
    const Place place{file, number, 1};
    if (!is_utf8(line) || std::any_of(line.begin(), line.end(), is_control))
      complaints.add(place, "the user is no text");
    else
      users.push_back({std::string(line), place});
  }
  return users;
}

std::vector<PlacedText> read_user_file(const YamlEntry& users, Files& files,
                                       const ProcessEnvironment& environment,
                                       Complaints& complaints) {
  const auto path = read_path(users, environment, complaints);
  if (!path) return {};
  const auto refuse = [&](const Error& error) {
    complaints.add(users.value.place, error.what);
    return std::vector<PlacedText>();
  };
  auto file = find_operator_file(files, environment, *path);
  if (!file) return refuse(file.error());
  const auto why = who_may_change(file->facts, environment.user_id);
  if (!why.empty()) return refuse(config_error(*path + ", which says whose mail is kept, " + why));
  const auto text = read_operator_file(*file, *path, kMostUserFile);
  if (!text) return refuse(text.error());
  return users_in(*text, *path, complaints);
}

}  // namespace

std::vector<PlacedText> read_users(const YamlEntry& users, Files& files,
                                   const ProcessEnvironment& environment, Complaints& complaints) {
  const bool was_good = complaints.empty();
  std::vector<PlacedText> all;
  if (users.value.kind == YamlKind::kText)
    all = read_user_file(users, files, environment, complaints);
  else
    all = read_texts(users, complaints).value_or(std::vector<PlacedText>());
  std::map<std::string, Place> seen;
  std::vector<PlacedText> once;
  for (auto& user : all) {
    const auto added = seen.emplace(user.text, user.place);
    if (added.second)
      once.push_back(std::move(user));
    else
      complaints.add(user.place, "the user " + in_quotes(user.text) + " is named already, at " +
                                     to_string(added.first->second));
  }
  if (once.empty() && was_good && complaints.empty())
    complaints.add(users.value.place, "`users` names nobody: nothing would be kept");
  return once;
}

std::string account_name_of(std::string_view account, std::string_view user) {
  std::string name(account);
  name += '.';
  for (const char c : user) name += is_plain(c) || c == '_' ? c : '_';
  // The last `_` is the `@`, or there is neither.
  const std::size_t at = user.find('@');
  const bool has_at = at != std::string_view::npos;
  const std::string_view host = has_at ? user.substr(at + 1) : user;
  const bool can_be_read_back =
      std::all_of(host.begin(), host.end(), is_plain) &&
      (!has_at || std::all_of(user.begin(), user.begin() + static_cast<std::ptrdiff_t>(at),
                              [](char c) { return is_plain(c) || c == '_'; }));
  if (can_be_read_back && name.size() <= kMostAccountName) return name;
  name.resize(std::min(name.size(), kMostAccountName - kHashDigits - 1));
  return name + "-" + Sha256::of(user).hex().substr(0, kHashDigits);
}

bool has_user_mark(std::string_view path) { return path.find(kUserMark) != std::string_view::npos; }

void put_user_into_path(AccountSettings& account, Complaints& complaints) {
  const std::string& user = account.auth.user;
  std::string& place = place_of(account.store);
  if (!has_user_mark(place) || user.empty()) return;
  const bool is_good = user.front() != '.' && user.size() <= kMostPathPart &&
                       user.find('/') == std::string::npos &&
                       std::none_of(user.begin(), user.end(), is_control);
  if (!is_good) {
    place.clear();
    return complaints.add(account.where,
                          "the user " + in_quotes(user) +
                              " cannot be a part of a path (at most 200 bytes, no `/`, no control "
                              "character, no `.` at the start): give this account a `store` "
                              "without `{user}`");
  }
  for (std::size_t at = place.find(kUserMark); at != std::string::npos;
       at = place.find(kUserMark, at + user.size()))
    place.replace(at, kUserMark.size(), user);
}

}  // namespace imapkeep
