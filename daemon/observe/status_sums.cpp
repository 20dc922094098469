#include "daemon/observe/status_sums.h"

#include <map>
#include <utility>

#include "daemon/observe/status_choice.h"
#include "daemon/observe/status_words.h"

namespace imapkeep {

StoredSum stored_sum(const AccountReport& report) {
  StoredSum sum;
  for (const LedgerFolder& folder : report.folders) {
    if (is_left_out(report, folder)) continue;
    ++sum.folders;
    sum.stored += folder.stored;
    sum.bytes += folder.stored_bytes;
  }
  return sum;
}

std::vector<FolderWaits> waits_of(const AccountReport& report) {
  std::map<FolderId, FolderWaits> waits;
  for (const WaitingDeparture& one : report.waiting) {
    FolderWaits& folder = waits[one.folder];
    folder.name = folder_name(report, one.folder);
    (one.for_person ? folder.for_person : folder.for_pass) += one.uids.count();
    if (folder.since_ms == 0 || one.since_ms < folder.since_ms) folder.since_ms = one.since_ms;
  }
  std::vector<FolderWaits> folders;
  for (auto& one : waits) folders.push_back(std::move(one.second));
  return folders;
}

}  // namespace imapkeep
