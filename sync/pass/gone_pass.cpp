#include "sync/pass/gone_pass.h"

#include <utility>

#include "sync/pass/places.h"
#include "sync/plan/mailbox_plan.h"

namespace imapkeep {
namespace {

constexpr std::uint64_t kDeparturesInOneBatch = 500;  // messages that depart in one batch

}  // namespace

GonePass::GonePass(Deps deps, AbsenceReview::Question question, MirrorOptions options,
                   std::vector<Absence> absences, Unstored unstored)
    : deps_(std::move(deps)),
      account_(question.account),
      options_(std::move(options)),
      unstored_(unstored),
      reviewing_({deps_.ledger, deps_.clock, deps_.log}, std::move(question), std::move(absences)) {
}

Operation GonePass::start(Completion<Done> done) {
  done_ = Pending<Done>(std::move(done));
  Operation operation = done_.operation([this] { operation_.cancel(); });
  operation_ = deps_.recorder.flush({}, [this](Result<Done> flushed) {
    if (!flushed) return done_.complete(flushed.error());
    operation_ = reviewing_.start(
        [this](Result<AbsenceReview::Outcome> outcome) { on_reviewed(std::move(outcome)); });
  });
  return operation;
}

void GonePass::on_reviewed(Result<AbsenceReview::Outcome> outcome) {
  if (!outcome) return done_.complete(outcome.error());
  review_ = std::move(*outcome);
  unfinished_ = review_.unfinished;
  if (options_.keep_expunged || !unstored_.folders) absences_ = std::move(review_.may_depart);
  for (const Absence& absence : absences_) ++left_[absence.folder.record.id];
  next();
}

void GonePass::next() {
  if (absences_.empty()) return end();
  const Absence& absence = absences_.back();
  if (absence.of == Absence::Of::kFolder) return finish_absence();
  if (absence.of == Absence::Of::kFolderMessages) return depart(absence.uids);
  operation_ = deps_.connection.status(
      absence.folder.record.name,
      [this](const Result<imap::MailboxStatus>& status) { on_status(status); });
}

void GonePass::on_status(const Result<imap::MailboxStatus>& status) {
  if (!status && status.error().remedy != Remedy::kSkipMessage) {
    return done_.complete(status.error());
  }
  status_.reset();
  if (status) status_ = status->messages;
  operation_ = deps_.connection.examine(
      absences_.back().folder.record.name,
      [this](Result<imap::Examined> examined) { on_examined(std::move(examined)); });
}

void GonePass::on_examined(Result<imap::Examined> examined) {
  if (!examined) {
    if (examined.error().remedy != Remedy::kSkipMessage) return done_.complete(examined.error());
    return leave_for_next_pass(examined.error().what);
  }
  const Absence& absence = absences_.back();
  const UidValidity expected =
      absence.of == Absence::Of::kOldGeneration ? absence.current : absence.generation;
  if (examined->uid_validity != expected) {
    if (absence.of == Absence::Of::kOldGeneration) return depart_what_lives_on();
    return leave_for_next_pass("UIDVALIDITY changed again");
  }
  const std::uint64_t exists = examined->exists;
  // An empty mailbox is not searched (some servers say BAD): STATUS is all that speaks for it.
  if (exists == 0 && status_ != 0U) {
    return leave_for_next_pass("the server does not say twice that the mailbox is empty");
  }
  operation_ = deps_.connection.search_all(
      exists, [this, exists](Result<UidSet> listed) { on_searched(exists, std::move(listed)); });
}

void GonePass::on_searched(std::uint64_t exists, Result<UidSet> listed) {
  if (!listed) {
    if (listed.error().remedy != Remedy::kSkipMessage) return done_.complete(listed.error());
    return leave_for_next_pass(listed.error().what);
  }
  const Absence& absence = absences_.back();
  const UidValidity current =
      absence.of == Absence::Of::kMessages ? absence.generation : absence.current;
  operation_ = deps_.ledger.stored_uids(
      account_, absence.folder.record.id, current,
      [this, exists, listed = std::move(*listed)](Result<UidSet> stored) mutable {
        on_stored_before(std::move(listed), exists, std::move(stored));
      });
}

void GonePass::on_stored_before(UidSet listed, std::uint64_t exists, Result<UidSet> stored) {
  if (!stored) return done_.complete(stored.error());
  const Absence& absence = absences_.back();
  // The old generation may go only when the new one is stored whole.
  const bool is_old = absence.of == Absence::Of::kOldGeneration;
  const bool whole = listed.minus(*stored).empty();
  if (is_old && !whole) {
    // Mail has come since the visit; or the UIDs are others again under the same UIDVALIDITY, as
    // those of GNU imap4d are within one second. What is stored under it is stored all the same.
    unfinished_.insert(absence.folder.record.id);
    only_living_in_ = absence.current;
    return depart(absence.uids);
  }
  ListEvidence evidence{std::move(listed), exists, status_, std::move(*stored), {}, std::nullopt};
  evidence.long_unstored = review_.long_unstored(absence.folder.record.id, absence.generation);
  if (absence.afterwards.uid_next != 0) evidence.had_before = absence.afterwards.uid_next;
  if (const auto doubt = doubt_of(evidence)) return leave_for_next_pass(*doubt);
  depart(is_old ? absence.uids : confirm_absence(absence.uids, evidence.listed, exists));
}

/// A server that numbers its messages anew at every visit never lists the same generation twice.
/// The visit of this pass has stored the whole generation `current`. What of the old one is the
/// same by content as something in there may go, since only its number is gone; and so may what was
/// in none of two generations that were listed and stored whole.
void GonePass::depart_what_lives_on() {
  const Absence& absence = absences_.back();
  const FolderCursor& before = absence.folder.cursor;
  const bool twice_absent = before.complete && before.uid_validity != absence.generation &&
                            before.uid_validity != absence.current;
  only_living_in_ = twice_absent ? std::nullopt : std::optional<UidValidity>(absence.current);
  depart(absence.uids);
}

void GonePass::leave_for_next_pass(const std::string& why) {
  const Absence& absence = absences_.back();
  deps_.log.info("absent messages stay for now",
                 {{"folder", absence.folder.record.path}, {"why", why}});
  unfinished_.insert(absence.folder.record.id);
  --left_[absence.folder.record.id];
  absences_.pop_back();
  next();
}

void GonePass::depart(UidSet uids) {
  const Absence& absence = absences_.back();
  for (WaitingDeparture& waiting : review_.waiting) {
    const bool here =
        waiting.folder == absence.folder.record.id && waiting.uid_validity == absence.generation;
    if (!here || waiting.uids.intersect(uids).empty()) continue;
    waiting.uids = waiting.uids.minus(uids);
    waited_ = true;
  }
  departing_ = std::move(uids);
  next_window();
}

void GonePass::next_window() {
  if (departing_.empty()) return finish_absence();
  const Absence& absence = absences_.back();
  const UidSet uids = departing_.highest(kDeparturesInOneBatch);
  departing_ = departing_.minus(uids);
  operation_ = deps_.ledger.messages(
      account_, absence.folder.record.id, absence.generation, uids,
      [this](Result<std::vector<KnownMessage>> messages) { on_messages(std::move(messages)); });
}

void GonePass::on_messages(Result<std::vector<KnownMessage>> messages) {
  if (!messages) return done_.complete(messages.error());
  window_ = std::move(*messages);
  // A copy that leaves after this one is one that is there now.
  operation_ = deps_.ledger.live_elsewhere(
      account_, window_, nullptr,
      [this](const Result<std::vector<std::optional<LiveCopy>>>& elsewhere) {
        on_elsewhere(elsewhere);
      });
}

void GonePass::on_elsewhere(const Result<std::vector<std::optional<LiveCopy>>>& elsewhere) {
  if (!elsewhere) return done_.complete(elsewhere.error());
  const std::string& path = absences_.back().folder.record.path;
  const bool keeps = options_.keep_expunged || unstored_.messages;
  const GoneTo otherwise = keeps ? GoneTo::kKept : GoneTo::kRemoved;
  std::size_t leaving = 0;
  for (std::size_t i = 0; i < window_.size(); ++i) {
    const auto& copy = (*elsewhere)[i];
    if (only_living_in_) {
      const bool lives = copy && copy->message.key.folder == window_[i].key.folder &&
                         copy->message.key.uid_validity == *only_living_in_;
      if (!lives) continue;
    }
    ++leaving;
    Departure departure{window_[i].key, place_of(window_[i], path), otherwise};
    if (copy) {
      departure.to = GoneTo::kMoved;
      departure.other_copy = place_of(copy->message, copy->folder_path);
    }
    deps_.recorder.batch().departures.push_back(std::move(departure));
  }
  deps_.log.info("messages left the live tree",
                 {{"folder", path}, {"messages", std::to_string(leaving)}});
  window_.clear();
  operation_ = deps_.recorder.flush({}, [this](Result<Done> flushed) {
    if (!flushed) return done_.complete(flushed.error());
    next_window();
  });
}

void GonePass::finish_absence() {
  const Absence& absence = absences_.back();
  only_living_in_.reset();
  if (deps_.recorder.refused(absence.folder.record.id)) {
    return leave_for_next_pass("something lies in the way of it");
  }
  if (absence.of == Absence::Of::kFolder) {
    if (unfinished_.contains(absence.folder.record.id)) {
      --left_[absence.folder.record.id];
      absences_.pop_back();
      return next();
    }
    deps_.recorder.batch().gone_folders.push_back(absence.folder.record);
    return flush_and_go_on({});
  }
  if (absence.of == Absence::Of::kFolderMessages) return flush_and_go_on({});
  FolderCursor cursor = absence.afterwards;
  if (!cursor.token.empty()) {
    cursor.token = deps_.recorder.known_token(absence.folder.record.path);
  }
  const bool more = left_[absence.folder.record.id] > 1;
  if (more || unfinished_.contains(cursor.folder)) cursor.complete = false;
  flush_and_go_on({cursor});
}

void GonePass::flush_and_go_on(const std::vector<FolderCursor>& cursors) {
  --left_[absences_.back().folder.record.id];
  absences_.pop_back();
  operation_ = deps_.recorder.flush(cursors, [this](Result<Done> flushed) {
    if (!flushed) return done_.complete(flushed.error());
    next();
  });
}

void GonePass::end() {
  if (!waited_) return done_.complete(Done{});
  std::erase_if(review_.waiting, [](const WaitingDeparture& one) { return one.uids.empty(); });
  operation_ = deps_.ledger.set_waiting(account_, review_.waiting, [this](Result<Done> written) {
    done_.complete(std::move(written));
  });
}

}  // namespace imapkeep
