// The small words that every part of `status` uses: how long ago, how many, what a folder is
// called.
#pragma once

#include <string>

#include "daemon/base/clock.h"
#include "sync/state/ledger_report.h"

namespace imapkeep {

/// "5 min ago"; what lies in the future is "0 s ago".
std::string ago(std::int64_t then_ms, WallTime now);

/// "1 folder", "12,000 folders"
std::string counted(std::uint64_t count, const std::string& thing);

std::string folder_name(const LedgerFolder& folder);
/// "folder 7" when the report knows none of this id.
std::string folder_name(const AccountReport& report, FolderId id);

}  // namespace imapkeep
