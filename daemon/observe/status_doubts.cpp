#include "daemon/observe/status_doubts.h"

#include <fmt/format.h>

#include "daemon/base/bytes.h"
#include "daemon/base/sentence.h"
#include "daemon/observe/progress_line.h"
#include "daemon/observe/status_words.h"
#include "sync/plan/identity_check.h"

namespace imapkeep {
namespace {

// So often in a row is no repair of a mailbox any more.
constexpr std::uint32_t kAlwaysAnew = 3;

}  // namespace

std::string unusual_of(const FolderCursor& cursor) {
  std::string text;
  if (cursor.renumbered >= kAlwaysAnew) {
    text =
        "the server numbers its messages anew at every visit, so all of them are fetched each "
        "time";
  }
  if (cursor.vain_checks >= kVainChecks) {
    if (!text.empty()) text += "; ";
    text +=
        "the server changes what it announces of messages (date, size, mailbox id) while their "
        "bytes stay the same, so this is not compared any more";
  }
  return text;
}

std::string doubt_lines(const AccountReport& report) {
  std::string text;
  if (report.other_sizes > 0) {
    text += fmt::format(
        "  {} messages have another size than the server announced: many servers count wrongly; "
        "where only a few differ, compare them with the server (`rfc822` and `S=` in the "
        "journal)\n",
        with_commas(report.other_sizes));
  }
  for (const DoubtfulMessage& message : report.doubtful) {
    text += fmt::format("  in doubt: {}, UID {}: {}; the longer one is kept\n",
                        folder_name(report, message.key.folder), message.key.uid.value,
                        sentence_shown(message.why, 500));
  }
  for (const LedgerFolder& folder : report.folders) {
    const std::string unusual = unusual_of(folder.cursor);
    if (unusual.empty()) continue;
    text += "  " + folder_name(folder) + ": " + unusual + "\n";
  }
  return text;
}

}  // namespace imapkeep
