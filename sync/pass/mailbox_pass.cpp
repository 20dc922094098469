#include "sync/pass/mailbox_pass.h"

#include <utility>

#include "sync/imap/capabilities.h"
#include "sync/pass/server_facts.h"
#include "sync/plan/next_cursor.h"

namespace imapkeep {

MailboxPass::MailboxPass(Deps deps, Ledger& ledger, AccountId account, MirroredFolder folder,
                         std::function<void()> next_may_examine)
    : deps_(std::move(deps)),
      ledger_(ledger),
      account_(account),
      folder_(std::move(folder)),
      inventory_(deps_.store, ledger_, account_, folder_.remembered),
      next_may_examine_(std::move(next_may_examine)) {}

MailboxPass::~MailboxPass() { deps_.connection.forget_events(this); }

Operation MailboxPass::start(Completion<Outcome> done) {
  done_ = Pending<Outcome>(std::move(done));
  Operation operation = done_.operation([this] { operation_.cancel(); });
  const std::int64_t now_ms = unix_ms(deps_.clock.wall_now());
  may_skip_ = decide_visit(folder_.remembered.cursor, facts_of(folder_.listed.status),
                           folder_.remembered.quarantined > 0, now_ms) == FolderVisit::kSkip;
  operation_ = inventory_.start(
      listing_due(folder_.remembered.cursor, now_ms), may_skip_,
      [this](Result<Inventory::Outcome> inventory) { on_inventory(std::move(inventory)); });
  return operation;
}

void MailboxPass::on_inventory(Result<Inventory::Outcome> inventory) {
  if (!inventory) return finish(inventory.error());
  found_ = std::move(*inventory);
  deps_.recorder.know_token(folder_.path(), found_.token);
  if (!found_.missing.empty()) {
    std::uint64_t missing = 0;
    for (const auto& generation : found_.missing) missing += generation.second.count();
    deps_.log.warning("files are missing in the mirror and are asked for again",
                      {{"messages", std::to_string(missing)}});
  }
  if (may_skip_ && found_.missing.empty()) {
    outcome_.skipped = true;
    outcome_.whole = true;
    const FolderCursor& cursor = folder_.remembered.cursor;
    outcome_.seen = imap::Examined{cursor.uid_validity, cursor.uid_next, cursor.exists,
                                   cursor.highest_mod_seq, cursor.mailbox_id};
    allow_next_examine();
    return remember_token();
  }
  const auto prefetch = possible_prefetch();
  if (prefetch) return start_prefetch(*prefetch);
  examine();
}

std::optional<Prefetch> MailboxPass::possible_prefetch() const {
  if (!next_may_examine_ || folder_.remembered.quarantined > 0 || !found_.missing.empty())
    return {};
  if (!deps_.suspects.may_prefetch(folder_.id())) return {};
  return decide_prefetch(folder_.remembered.cursor, facts_of(folder_.listed.status),
                         found_.generations);
}

void MailboxPass::start_prefetch(const Prefetch& prefetch) {
  examine();
  opened_ = true;
  prefetched_all_ = prefetch.whole;
  make_body_fetch(prefetch.uid_validity);
  if (!prefetched_all_) {
    search_in_prefetch_ = true;
    search_ = deps_.connection.search_all(
        prefetch.messages, [this](Result<UidSet> listed) { on_uids(std::move(listed)); });
  }
  bodies_->prefetch(prefetch.uids, prefetch.messages);
}

void MailboxPass::examine() {
  at_server_ = true;
  operation_ = deps_.connection.examine(
      folder_.listed.name,
      [this](Result<imap::Examined> examined) { on_examined(std::move(examined)); });
}

void MailboxPass::on_examined(Result<imap::Examined> examined) {
  if (!examined) {
    // The server may be one that cannot have commands behind its EXAMINE.
    if (opened_ && !deps_.connection.refused_token()) deps_.suspects.prefetch_lost(folder_.id());
    return finish(examined.error());
  }
  // Whatever is said from now on is about this mailbox.
  deps_.connection.set_events(this);
  examined_ = *examined;
  exists_ = examined_.exists;
  outcome_.seen = examined_;
  work_ = decide_work(folder_.remembered.cursor, facts_of(examined_),
                      deps_.connection.capabilities().has("CONDSTORE"),
                      habits_of(deps_.connection.server_name()).forgets_uids,
                      unix_ms(deps_.clock.wall_now()));
  if (!work_.uids_persist) {
    return finish(server_error(
        "the server gives this mailbox no UIDVALIDITY, so its UIDs cannot be relied on; it is not "
        "mirrored in this version",
        Remedy::kSkipMessage));
  }
  if (opened_) {
    const auto status = facts_of(folder_.listed.status);
    if (examined_.uid_validity.value == status.uid_validity) return on_opened();
    // It has been made anew since LIST: what was asked for is not what was meant.
    opened_ = false;
    prefetched_all_ = false;
    search_.cancel();
    bodies_.reset();
  }
  const bool doubtful = is_doubtful_count(folder_.remembered.cursor,
                                          facts_of(folder_.listed.status), facts_of(examined_));
  if (doubtful) return ask_count();
  find_stored();
}

void MailboxPass::find_stored() {
  operation_ = ledger_.stored_uids(account_, folder_.id(), examined_.uid_validity,
                                   [this](Result<UidSet> stored) { on_stored(std::move(stored)); });
}

// Nothing of this generation is stored, and the list or the messages themselves are on their way.
void MailboxPass::on_opened() {
  bodies_->examined();
  if (prefetched_all_) fetch(UidSet());
}

void MailboxPass::on_stored(Result<UidSet> stored) {
  if (!stored) return finish(stored.error());
  stored_ = std::move(*stored);
  const auto missing = found_.missing.find(examined_.uid_validity);
  if (missing != found_.missing.end()) stored_ = stored_.minus(missing->second);
  // Its file was missing and could not be had again. If it is there now, somebody has put it back,
  // or a batch that was condemned; storing it again is what ends the quarantine.
  for (const MessageKey& key : deps_.unstored.of_folder(folder_.id())) {
    if (key.uid_validity == examined_.uid_validity) recheck_.add(key.uid);
  }
  recheck_ = recheck_.intersect(stored_);
  if (work_.flags == FlagsScan::kNone || stored_.empty()) return check_doubted();
  FlagChanges::Scan scan;
  if (work_.flags == FlagsScan::kChangedSince) scan.since = work_.changed_since;
  scan.announcements = work_.compare != Comparison::kNone;
  make_flag_changes();
  operation_ = flags_->start(stored_, scan, [this](Result<Done> done) { on_flags_level(done); });
}

void MailboxPass::on_flags_level(Result<Done> done) {
  if (!done) return flush_and_fail(done.error());
  recheck_.add(flags_->altered());
  check_doubted();
}

/// What is doubted and announced as before may still be other mail of the same size and date.
void MailboxPass::check_doubted() {
  if (!work_.doubted) return find_new();
  const UidSet doubted = UidSet::of(work_.doubted->first, work_.doubted->last)
                             .intersect(stored_)
                             .minus(recheck_)
                             .minus(deps_.suspects.rechecked(folder_.id(), examined_.uid_validity));
  // Where announcements are no sign any more a header is none either: a draft keeps its own.
  if (work_.compare != Comparison::kAll) recheck_.add(doubted);
  if (doubted.empty() || work_.compare != Comparison::kAll) return find_new();
  headers_ = std::make_unique<HeaderCheck>(
      HeaderCheck::Deps{deps_.connection, deps_.store, ledger_, deps_.suspects},
      HeaderCheck::Folder{account_, folder_.id(), examined_.uid_validity, folder_.path()});
  operation_ = headers_->start(
      doubted, [this](const Result<HeaderCheck::Outcome>& compared) { on_headers(compared); });
}

void MailboxPass::on_headers(const Result<HeaderCheck::Outcome>& compared) {
  deps_.recorder.note_agreed(folder_.id(), examined_.uid_validity,
                             compared ? compared->agree : headers_->so_far().agree);
  if (!compared) return flush_and_fail(compared.error());
  recheck_.add(compared->differ);
  recheck_.add(compared->unknown);
  find_new();
}

void MailboxPass::find_new() {
  stored_ = stored_.minus(recheck_);
  const bool files_missing = found_.missing.contains(examined_.uid_validity);
  const bool owed = folder_.remembered.quarantined > 0;
  const bool due = work_.uid_list || !count_agrees() || files_missing || owed;
  if (!recheck_.empty() || (due && !take_flags_for_list())) return list_uids();
  UidSet wanted;
  if (work_.new_uids) wanted.add(*work_.new_uids);
  fetch(wanted.minus(stored_));
}

void MailboxPass::list_uids() {
  operation_ = deps_.connection.search_all(
      expected(), [this](Result<UidSet> listed) { on_uids(std::move(listed)); });
}

void MailboxPass::on_uids(Result<UidSet> listed) {
  if (!listed) {
    const bool refused = listed.error().remedy == Remedy::kSkipMessage;
    if (!refused || !std::exchange(search_in_prefetch_, false)) {
      return flush_and_fail(listed.error());
    }
    // It was asked before EXAMINE was answered, with a count from LIST: once more, by itself.
    deps_.suspects.prefetch_lost(folder_.id());
    return list_uids();
  }
  listed_ = std::move(*listed);
  listed_all_ = true;
  list_complete_ = listed_.count() == exists_ && count_agrees();
  if (!list_complete_ && !listed_again_) {
    // Mail may have come or gone between the two answers; NOOP lets the server say so.
    listed_again_ = true;
    operation_ = deps_.connection.noop([this](Result<Done> done) { on_recount(done); });
    return;
  }
  if (!list_complete_) {
    say_disagreement(listed_.count());
    if (!is_plausible_list(listed_.count(), expected())) return list_by_fetch();
  }
  fetch(compare_uids(stored_, listed_).to_fetch);
}

void MailboxPass::on_recount(Result<Done> done) {
  if (!done) return flush_and_fail(done.error());
  list_uids();
}

void MailboxPass::fetch(UidSet wanted) {
  if (!bodies_) {
    if (wanted.empty()) return on_fetched(Done{});
    make_body_fetch(examined_.uid_validity);
  } else if (bodies_->has_all(wanted)) {
    return on_fetched(Done{});
  }
  operation_ = bodies_->start(std::move(wanted),
                              [this](Result<Done> fetched) { on_fetched(std::move(fetched)); });
}

void MailboxPass::make_body_fetch(UidValidity uid_validity) {
  bodies_ = std::make_unique<BodyFetch>(
      deps_, BodyFetch::Folder{folder_.id(), uid_validity, folder_.path(), folder_.display()});
  const auto missing = found_.missing.find(uid_validity);
  bodies_->recheck(recheck_, missing == found_.missing.end() ? UidSet() : missing->second);
  // Without a list nobody knows whether the end of the bodies is the end of the questions.
  bodies_->on_all_asked([this] {
    if (listed_all_ || prefetched_all_) allow_next_examine();
    return next_was_allowed_;
  });
}

void MailboxPass::allow_next_examine() {
  if (next_was_allowed_ || !next_may_examine_) return;
  next_was_allowed_ = true;
  next_may_examine_();
}

void MailboxPass::on_fetched(Result<Done> fetched) {
  if (!fetched) return flush_and_fail(fetched.error());
  if (!bodies_) return flush_and_recount();
  if (prefetched_all_ && !listed_all_) take_prefetch_for_list();
  if (bodies_->unfinished()) return end_for_now();
  prefetched_all_ = false;
  arrived_without_flags_.add(bodies_->without_flags());
  UidSet unseen = bodies_->vanished();
  refused_ = bodies_->refused();
  for (const auto& refused : refused_) unseen.add(refused.first);
  bodies_.reset();
  if (unseen.empty()) return flush_and_recount();
  // Only a range was asked for so far. What of it came is settled first: a list compared before
  // that would have it fetched, and stored, a second time.
  list_is_due_ = !listed_all_;
  if (list_is_due_) return flush_and_recount();
  ask_whether_gone(unseen);
}

/// As many messages as EXAMINE counted, all of them asked for: as good as a list. What came between
/// LIST and EXAMINE was not asked for, and a count that EXPUNGE has lowered since proves nothing.
void MailboxPass::take_prefetch_for_list() {
  const bool all_asked = facts_of(folder_.listed.status).uid_next == examined_.uid_next;
  list_is_due_ = !all_asked || bodies_->prefetched().count() != examined_.exists;
  if (list_is_due_) return;
  listed_ = bodies_->prefetched();
  listed_all_ = true;
  list_complete_ = true;
}

void MailboxPass::flush_and_recount() {
  at_server_ = false;
  if (listed_all_ && !list_is_due_) allow_next_examine();
  operation_ = deps_.recorder.flush({}, [this](Result<Done> flushed) {
    if (!flushed) return finish(flushed.error());
    operation_ =
        ledger_.stored_uids(account_, folder_.id(), examined_.uid_validity,
                            [this](Result<UidSet> stored) { on_recounted(std::move(stored)); });
  });
}

void MailboxPass::on_recounted(Result<UidSet> stored) {
  if (!stored) return finish(stored.error());
  stored_ = std::move(*stored);
  if (!listed_all_ &&
      (list_is_due_ || needs_uid_list(stored_.count() + folder_.remembered.quarantined, exists_))) {
    if (next_was_allowed_) return end_for_now();
    at_server_ = true;
    return list_uids();
  }
  look_at_old_quarantines();
}

void MailboxPass::write_cursor() {
  FolderCursor cursor;
  cursor.folder = folder_.id();
  cursor.uid_validity = examined_.uid_validity;
  cursor.uid_next = examined_.uid_next;
  cursor.exists = examined_.exists;
  if (knows_all_flags()) cursor.highest_mod_seq = examined_.highest_mod_seq;
  // Where files were missing the next pass looks once more, in case one could not be had again.
  if (found_.missing.empty()) cursor.token = deps_.recorder.known_token(folder_.path());
  cursor.listed_at_ms =
      list_complete_ ? unix_ms(deps_.clock.wall_now()) : folder_.remembered.cursor.listed_at_ms;
  const UidSet unstored = listed_.minus(stored_);
  const bool whole = listed_all_ ? list_complete_ && unstored.empty() : true;
  outcome_.whole = whole;
  end_quarantines(whole);
  const UidSet absent = list_complete_ ? compare_uids(stored_, listed_).absent : UidSet{};
  const Rechecks::Tally tally = deps_.recorder.rechecked(folder_.id());
  carry_on(cursor, folder_.remembered.cursor, facts_of(examined_),
           {listed_, !absent.empty(), listed_all_ && !list_complete_, work_.doubted.has_value(),
            flags_ && !flags_->altered().empty(), tally.same, tally.other});
  deps_.suspects.forget_rechecked(folder_.id());
  deps_.recorder.forget_checked(folder_.id());

  FolderCursor afterwards = cursor;
  afterwards.complete = whole;
  if (!absent.empty()) {
    outcome_.absences.push_back({Absence::Of::kMessages, folder_.remembered, examined_.uid_validity,
                                 examined_.uid_validity, absent, afterwards, listed_});
  }
  for (const UidValidity generation : found_.generations) {
    if (generation == examined_.uid_validity || !listed_all_ || !whole) continue;
    outcome_.absences.push_back({Absence::Of::kOldGeneration, folder_.remembered, generation,
                                 examined_.uid_validity, UidSet{}, afterwards});
  }
  cursor.complete = whole && outcome_.absences.empty();
  deps_.log.info("mailbox visited", {{"stored", std::to_string(stored_.count())},
                                     {"exists", std::to_string(exists_)},
                                     {"owed", std::to_string(unstored.count())},
                                     {"absent", std::to_string(absent.count())}});
  operation_ = deps_.recorder.flush({cursor}, [this](Result<Done> flushed) {
    if (!flushed) return finish(flushed.error());
    finish(std::move(outcome_));
  });
}

void MailboxPass::remember_token() {
  // A reader has renamed files and none is missing: not to be looked at until the next change.
  if (found_.token == folder_.remembered.cursor.token) return finish(outcome_);
  FolderCursor cursor = folder_.remembered.cursor;
  cursor.token = found_.token;
  operation_ = deps_.recorder.flush({cursor}, [this](Result<Done> flushed) {
    if (!flushed) return finish(flushed.error());
    finish(outcome_);
  });
}

void MailboxPass::end_for_now() {
  at_server_ = false;
  bodies_.reset();
  outcome_.again = true;
  operation_ = deps_.recorder.flush({}, [this](Result<Done> flushed) {
    if (!flushed) return finish(flushed.error());
    finish(std::move(outcome_));
  });
}

void MailboxPass::flush_and_fail(const Error& error) {
  // What has arrived is worth keeping whatever became of the connection.
  search_.cancel();
  keep_convictions();
  bodies_.reset();
  operation_ = deps_.recorder.flush(
      {}, [this, error](Result<Done> flushed) { finish(flushed ? error : flushed.error()); });
}

void MailboxPass::finish(Result<Outcome> result) {
  deps_.connection.forget_events(this);
  done_.complete(std::move(result));
}

}  // namespace imapkeep
