// What a report adds up to, for every way of showing it: what is stored, and what waits to leave
// the mirror, by folder.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sync/state/ledger_report.h"

namespace imapkeep {

/// Of the folders that the operator's choice does not leave out.
struct StoredSum {
  std::uint64_t folders = 0;
  std::uint64_t stored = 0;
  std::uint64_t bytes = 0;
};
StoredSum stored_sum(const AccountReport& report);

/// What is gone from the server and has not left the mirror, by folder.
struct FolderWaits {
  std::string name;
  std::uint64_t for_person = 0;
  std::uint64_t for_pass = 0;
  std::int64_t since_ms = 0;
};
std::vector<FolderWaits> waits_of(const AccountReport& report);

}  // namespace imapkeep
