#include "sync/plan/mailbox_plan.h"

#include <algorithm>
#include <unordered_map>

namespace imapkeep {
namespace {

bool same_generation(const FolderCursor& remembered, const MailboxFacts& server) {
  return server.uid_validity && remembered.uid_validity.value == *server.uid_validity;
}

// RFC 7162 §6: mod-sequences that went back are a server restored from a backup.
bool trusts_mod_seq(const FolderCursor& remembered, const MailboxFacts& server) {
  return remembered.highest_mod_seq.value != 0 && server.highest_mod_seq && server.uid_next &&
         *server.highest_mod_seq >= remembered.highest_mod_seq.value &&
         *server.uid_next >= remembered.uid_next;
}

/// What is announced is compared where a server cannot be relied on to keep its UIDs, where it
/// shows that it knows less than it did, and once a day. Else only what has changed is: the mail
/// that took the UIDs of other mail is among that, unless the server hides it.
Comparison decide_comparison(const FolderCursor& remembered, const MailboxFacts& examined,
                             FlagsScan flags, bool forgets_uids, std::int64_t now_ms) {
  if (remembered.vain_checks >= kVainChecks) return Comparison::kNone;
  const bool tells_less =
      !examined.uid_next || (remembered.highest_mod_seq.value != 0 && !examined.highest_mod_seq);
  const bool all = forgets_uids || tells_less || went_back(remembered, examined) ||
                   is_another(remembered, examined) ||
                   (remembered.listed_at_ms != 0 && listing_due(remembered, now_ms));
  if (all) return Comparison::kAll;
  return flags == FlagsScan::kChangedSince ? Comparison::kChanged : Comparison::kNone;
}

/// Everything, when the server may have given any UID to another message. When that was in vain too
/// often, only what it has not numbered yet; and that for as long as something stored under such a
/// UID may still be here.
std::optional<UidRange> decide_doubt(const FolderCursor& remembered, const MailboxFacts& examined) {
  const bool back = went_back(remembered, examined);
  if ((back || is_another(remembered, examined)) && remembered.vain_checks < kVainChecks) {
    return UidRange{Uid{1}, kMaxUid};
  }
  std::uint64_t from = remembered.doubted_from;
  if (back && examined.uid_next) {
    from = from == 0 ? *examined.uid_next : std::min(from, *examined.uid_next);
  }
  if (from == 0 || from > kMaxUid.value) return std::nullopt;
  return UidRange{Uid{static_cast<std::uint32_t>(from)}, kMaxUid};
}

}  // namespace

bool went_back(const FolderCursor& remembered, const MailboxFacts& examined) {
  if (!same_generation(remembered, examined)) return false;
  const bool uids = examined.uid_next && *examined.uid_next < remembered.uid_next;
  // One that is not told any more may be a server that has been told not to offer CONDSTORE.
  const bool mod_seqs =
      examined.highest_mod_seq && *examined.highest_mod_seq < remembered.highest_mod_seq.value;
  return uids || mod_seqs;
}

bool is_another(const FolderCursor& remembered, const MailboxFacts& examined) {
  return !remembered.mailbox_id.empty() && !examined.mailbox_id.empty() &&
         remembered.mailbox_id != examined.mailbox_id;
}

bool listing_due(const FolderCursor& remembered, std::int64_t now_ms) {
  // A date in the future is a clock that was set back, and proves nothing.
  return remembered.listed_at_ms > now_ms || now_ms - remembered.listed_at_ms >= kListAgainMs;
}

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
                       bool forgets_uids, std::int64_t now_ms) {
  FolderWork work;
  work.uids_persist = examined.uid_validity.has_value();
  if (!same_generation(remembered, examined)) {
    // Nothing is remembered of these UIDs: the list finds them, and their facts bring the flags.
    // After the loss of a ledger, half of an interrupted pass, or where an old UIDVALIDITY has come
    // back, messages may be known all the same, so their flags are read, and what is announced of
    // them.
    work.compare = Comparison::kAll;
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
  work.compare = decide_comparison(remembered, examined, work.flags, forgets_uids, now_ms);
  if (work.compare == Comparison::kAll) work.flags = FlagsScan::kFull;
  work.doubted = decide_doubt(remembered, examined);
  return work;
}

bool is_doubtful_count(const FolderCursor& remembered, const MailboxFacts& listed,
                       const MailboxFacts& examined) {
  const std::uint64_t exists = examined.messages.value_or(0);
  if (listed.messages) return *listed.messages > exists;
  if (exists > 0 || examined.uid_next == 1U) return false;
  const bool was_empty = remembered.complete && remembered.exists == 0 && examined.uid_next &&
                         *examined.uid_next == remembered.uid_next &&
                         same_generation(remembered, examined);
  return !was_empty;
}

bool needs_uid_list(std::uint64_t known, std::uint64_t exists) { return known != exists; }

bool is_plausible_list(std::uint64_t listed, std::uint64_t exists) {
  constexpr std::uint64_t kGhosts = 1000;
  return listed <= kGhosts || listed - kGhosts <= 2 * exists;
}

UidDifference compare_uids(const UidSet& stored, const UidSet& listed) {
  return {listed.minus(stored), stored.minus(listed)};
}

AnswerDifference compare_answers(std::span<const KnownMessage> known,
                                 std::span<const ListedMessage> listed) {
  std::unordered_map<Uid, const ListedMessage*> answers;
  answers.reserve(listed.size());
  for (const ListedMessage& message : listed) {
    const auto [at, is_new] = answers.try_emplace(message.uid, &message);
    // An answer without flags says only that the message is there.
    if (!is_new && message.flags) at->second = &message;
  }

  AnswerDifference difference;
  for (const KnownMessage& message : known) {
    const auto answer = answers.find(message.key.uid);
    if (answer == answers.end()) continue;
    const ListedMessage& said = *answer->second;
    if (announced_otherwise(message, said.internal_date, said.rfc822_size)) {
      difference.altered.add(message.key.uid);
    }
    const auto& flags = said.flags;
    if (flags && *flags != message.flags) difference.flags.push_back({message.key, *flags});
  }
  return difference;
}

UidSet confirm_absence(const UidSet& absent, const UidSet& listed, std::uint64_t exists) {
  if (listed.count() != exists) return {};
  return absent.minus(listed);
}

}  // namespace imapkeep
