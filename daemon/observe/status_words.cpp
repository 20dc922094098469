#include "daemon/observe/status_words.h"

#include <fmt/format.h>

#include <algorithm>

#include "daemon/base/bytes.h"
#include "daemon/observe/progress_line.h"

namespace imapkeep {

std::string ago(std::int64_t then_ms, WallTime now) {
  const std::int64_t seconds = std::max<std::int64_t>(0, (unix_ms(now) - then_ms) / 1000);
  if (seconds < 120) return fmt::format("{} s ago", seconds);
  if (seconds < 7200) return fmt::format("{} min ago", seconds / 60);
  if (seconds < 172800) return fmt::format("{} h ago", seconds / 3600);
  return fmt::format("{} days ago", seconds / 86400);
}

std::string counted(std::uint64_t count, const std::string& thing) {
  return with_commas(count) + " " + thing + (count == 1 ? "" : "s");
}

std::string folder_name(const LedgerFolder& folder) {
  return printable_utf8(folder.record.name.display(folder.record.delimiter));
}

std::string folder_name(const AccountReport& report, FolderId id) {
  for (const LedgerFolder& folder : report.folders) {
    if (folder.record.id == id) return folder_name(folder);
  }
  return "folder " + std::to_string(id.value);
}

}  // namespace imapkeep
