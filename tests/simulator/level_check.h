// Does the mirror equal its server? By three witnesses at once: what the server holds, what the
// journal says is live, and the files in the live tree, message by message: folder, UIDVALIDITY,
// UID, bytes, flags. And what left the server is where it should be.
#pragma once

#include <string>
#include <vector>

#include "tests/simulator/sim_account.h"

namespace imapkeep::sim {

/// Complaints; empty: level. `orphans`: a process died or a disk failed, so complete files that no
/// record claims may have stayed in the live tree (docs/storage.md §6).
std::vector<std::string> check_level(const SimAccount& account, MemoryDisk& disk, bool orphans);
/// The kept area holds what left the server after the mirror had it, no oftener than it left, and
/// nothing else. With on_expunge: remove, only what there was a reason to keep (kept_reasons.h).
/// `orphans`: see check_level; such a file may have its name in the kept area.
std::vector<std::string> check_kept(const SimAccount& account, MemoryDisk& disk, bool orphans);
/// Files in a tmp directory of the account's store.
std::vector<std::string> leftovers(const SimAccount& account, const MemoryDisk& disk);

}  // namespace imapkeep::sim
