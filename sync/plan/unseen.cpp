#include "sync/plan/unseen.h"

#include <utility>

namespace imapkeep {
namespace {

// Of one folder. More are told of in one sentence: a server may list as many as it likes.
constexpr std::uint64_t kMostToldOneByOne = 1000;

// Nothing is written down of most of them: the next pass asks again.
void owe_folder(UnseenVerdict& verdict, const Unseen& unseen, const UidSet& owed) {
  std::string why = "the server lists " + std::to_string(owed.count()) +
                    " messages and does not show them; ask whoever runs it";
  bool said = false;
  for (const auto& [uid, refusal] : unseen.refused) {
    if (!owed.contains(uid)) continue;
    // These are few, and were found out at some cost.
    if (refusal.costs_connection) {
      verdict.quarantines.push_back({UidSet::of(uid, uid), refusal.why});
    } else if (!std::exchange(said, true)) {
      why += "; of UID " + std::to_string(uid.value) + ": " + refusal.why;
    }
  }
  verdict.owed = server_error(std::move(why));
}

}  // namespace

UidSet Unseen::uids() const {
  UidSet uids = vanished;
  for (const auto& one : refused) uids.add(one.first);
  return uids;
}

UnseenVerdict judge_unseen(const Unseen& unseen, const UidSet& listed, bool is_whole,
                           bool asked_again) {
  UnseenVerdict verdict;
  const UidSet all = unseen.uids();
  if (is_whole) verdict.gone = all.minus(listed);
  const UidSet owed = all.minus(verdict.gone);
  if (owed.count() > kMostToldOneByOne) {
    owe_folder(verdict, unseen, owed);
    return verdict;
  }
  UidSet shown_nothing = owed;
  for (const auto& [uid, refusal] : unseen.refused) {
    shown_nothing.remove(uid);
    if (owed.contains(uid)) verdict.quarantines.push_back({UidSet::of(uid, uid), refusal.why});
  }
  if (!asked_again) {
    verdict.to_ask_again = std::move(shown_nothing);
  } else if (!shown_nothing.empty()) {
    verdict.quarantines.push_back(
        {std::move(shown_nothing), "the server lists this message and does not show it"});
  }
  return verdict;
}

}  // namespace imapkeep
