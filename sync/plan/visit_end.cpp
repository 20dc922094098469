#include "sync/plan/visit_end.h"

#include <string>
#include <utility>

#include "sync/plan/mailbox_plan.h"
#include "sync/plan/next_cursor.h"

namespace imapkeep {
namespace {

/// Messages whose flags nobody can promise to be those of the server.
UidSet flags_unknown(const VisitFacts& found) {
  UidSet unknown = found.without_flags;
  if (found.flags) {
    unknown.add(found.flags->unsaid);
    // Nothing at all was said of these: they are gone, unless the list has them.
    const UidSet& silent = found.flags->silent;
    unknown.add(found.listed_all ? silent.intersect(found.listed) : silent);
  }
  return unknown.intersect(found.stored);
}

Error owed_flags(const UidSet& unknown) {
  const bool one = unknown.count() == 1;
  return server_error("the server does not say the flags of " + std::to_string(unknown.count()) +
                      (one ? " message" : " messages") + " (UID " + unknown.highest(1).str() +
                      (one ? "" : " and lower") +
                      "); the mail itself is stored, and the next pass asks again");
}

/// It was never stored and is not on the server any more: nothing is owed. What is stored leaves
/// as any other message does that is absent: by two witnesses.
std::vector<MessageKey> never_stored(const VisitFacts& found, bool whole) {
  std::vector<MessageKey> keys;
  if (!found.list_complete) return keys;
  for (const MessageKey& key : found.quarantined) {
    const bool current = key.uid_validity == found.generation();
    if (current ? found.listed.contains(key.uid) : !whole) continue;
    const auto old = found.stored_of_old.find(key.uid_validity);
    const bool stored = current ? found.stored.contains(key.uid)
                                : old != found.stored_of_old.end() && old->second.contains(key.uid);
    if (!stored) keys.push_back(key);
  }
  return keys;
}

}  // namespace

VisitEnd end_visit(const VisitFacts& found, std::int64_t now_ms) {
  VisitEnd end;
  const UidSet unstored = found.listed.minus(found.stored);
  end.stored = found.stored.count();
  end.unstored = unstored.count();
  end.whole = !found.listed_all || (found.list_complete && unstored.empty());
  if (found.list_complete) end.absent = compare_uids(found.stored, found.listed).absent;
  if (!end.absent.empty()) end.listed = found.listed;
  end.never_stored = never_stored(found, end.whole);
  for (const UidValidity generation : found.generations) {
    if (generation == found.generation() || !found.listed_all || !end.whole) continue;
    end.ended_generations.push_back(generation);
  }

  end.cursor = found.numbers;
  // Without its mod-sequence all flags are asked for next time.
  const UidSet unknown = flags_unknown(found);
  if (!unknown.empty()) end.owed = owed_flags(unknown);
  const bool unreadable = found.flags && found.flags->unreadable;
  if (!unknown.empty() || unreadable) end.cursor.highest_mod_seq = ModSeq{};
  end.files_are_known = found.missing.empty();
  end.cursor.listed_at_ms = found.list_complete ? now_ms : found.remembered.listed_at_ms;
  carry_on(
      end.cursor, found.remembered, found.examined,
      {found.listed, !end.absent.empty(), found.listed_all && !found.list_complete, found.doubted,
       found.flags && !found.flags->altered.empty(), found.checked_same, found.checked_other});
  end.afterwards = end.cursor;
  end.afterwards.complete = end.whole;
  end.cursor.complete = end.whole && end.absent.empty() && end.ended_generations.empty();
  return end;
}

}  // namespace imapkeep
