#include <cerrno>
#include <chrono>
#include <string>
#include <vector>

#include "daemon/base/bytes.h"
#include "sync/store/maildir/departures.h"
#include "sync/store/maildir/in_the_way.h"
#include "sync/store/maildir/store_identity.h"

namespace imapkeep {
namespace {

/// "2026-11-23" and nothing else.
std::optional<std::chrono::sys_days> parse_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto year = parse_u64(text.substr(0, 4));
  const auto month = parse_u64(text.substr(5, 2));
  const auto day = parse_u64(text.substr(8, 2));
  if (!year || !month || !day) return std::nullopt;
  const std::chrono::year_month_day date(std::chrono::year(static_cast<int>(*year)),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day)));
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date);
}

/// A stray file with a date's name, or directories that somebody else made.
bool may_stay(const Error& error) {
  return is_in_the_way(error) || error.os_code == EACCES || error.os_code == EPERM ||
         error.os_code == ENOTEMPTY;
}

Result<std::vector<std::string>> names_in(Directory& directory) {
  std::vector<std::string> names;
  const auto listed = directory.list([&names](std::string_view name) {
    names.emplace_back(name);
    return true;
  });
  if (!listed) return listed.error();
  return names;
}

/// Removes a directory with everything in it; links are removed, never followed.
Result<Done> remove_all(Directory& parent, const std::string& name, std::uint64_t& files) {
  auto directory = parent.open(name);
  if (!directory) return explained(parent, name, directory.error());
  const auto names = names_in(**directory);
  if (!names) return names.error();
  for (const std::string& inner : *names) {
    const auto facts = (*directory)->stat(inner);
    if (!facts) return facts.error();
    if (*facts && (*facts)->kind == FileKind::kDirectory) {
      if (const auto gone = remove_all(**directory, inner, files); !gone) return gone;
      continue;
    }
    const auto gone = (*directory)->unlink(inner);
    if (!gone) return gone.error();
    if (*gone == Placed::kDone) ++files;
  }
  return parent.remove_directory(name);
}

}  // namespace

Result<std::uint64_t> purge_kept(FolderTree& tree, int days, WallTime now, Notes& notes) {
  const std::string path = below(kStoreDirectory, "gone");
  tree.forget();
  const auto gone = tree.open(path);
  if (!gone && is_in_the_way(gone.error())) return std::uint64_t{0};  // said when it was opened
  if (!gone) return gone.error();
  std::uint64_t files = 0;
  if (!*gone) return files;
  const auto names = names_in(**gone);
  if (!names) return names.error();
  const auto today = std::chrono::floor<std::chrono::days>(now);
  for (const std::string& name : *names) {
    const auto date = parse_date(name);
    if (!date || today - *date <= std::chrono::days(days)) continue;
    const auto removed = remove_all(**gone, name, files);
    if (!removed && !may_stay(removed.error())) return removed.error();
    if (!removed) {
      notes.push_back({LogLevel::kWarning, "store.in_the_way", {{"why", removed.error().what}}});
    }
    tree.changed(path);
  }
  if (const auto flushed = tree.flush(); !flushed) return flushed.error();
  return files;
}

}  // namespace imapkeep
