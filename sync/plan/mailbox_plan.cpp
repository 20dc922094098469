#include "sync/plan/mailbox_plan.h"

#include <algorithm>
#include <unordered_map>

namespace imapkeep {
namespace {

bool listing_due(const FolderCursor& remembered, std::int64_t now_ms) {
  // A date in the future is a clock that was set back, and proves nothing.
  return remembered.listed_at_ms > now_ms || now_ms - remembered.listed_at_ms >= kListAgainMs;
}

bool same_generation(const FolderCursor& remembered, const MailboxFacts& server) {
  return server.uid_validity && remembered.uid_validity.value == *server.uid_validity;
}

// RFC 7162 §6: mod-sequences that went back are a server restored from a backup.
bool trusts_mod_seq(const FolderCursor& remembered, const MailboxFacts& server) {
  return remembered.highest_mod_seq.value != 0 && server.highest_mod_seq && server.uid_next &&
         *server.highest_mod_seq >= remembered.highest_mod_seq.value &&
         *server.uid_next >= remembered.uid_next;
}

bool within(UidRange window, Uid uid) { return window.first <= uid && uid <= window.last; }

}  // namespace

FolderVisit decide_visit(const FolderCursor& remembered, const MailboxFacts& server, bool owed,
                         std::int64_t now_ms) {
  if (!remembered.complete) return FolderVisit::kUnfinished;
  if (owed) return FolderVisit::kOwed;
  if (listing_due(remembered, now_ms)) return FolderVisit::kListingDue;
  if (!server.uid_validity || !server.uid_next || !server.messages || !server.highest_mod_seq ||
      remembered.highest_mod_seq.value == 0) {
    return FolderVisit::kUnknowable;
  }
  const bool unchanged = *server.uid_validity == remembered.uid_validity.value &&
                         *server.uid_next == remembered.uid_next &&
                         *server.messages == remembered.exists &&
                         *server.highest_mod_seq == remembered.highest_mod_seq.value;
  return unchanged ? FolderVisit::kSkip : FolderVisit::kChanged;
}

FolderWork decide_work(const FolderCursor& remembered, const MailboxFacts& examined, bool condstore,
                       std::int64_t now_ms) {
  FolderWork work;
  work.uids_persist = examined.uid_validity.has_value();
  work.new_generation =
      remembered.uid_validity.value != 0 && !same_generation(remembered, examined);
  if (!same_generation(remembered, examined)) {
    // Nothing is remembered of these UIDs: the list finds them, and their facts bring the flags.
    // After the loss of a ledger, or half of an interrupted pass, messages may be known all the
    // same, so flags are read as well.
    return work;
  }

  // The ordinary visit, unless something below says more.
  if (condstore && trusts_mod_seq(remembered, examined)) {
    const bool equal = *examined.highest_mod_seq == remembered.highest_mod_seq.value;
    work.flags = equal ? FlagsScan::kNone : FlagsScan::kChangedSince;
    if (!equal) work.changed_since = remembered.highest_mod_seq;
  }
  const bool uid_next_fits =
      remembered.uid_next != 0 && examined.uid_next && *examined.uid_next >= remembered.uid_next;
  work.uid_list = !remembered.complete || listing_due(remembered, now_ms) || !uid_next_fits;
  if (!work.uid_list && *examined.uid_next - remembered.uid_next > kMostNewUids)
    work.uid_list = true;
  if (!work.uid_list && *examined.uid_next > remembered.uid_next) {
    work.new_uids = UidRange{Uid{static_cast<std::uint32_t>(remembered.uid_next)},
                             Uid{static_cast<std::uint32_t>(*examined.uid_next - 1)}};
  }
  return work;
}

bool needs_uid_list(std::uint64_t known, std::uint64_t exists) { return known != exists; }

bool is_plausible_list(std::uint64_t listed, std::uint64_t exists) {
  constexpr std::uint64_t kGhosts = 1000;
  return listed <= kGhosts || listed - kGhosts <= 2 * exists;
}

UidDifference compare_uids(const UidSet& stored, const UidSet& listed) {
  return {listed.minus(stored), stored.minus(listed)};
}

WindowDifference compare_window(UidRange window, std::span<const KnownMessage> known,
                                std::span<const ListedMessage> listed, bool complete) {
  std::unordered_map<Uid, const ListedMessage*> answers;
  answers.reserve(listed.size());
  for (const ListedMessage& message : listed) {
    if (!within(window, message.uid)) continue;
    const auto [at, is_new] = answers.try_emplace(message.uid, &message);
    // An answer without flags says only that the message is there.
    if (!is_new && message.flags) at->second = &message;
  }

  WindowDifference difference;
  for (const KnownMessage& message : known) {
    const Uid uid = message.key.uid;
    if (!within(window, uid)) continue;
    const auto answer = answers.find(uid);
    if (answer == answers.end()) {
      if (complete) difference.absent.add(uid);
      continue;
    }
    const auto& flags = answer->second->flags;
    if (flags && *flags != message.flags) difference.flags.push_back({message.key, *flags});
    answers.erase(answer);
  }

  std::vector<Uid> unknown;
  unknown.reserve(answers.size());
  for (const auto& [uid, message] : answers) unknown.push_back(uid);
  std::sort(unknown.begin(), unknown.end());
  for (const Uid uid : unknown) difference.to_fetch.add(uid);
  return difference;
}

UidSet confirm_absence(const UidSet& absent, const UidSet& listed, std::uint64_t exists) {
  if (listed.count() != exists) return {};
  return absent.minus(listed);
}

}  // namespace imapkeep
