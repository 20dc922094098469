// A mirror in its simulated world, with the mailbox that is lied about, and what is compared with
// it.
#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/lies/trial.h"
#include "tests/sync/pass/mirror_world.h"

namespace imapkeep::lies {

/// Three folders, INBOX, A and B; in a follow-up they were mirrored and then changed.
struct MirrorProcess {
  explicit MirrorProcess(const Setting& setting);
  MirrorWorld world;
};

/// (folder, bytes): what a person misses when it is not there.
std::multiset<std::pair<std::string, std::string>> mails(const SeenMessages& seen);

/// What a lie says, and then what becomes of the connection.
std::string speak(MirrorWorld& world, const Lie& lie);

// Each adds its complaints to `told`.
/// Bytes that were on the disk and are on the server still, and are nowhere any more.
void find_lost(const MirrorWorld& world, const SeenMessages& before,
               std::vector<std::string>& told);
void find_false_completeness(const MirrorWorld& world, const SyncOutcome& outcome,
                             std::vector<std::string>& told);
/// From now on the truth: after some passes, and the minutes between them, all is as it should be.
void find_lasting_harm(MirrorWorld& world, std::vector<std::string>& told);

}  // namespace imapkeep::lies
