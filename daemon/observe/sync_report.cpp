#include "daemon/observe/sync_report.h"

#include "daemon/base/bytes.h"
#include "daemon/base/exit_code.h"
#include "daemon/observe/progress_line.h"

namespace imapkeep {

SyncReport report_sync(const std::string& account, const SyncOutcome& outcome) {
  SyncReport report;
  std::string line = account + ": " + with_commas(outcome.stored) + " new messages stored (" +
                     human_bytes(outcome.stored_bytes) + ")";
  if (outcome.gone > 0) line += ", " + with_commas(outcome.gone) + " left the live tree";
  if (!outcome.error && outcome.owed.empty()) line += "; complete";
  report.lines.push_back(std::move(line));
  for (const std::string& owed : outcome.owed) report.lines.push_back(account + ": owed: " + owed);
  if (outcome.left_out) {
    const auto say = [&](const char* list, const std::string& pattern) {
      report.lines.push_back(account + ": no folder matches " + list + " \"" +
                             printable_utf8(pattern) + "\"");
    };
    // One that names a folder is owed, and said there.
    for (const auto& pattern : outcome.left_out->vain_includes) {
      if (pattern.find_first_of("*?") != std::string::npos) say("include", pattern);
    }
    for (const auto& pattern : outcome.left_out->vain_excludes) say("exclude", pattern);
  }
  if (!outcome.owed.empty()) report.exit_code = kExitOwed;
  if (outcome.error) {
    report.lines.push_back(account + ": " + outcome.error->what);
    report.exit_code = worse_exit_code(report.exit_code, exit_code(outcome.error->trouble));
  }
  return report;
}

}  // namespace imapkeep
