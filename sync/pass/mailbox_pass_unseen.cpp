// MailboxPass, of messages that were asked for and did not come: are they gone, or owed?
#include <algorithm>
#include <utility>

#include "sync/pass/mailbox_pass.h"

namespace imapkeep {
namespace {

// Of one folder. More are told of in one sentence: a server may list as many as it likes.
constexpr std::uint64_t kMostToldOneByOne = 1000;

}  // namespace

void MailboxPass::ask_whether_gone(UidSet unseen) {
  if (next_was_allowed_) return end_for_now();
  // Some servers go on listing what another client has expunged until they are made to look.
  operation_ = deps_.connection.noop([this, unseen](const Result<Done>& looked) {
    if (!looked) return flush_and_fail(looked.error());
    operation_ = deps_.connection.search_all(
        expected(),
        [this, unseen](const Result<UidSet>& listed) { on_whether_gone(unseen, listed); });
  });
}

void MailboxPass::on_whether_gone(const UidSet& unseen, const Result<UidSet>& listed) {
  if (!listed) return flush_and_fail(listed.error());
  UidSet still = unseen.intersect(*listed);
  if (listed->count() == exists_ && count_agrees()) {
    listed_ = listed_.minus(unseen.minus(still));
  } else {
    say_disagreement(listed->count());
    still = unseen;
  }
  if (still.count() > kMostToldOneByOne) return owe_folder(still);
  UidSet shown_nothing = still;
  for (const auto& refused : refused_) {
    if (still.contains(refused.first)) quarantine(refused.first, refused.second);
    shown_nothing.remove(refused.first);
  }
  if (!shown_nothing.empty() && !fetched_again_) {
    fetched_again_ = true;
    return fetch(shown_nothing);
  }
  for (const UidRange& range : shown_nothing.ranges()) {
    for (std::uint64_t uid = range.first.value; uid <= range.last.value; ++uid) {
      quarantine(Uid{static_cast<std::uint32_t>(uid)},
                 "the server lists this message and does not show it");
    }
  }
  flush_and_recount();
}

// Nothing is written down of most of them: the next pass asks again.
void MailboxPass::owe_folder(const UidSet& not_shown) {
  std::string why = "the server lists " + std::to_string(not_shown.count()) +
                    " messages and does not show them; ask whoever runs it";
  bool said = false;
  for (const auto& [uid, reason] : refused_) {
    if (!not_shown.contains(uid)) continue;
    // These are few, and were found out at some cost.
    if (reason.starts_with(BodyFetch::kCostsConnection)) {
      quarantine(uid, reason);
    } else if (!std::exchange(said, true)) {
      why += "; of UID " + std::to_string(uid.value) + ": " + reason;
    }
  }
  deps_.unstored.add_folder(folder_.display(), server_error(std::move(why)));
  refused_.clear();
  flush_and_recount();
}

void MailboxPass::quarantine(Uid uid, const std::string& reason) {
  const MessageKey key{folder_.id(), examined_.uid_validity, uid};
  const bool is_new = deps_.unstored.quarantine(key, reason, unix_ms(deps_.clock.wall_now()),
                                                deps_.recorder.batch());
  if (!is_new) return;  // told once; `status` says it as long as it lasts
  deps_.log.warning("message quarantined", {{"uid", std::to_string(uid.value)}, {"why", reason}});
}

// A quarantined message may be stored all the same: its file was missing, or it was to be compared.
void MailboxPass::look_at_old_quarantines() {
  const auto& generations = found_.generations;
  for (const MessageKey& key : deps_.unstored.of_folder(folder_.id())) {
    const UidValidity old = key.uid_validity;
    if (old == examined_.uid_validity || stored_of_old_.contains(old)) continue;
    if (std::find(generations.begin(), generations.end(), old) == generations.end()) continue;
    operation_ = ledger_.stored_uids(account_, folder_.id(), old, [this, old](Result<UidSet> uids) {
      if (!uids) return finish(uids.error());
      stored_of_old_[old] = std::move(*uids);
      look_at_old_quarantines();
    });
    return;
  }
  write_cursor();
}

void MailboxPass::end_quarantines(bool whole) {
  if (!list_complete_) return;
  for (const MessageKey& key : deps_.unstored.of_folder(folder_.id())) {
    const bool current = key.uid_validity == examined_.uid_validity;
    if (current ? listed_.contains(key.uid) : !whole) continue;
    // What is stored leaves as any other message does that is absent: by two witnesses.
    if ((current ? stored_ : stored_of_old_[key.uid_validity]).contains(key.uid)) continue;
    // It was never stored and is not on the server any more: nothing is owed.
    StoredPlace place;
    place.folder_path = folder_.path();
    deps_.recorder.batch().departures.push_back({key, place, GoneTo::kLost});
  }
}

void MailboxPass::say_disagreement(std::uint64_t listed) {
  list_complete_ = false;
  const std::string why =
      listed == exists_ ? "STATUS says " + std::to_string(counted_) + " messages and EXAMINE " +
                              std::to_string(exists_) + "; the next pass looks again"
                        : "the server lists " + std::to_string(listed) + " UIDs of " +
                              std::to_string(exists_) + " messages";
  deps_.unstored.add_folder(folder_.display(), server_error(why));
}

}  // namespace imapkeep
