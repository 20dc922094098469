#include "sync/plan/mailbox_machine.h"

#include <string>
#include <utility>

#include "sync/plan/unseen.h"
#include "sync/plan/visit_end.h"

namespace imapkeep {
using visit::Action;

MailboxMachine::MailboxMachine(Folder folder) : folder_(std::move(folder)) {
  found_.remembered = folder_.remembered;
}

visit::Actions MailboxMachine::on(visit::Event event, std::int64_t now_ms) {
  now_ms_ = now_ms;
  const bool goes_on = std::visit([this](auto& happened) { return take(happened); }, event);
  if (goes_on) next();
  return std::exchange(actions_, {});
}

// The life of a visit. Each case is what follows when its answer has come; what need not be asked
// falls through to what comes behind it.
void MailboxMachine::next() {
  switch (stage_) {
    case Stage::kBegin:
      ask(Stage::kFiles, Kind::kLookAtFiles);
      actions_.back().all = listing_due(found_.remembered, now_ms_);
      // Decided once: later, another answer would be about another moment.
      may_skip_ = decide_visit(found_.remembered, folder_.listed, folder_.quarantined > 0,
                               now_ms_) == FolderVisit::kSkip;
      actions_.back().may_skip = may_skip_;
      return;

    case Stage::kFiles:
      if (may_skip_ && found_.missing.empty()) {
        allow_next();
        return end({Kind::kSkip});
      }
      prefetch_ = possible_prefetch();
      ask(Stage::kExamine, prefetch_ ? Kind::kPrefetch : Kind::kExamine);
      if (prefetch_) actions_.back().prefetch = *prefetch_;
      return;

    case Stage::kExamine:
      if (!work_.uids_persist) {
        return end({.kind = Kind::kFail,
                    .error = server_error("the server gives this mailbox no UIDVALIDITY, so its "
                                          "UIDs cannot be relied on; it is not mirrored in this "
                                          "version",
                                          Remedy::kSkipMessage)});
      }
      if (prefetch_) {
        if (prefetch_->uid_validity == generation()) return go_on_with_prefetch();
        // It has been made anew since LIST: what was asked for is not what was meant.
        act({Kind::kDropPrefetch});
        prefetch_.reset();
      }
      if (is_doubtful_count(found_.remembered, folder_.listed, found_.examined)) {
        return ask(Stage::kCount, Kind::kAskCount);
      }
      return ask(Stage::kStored, Kind::kFindStored);

    // A second answer to how many there are: mail may have come or gone since the first one. NOOP
    // lets the server say here what STATUS counts already.
    case Stage::kCount:
      if (!count_.agrees()) return ask(Stage::kNoop, Kind::kNoop);
      [[fallthrough]];
    case Stage::kNoop:
      if (count_.agrees()) count_.forget_status();
      return ask(Stage::kStored, Kind::kFindStored);

    case Stage::kStored:
      found_.stored = found_.stored.minus(found_.files_missing());
      // A file was missing and could not be had again. If it is there now, somebody has put it
      // back, or a batch that was condemned; storing it again is what ends the quarantine.
      recheck_ = found_.quarantined_and_stored();
      if (work_.flags != FlagsScan::kNone && !found_.stored.empty()) return ask_flags();
      [[fallthrough]];

    case Stage::kFlags:
      if (found_.flags) recheck_.add(found_.flags->altered);
      // What is doubted and announced as before may still be other mail of the same size and date.
      // Where announcements are no sign any more a header is none either: a draft keeps its own.
      if (const UidSet uids = doubted(); work_.compare != Comparison::kAll) {
        recheck_.add(uids);
      } else if (!uids.empty()) {
        return ask(Stage::kHeaders, Kind::kCompareHeaders, uids);
      }
      [[fallthrough]];

    case Stage::kHeaders: {
      found_.stored = found_.stored.minus(recheck_);
      if (needs_list()) return ask(Stage::kList, Kind::kListUids);
      UidSet wanted;
      if (work_.new_uids) wanted.add(*work_.new_uids);
      return fetch(wanted.minus(found_.stored));
    }

    case Stage::kList:
      found_.listed = std::move(answer_);
      found_.listed_all = true;
      found_.list_complete = found_.listed.count() == count_.exists() && count_.agrees();
      list_is_due_ = false;
      // Mail may have come or gone between the two answers; NOOP lets the server say so.
      if (!found_.list_complete && !std::exchange(listed_again_, true)) {
        return ask(Stage::kList, Kind::kListAgain);
      }
      if (!found_.list_complete) say_disagreement(found_.listed.count());
      // A list that names far more UIDs than there are messages would be asked for without end.
      // What the server shows when it is asked for everything is at most what it has.
      if (!found_.list_complete && !is_plausible_list(found_.listed.count(), count_.expected())) {
        return ask(Stage::kShown, Kind::kListByFetch);
      }
      return fetch(compare_uids(found_.stored, found_.listed).to_fetch);

    case Stage::kShown:
      found_.listed = std::move(answer_);
      if (!is_plausible_list(found_.listed.count(), count_.expected())) {
        return end({.kind = Kind::kKeepAndFail,
                    .error = server_error("the server shows far more messages than the " +
                                              std::to_string(count_.exists()) +
                                              " that it counts; ask whoever runs it",
                                          Remedy::kSkipMessage)});
      }
      return fetch(compare_uids(found_.stored, found_.listed).to_fetch);

    case Stage::kFetch:
      if (prefetch_ && prefetch_->whole && !found_.listed_all) take_prefetch_for_list();
      if (came_.unfinished) return end({Kind::kEndForNow});
      prefetch_.reset();
      found_.without_flags.add(came_.without_flags);
      if (came_.unseen.uids().empty()) return recount();
      // Only a range was asked for so far. What of it came is recorded first: a list compared
      // before that would have it fetched, and stored, a second time.
      list_is_due_ = !found_.listed_all;
      if (list_is_due_) return recount();
      if (next_is_allowed_) return end({Kind::kEndForNow});
      // Some servers go on listing what another client has expunged until they are made to look.
      return ask(Stage::kWhetherGone, Kind::kListAgain);

    case Stage::kWhetherGone:
      return weigh_unseen();

    case Stage::kRecount:
      if (!found_.listed_all &&
          (list_is_due_ ||
           needs_uid_list(found_.stored.count() + folder_.quarantined, count_.exists()))) {
        if (next_is_allowed_) return end({Kind::kEndForNow});
        return ask(Stage::kList, Kind::kListUids);
      }
      [[fallthrough]];

    // A quarantined message may be stored all the same: its file was missing, or it was compared.
    case Stage::kOldStored:
      if (const auto old = found_.next_old_generation()) {
        ask(Stage::kOldStored, Kind::kFindOldStored);
        actions_.back().generation = *old;
        return;
      }
      return end_with_cursor();

    case Stage::kEnd:
      return;
  }
}

void MailboxMachine::ask(Stage stage, Kind kind, UidSet uids) {
  stage_ = stage;
  act({.kind = kind, .uids = std::move(uids)});
}

void MailboxMachine::end(Action action) {
  stage_ = Stage::kEnd;
  act(std::move(action));
}

void MailboxMachine::end_with_cursor() {
  VisitEnd left = end_visit(found_, now_ms_);
  if (left.owed) act({.kind = Kind::kOwe, .error = *left.owed});
  end({.kind = Kind::kWriteCursor, .end = std::move(left)});
}

bool MailboxMachine::take(visit::Examined& examined) {
  found_.numbers = std::move(examined.numbers);
  found_.examined = std::move(examined.facts);
  count_.examined(found_.numbers.exists);
  work_ = decide_work(found_.remembered, found_.examined, examined.condstore, examined.forgets_uids,
                      now_ms_);
  found_.doubted = work_.doubted.has_value();
  return true;
}

bool MailboxMachine::take(visit::Stored& stored) {
  found_.stored = std::move(stored.uids);
  found_.quarantined = std::move(stored.quarantined);
  found_.checked_same = stored.checked_same;
  found_.checked_other = stored.checked_other;
  looked_at_ = std::move(stored.looked_at);
  return true;
}

bool MailboxMachine::take(visit::FilesSeen& seen) {
  found_.generations = std::move(seen.generations);
  found_.missing = std::move(seen.missing);
  may_prefetch_ = seen.may_prefetch;
  return true;
}

bool MailboxMachine::take(const visit::HeadersCompared& compared) {
  recheck_.add(compared.differ);
  recheck_.add(compared.unknown);
  return true;
}

// Without a list nobody knows whether the end of the bodies is the end of the questions.
bool MailboxMachine::take(const visit::AllAsked& /*asked*/) {
  if (found_.listed_all || (prefetch_ && prefetch_->whole)) allow_next();
  return false;
}

// A server may answer what was asked for together with EXAMINE before it answers that.
bool MailboxMachine::take(visit::Listed& listed) {
  answer_ = std::move(listed.uids);
  if (stage_ != Stage::kExamine) return true;
  early_list_ = EarlyList::kCame;
  return false;
}

// Nothing can have arrived before the flags are asked for, and nothing else is to be kept when the
// store or the ledger has failed. STATUS of the mailbox that is selected is refused by some
// servers: then nothing contradicts EXAMINE.
bool MailboxMachine::take(const visit::Failed& failed) {
  switch (stage_) {
    case Stage::kCount:
      if (failed.error.remedy == Remedy::kSkipMessage) return true;
      break;
    case Stage::kExamine:
      // The server may be one that cannot have commands behind its EXAMINE.
      if (prefetch_ && !failed.token_refused) act({Kind::kBlamePrefetch});
      break;
    case Stage::kFlags:
    case Stage::kHeaders:
    case Stage::kList:
    case Stage::kShown:
    case Stage::kFetch:
    case Stage::kWhetherGone:
      end({.kind = Kind::kKeepAndFail, .error = failed.error});
      return false;
    default:
      break;
  }
  end({.kind = Kind::kFail, .error = failed.error});
  return false;
}

// Refused: it was asked for before EXAMINE was answered, with a count from LIST. Once more, then,
// by itself.
bool MailboxMachine::take(const visit::EarlyListFailed& failed) {
  if (failed.error.remedy != Remedy::kSkipMessage) {
    end({.kind = Kind::kKeepAndFail, .error = failed.error});
    return false;
  }
  act({Kind::kBlamePrefetch});
  early_list_ = EarlyList::kRefused;
  if (stage_ == Stage::kList) ask(Stage::kList, Kind::kListUids);
  return false;
}

void MailboxMachine::allow_next() {
  if (next_is_allowed_ || !folder_.is_followed) return;
  next_is_allowed_ = true;
  act({Kind::kAllowNext});
}

std::optional<Prefetch> MailboxMachine::possible_prefetch() const {
  if (!folder_.is_followed || folder_.quarantined > 0 || !found_.missing.empty()) return {};
  if (!may_prefetch_) return {};
  return decide_prefetch(found_.remembered, folder_.listed, found_.generations);
}

// Nothing of this generation is stored, and the list or the messages themselves are on their way.
void MailboxMachine::go_on_with_prefetch() {
  act({Kind::kKeepPrefetch});
  if (prefetch_->whole) return fetch(UidSet());
  stage_ = Stage::kList;
  if (early_list_ == EarlyList::kCame) return next();
  if (early_list_ == EarlyList::kRefused) ask(Stage::kList, Kind::kListUids);
}

void MailboxMachine::ask_flags() {
  ask(Stage::kFlags, Kind::kFetchFlags, found_.stored);
  if (work_.flags == FlagsScan::kChangedSince) actions_.back().since = work_.changed_since;
  actions_.back().announcements = work_.compare != Comparison::kNone;
}

UidSet MailboxMachine::doubted() const {
  if (!work_.doubted) return {};
  return UidSet::of(work_.doubted->first, work_.doubted->last)
      .intersect(found_.stored)
      .minus(recheck_)
      .minus(looked_at_);
}

bool MailboxMachine::needs_list() {
  if (!recheck_.empty()) return true;
  const bool due = work_.uid_list || !count_.agrees() || found_.missing.contains(generation()) ||
                   folder_.quarantined > 0;
  return due && !take_flags_for_list();
}

/// The flags of all known messages were asked for. When as many answered as the mailbox has, and
/// none came or went meanwhile, they are all that there are: the UIDs are not asked for again.
bool MailboxMachine::take_flags_for_list() {
  const bool all = found_.flags && count_.agrees() && work_.flags == FlagsScan::kFull &&
                   !count_.has_moved() && found_.flags->answered.count() == count_.exists();
  if (all) found_.take_for_list(found_.flags->answered);
  return all;
}

/// As many messages as EXAMINE counted, all of them asked for: as good as a list. What came between
/// LIST and EXAMINE was not asked for, and a count that EXPUNGE has lowered since proves nothing.
void MailboxMachine::take_prefetch_for_list() {
  const bool all_asked = folder_.listed.uid_next == found_.numbers.uid_next;
  list_is_due_ = !all_asked || came_.prefetched.count() != found_.numbers.exists;
  if (!list_is_due_) found_.take_for_list(came_.prefetched);
}

void MailboxMachine::say_disagreement(std::uint64_t listed) {
  found_.list_complete = false;
  const std::string exists = std::to_string(count_.exists());
  act({.kind = Kind::kOwe,
       .error =
           server_error(listed == count_.exists()
                            ? "STATUS says " + std::to_string(count_.by_status()) +
                                  " messages and EXAMINE " + exists + "; the next pass looks again"
                            : "the server lists " + std::to_string(listed) + " UIDs of " + exists +
                                  " messages")});
}

void MailboxMachine::fetch(UidSet wanted) {
  if (!wanted.empty() || prefetch_) return ask(Stage::kFetch, Kind::kFetch, std::move(wanted));
  stage_ = Stage::kFetch;
  came_ = {};
  next();
}

void MailboxMachine::weigh_unseen() {
  const bool is_whole = answer_.count() == count_.exists() && count_.agrees();
  if (!is_whole) say_disagreement(answer_.count());
  const bool again = std::exchange(fetched_again_, true);
  UnseenVerdict verdict = judge_unseen(came_.unseen, answer_, is_whole, again);
  found_.listed = found_.listed.minus(verdict.gone);
  for (auto& [uids, why] : verdict.quarantines) {
    act({.kind = Kind::kQuarantine, .uids = std::move(uids), .why = std::move(why)});
  }
  if (verdict.owed) act({.kind = Kind::kOwe, .error = *verdict.owed});
  if (!verdict.to_ask_again.empty()) return fetch(std::move(verdict.to_ask_again));
  recount();
}

void MailboxMachine::recount() {
  if (found_.listed_all && !list_is_due_) allow_next();
  ask(Stage::kRecount, Kind::kRecount);
}

}  // namespace imapkeep
