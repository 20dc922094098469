#include "sync/plan/visit_facts.h"

#include <algorithm>

namespace imapkeep {

UidSet VisitFacts::files_missing() const {
  const auto found = missing.find(generation());
  return found == missing.end() ? UidSet() : found->second;
}

UidSet VisitFacts::quarantined_and_stored() const {
  UidSet uids;
  for (const MessageKey& key : quarantined) {
    if (key.uid_validity == generation()) uids.add(key.uid);
  }
  return uids.intersect(stored);
}

std::optional<UidValidity> VisitFacts::next_old_generation() const {
  for (const MessageKey& key : quarantined) {
    const UidValidity old = key.uid_validity;
    if (old == generation() || stored_of_old.contains(old)) continue;
    if (std::find(generations.begin(), generations.end(), old) != generations.end()) return old;
  }
  return std::nullopt;
}

void VisitFacts::take_for_list(const UidSet& uids) {
  listed = uids;
  listed_all = true;
  list_complete = true;
}

}  // namespace imapkeep
