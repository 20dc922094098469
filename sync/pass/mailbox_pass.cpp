#include "sync/pass/mailbox_pass.h"

#include <utility>

#include "sync/imap/capabilities.h"
#include "sync/pass/server_facts.h"

namespace imapkeep {
namespace {

FolderCursor numbers_of(FolderId folder, const imap::Examined& examined) {
  FolderCursor numbers;
  numbers.folder = folder;
  numbers.uid_validity = examined.uid_validity;
  numbers.uid_next = examined.uid_next;
  numbers.exists = examined.exists;
  numbers.highest_mod_seq = examined.highest_mod_seq;
  return numbers;
}

Unseen unseen_of(const BodyFetch& bodies) {
  Unseen unseen{bodies.vanished(), {}};
  for (const auto& [uid, why] : bodies.refused()) {
    unseen.refused[uid] = {why, why.starts_with(BodyFetch::kCostsConnection)};
  }
  return unseen;
}

}  // namespace

MailboxPass::MailboxPass(Deps deps, Ledger& ledger, AccountId account, MirroredFolder folder,
                         std::function<void()> next_may_examine)
    : deps_(std::move(deps)),
      ledger_(ledger),
      account_(account),
      folder_(std::move(folder)),
      machine_({folder_.remembered.cursor, folder_.remembered.quarantined,
                facts_of(folder_.listed.status), next_may_examine != nullptr}),
      inventory_(deps_.store, ledger_, account_, folder_.remembered),
      next_may_examine_(std::move(next_may_examine)) {}

MailboxPass::~MailboxPass() { deps_.connection.forget_events(this); }

Operation MailboxPass::start(Completion<Outcome> done) {
  done_ = Pending<Outcome>(std::move(done));
  Operation operation = done_.operation([this] { operation_.cancel(); });
  on(visit::Begun{});
  return operation;
}

// The last action may destroy this.
void MailboxPass::on(visit::Event event) {
  visit::Actions actions = machine_.on(std::move(event), unix_ms(deps_.clock.wall_now()));
  for (visit::Action& action : actions) carry_out(action);
}

void MailboxPass::carry_out(visit::Action& action) {
  using Kind = visit::Action::Kind;
  switch (action.kind) {
    case Kind::kLookAtFiles:
      return look_at_files(action.all, action.may_skip);
    case Kind::kExamine:
      return examine();
    case Kind::kPrefetch:
      return prefetch(action.prefetch);
    case Kind::kAskCount:
      return ask_count();
    case Kind::kNoop:
      return noop([this] { on(visit::Nooped{}); });
    case Kind::kFindStored:
      return find_stored();
    case Kind::kFetchFlags:
      return fetch_flags(action);
    case Kind::kCompareHeaders:
      return compare_headers(std::move(action.uids));
    case Kind::kListUids:
      return list_uids();
    case Kind::kListAgain:
      return noop([this] { list_uids(); });
    case Kind::kListByFetch:
      return list_by_fetch();
    case Kind::kFetch:
      return fetch(std::move(action.uids));
    case Kind::kRecount:
      return recount();
    case Kind::kFindOldStored:
      return find_old_stored(action.generation);

    case Kind::kKeepPrefetch:
      return bodies_->examined();
    case Kind::kDropPrefetch:
      early_list_.cancel();
      return bodies_.reset();
    case Kind::kBlamePrefetch:
      return deps_.suspects.prefetch_lost(folder_.id());
    case Kind::kAllowNext:
      return next_may_examine_();
    case Kind::kQuarantine:
      return action.uids.for_each([&](Uid uid) { quarantine(uid, action.why); });
    case Kind::kOwe:
      return deps_.unstored.add_folder(folder_.display(), action.error);

    case Kind::kSkip:
      return skip();
    case Kind::kEndForNow:
      at_server_ = false;
      bodies_.reset();
      outcome_.again = true;
      return flush_and_finish({});
    case Kind::kWriteCursor:
      return write_cursor(action.end);
    case Kind::kKeepAndFail:
      return keep_and_fail(action.error);
    case Kind::kFail:
      return finish(action.error);
  }
}

void MailboxPass::look_at_files(bool all, bool may_skip) {
  operation_ = inventory_.start(all, may_skip, [this](Result<Inventory::Outcome> found) {
    if (!found) return on(visit::Failed{found.error()});
    token_ = found->token;
    deps_.recorder.know_token(folder_.path(), token_);
    std::uint64_t missing = 0;
    for (const auto& generation : found->missing) missing += generation.second.count();
    if (missing > 0) {
      deps_.log.warning("files are missing in the mirror and are asked for again",
                        {{"messages", std::to_string(missing)}});
    }
    on(visit::FilesSeen{std::move(found->generations), std::move(found->missing),
                        deps_.suspects.may_prefetch(folder_.id())});
  });
}

void MailboxPass::examine() {
  at_server_ = true;
  operation_ =
      deps_.connection.examine(folder_.listed.name, [this](Result<imap::Examined> examined) {
        if (!examined) {
          return on(visit::Failed{examined.error(), deps_.connection.refused_token() != nullptr});
        }
        // Whatever is said from now on is about this mailbox.
        deps_.connection.set_events(this);
        outcome_.seen = *examined;
        on(visit::Examined{numbers_of(folder_.id(), *examined), facts_of(*examined),
                           deps_.connection.capabilities().has("CONDSTORE"),
                           habits_of(deps_.connection.server_name()).forgets_uids});
      });
}

void MailboxPass::prefetch(const Prefetch& prefetch) {
  examine();
  make_body_fetch(prefetch.uid_validity);
  if (!prefetch.whole) {
    early_list_ = deps_.connection.search_all(prefetch.messages, [this](Result<UidSet> listed) {
      if (!listed) return on(visit::EarlyListFailed{listed.error()});
      on(visit::Listed{std::move(*listed)});
    });
  }
  bodies_->prefetch(prefetch.uids, prefetch.messages);
}

void MailboxPass::ask_count() {
  operation_ = deps_.connection.status(folder_.listed.name,
                                       [this](const Result<imap::MailboxStatus>& status) {
                                         if (!status) return on(visit::Failed{status.error()});
                                         on(visit::Counted{status->messages.value_or(0)});
                                       });
}

void MailboxPass::noop(std::function<void()> then) {
  operation_ = deps_.connection.noop([this, then = std::move(then)](const Result<Done>& done) {
    if (!done) return on(visit::Failed{done.error()});
    then();
  });
}

void MailboxPass::find_stored() {
  operation_ = ledger_.stored_uids(
      account_, folder_.id(), machine_.generation(), [this](Result<UidSet> stored) {
        if (!stored) return on(visit::Failed{stored.error()});
        const Rechecks::Tally tally = deps_.recorder.rechecked(folder_.id());
        on(visit::Stored{std::move(*stored), deps_.unstored.of_folder(folder_.id()),
                         deps_.suspects.rechecked(folder_.id(), machine_.generation()), tally.same,
                         tally.other});
      });
}

void MailboxPass::fetch_flags(const visit::Action& ask) {
  UidSet not_to_ask =
      deps_.suspects.convicted_in({folder_.id(), machine_.generation()}, deps_.clock.mono_now());
  for (const MessageKey& owed : deps_.unstored.of_folder(folder_.id())) {
    if (owed.uid_validity == machine_.generation()) not_to_ask.add(owed.uid);
  }
  flags_ = std::make_unique<FlagChanges>(
      FlagChanges::Deps{deps_.connection, ledger_, deps_.recorder, deps_.suspects, deps_.clock},
      FlagChanges::Folder{account_, folder_.id(), machine_.generation(), folder_.path(),
                          std::move(not_to_ask)});
  operation_ = flags_->start(ask.uids, {ask.since, ask.announcements}, [this](Result<Done> done) {
    if (!done) return on(visit::Failed{done.error()});
    on(visit::FlagsLevel{{flags_->altered(), flags_->answered(), flags_->unsaid(), flags_->silent(),
                          flags_->unreadable()}});
  });
}

void MailboxPass::compare_headers(UidSet doubted) {
  headers_ = std::make_unique<HeaderCheck>(
      HeaderCheck::Deps{deps_.connection, deps_.store, ledger_, deps_.suspects},
      HeaderCheck::Folder{account_, folder_.id(), machine_.generation(), folder_.path()});
  operation_ =
      headers_->start(std::move(doubted), [this](const Result<HeaderCheck::Outcome>& compared) {
        deps_.recorder.note_agreed(folder_.id(), machine_.generation(),
                                   compared ? compared->agree : headers_->so_far().agree);
        if (!compared) return on(visit::Failed{compared.error()});
        on(visit::HeadersCompared{compared->differ, compared->unknown});
      });
}

void MailboxPass::list_uids() {
  at_server_ = true;
  operation_ = deps_.connection.search_all(machine_.count().expected(), [this](Result<UidSet> all) {
    if (!all) return on(visit::Failed{all.error()});
    on(visit::Listed{std::move(*all)});
  });
}

void MailboxPass::list_by_fetch() {
  shown_ = UidSet();
  operation_ = deps_.connection.fetch_flags(
      UidSet::of(Uid{1}, kMaxUid), std::nullopt,
      [this](const imap::MessageFacts& facts) {
        if (facts.uid == Uid{}) return;  // an answer that could not be read
        if (is_plausible_list(shown_.count(), machine_.count().expected())) shown_.add(facts.uid);
      },
      [this](const Result<Done>& done) {
        if (!done) return on(visit::Failed{done.error()});
        on(visit::Listed{std::move(shown_)});
      });
}

void MailboxPass::make_body_fetch(UidValidity uid_validity) {
  bodies_ = std::make_unique<BodyFetch>(
      deps_, BodyFetch::Folder{folder_.id(), uid_validity, folder_.path(), folder_.display()});
  bodies_->on_all_asked([this] {
    on(visit::AllAsked{});
    return machine_.next_is_allowed();
  });
}

void MailboxPass::fetch(UidSet wanted) {
  if (!bodies_) {
    make_body_fetch(machine_.generation());
    bodies_->recheck(machine_.recheck(), machine_.files_missing());
  } else if (bodies_->has_all(wanted)) {
    return on_fetched(Done{});
  }
  operation_ = bodies_->start(std::move(wanted),
                              [this](const Result<Done>& fetched) { on_fetched(fetched); });
}

void MailboxPass::on_fetched(const Result<Done>& fetched) {
  if (!fetched) return on(visit::Failed{fetched.error()});
  visit::Fetched came{bodies_->unfinished(), bodies_->prefetched(), bodies_->without_flags(),
                      unseen_of(*bodies_)};
  bodies_.reset();
  on(std::move(came));
}

void MailboxPass::recount() {
  at_server_ = false;
  operation_ = deps_.recorder.flush({}, [this](Result<Done> flushed) {
    if (!flushed) return on(visit::Failed{flushed.error()});
    find_stored();
  });
}

void MailboxPass::find_old_stored(UidValidity generation) {
  operation_ =
      ledger_.stored_uids(account_, folder_.id(), generation, [this](Result<UidSet> stored) {
        if (!stored) return on(visit::Failed{stored.error()});
        on(visit::OldStored{std::move(*stored)});
      });
}

void MailboxPass::skip() {
  FolderCursor cursor = folder_.remembered.cursor;
  outcome_.skipped = true;
  outcome_.whole = true;
  outcome_.seen = imap::Examined{cursor.uid_validity, cursor.uid_next, cursor.exists,
                                 cursor.highest_mod_seq, cursor.mailbox_id};
  // A reader has renamed files and none is missing: not to be looked at until the next change.
  if (std::exchange(cursor.token, token_) == token_) return finish(outcome_);
  flush_and_finish({cursor});
}

void MailboxPass::write_cursor(VisitEnd& end) {
  const FolderToken known =
      end.files_are_known ? deps_.recorder.known_token(folder_.path()) : FolderToken{};
  end.cursor.token = known;
  end.afterwards.token = known;
  for (const MessageKey& never_stored : end.never_stored) {
    StoredPlace place;
    place.folder_path = folder_.path();
    deps_.recorder.batch().departures.push_back({never_stored, place, GoneTo::kLost});
  }
  deps_.suspects.forget_rechecked(folder_.id());
  deps_.recorder.forget_checked(folder_.id());
  deps_.log.info("mailbox visited", {{"stored", std::to_string(end.stored)},
                                     {"exists", std::to_string(machine_.count().exists())},
                                     {"owed", std::to_string(end.unstored)},
                                     {"absent", std::to_string(end.absent.count())}});
  outcome_.whole = end.whole;
  const UidValidity current = machine_.generation();
  if (!end.absent.empty()) {
    outcome_.absences.push_back({Absence::Of::kMessages, folder_.remembered, current, current,
                                 std::move(end.absent), end.afterwards, std::move(end.listed)});
  }
  for (const UidValidity ended : end.ended_generations) {
    outcome_.absences.push_back({Absence::Of::kOldGeneration, folder_.remembered, ended, current,
                                 UidSet{}, end.afterwards});
  }
  flush_and_finish({end.cursor});
}

void MailboxPass::keep_and_fail(const Error& error) {
  // What has arrived is worth keeping whatever became of the connection.
  early_list_.cancel();
  keep_convictions();
  bodies_.reset();
  operation_ = deps_.recorder.flush(
      {}, [this, error](Result<Done> flushed) { finish(flushed ? error : flushed.error()); });
}

void MailboxPass::flush_and_finish(const std::vector<FolderCursor>& cursors) {
  operation_ = deps_.recorder.flush(cursors, [this](Result<Done> flushed) {
    if (!flushed) return finish(flushed.error());
    finish(std::move(outcome_));
  });
}

void MailboxPass::finish(Result<Outcome> result) {
  deps_.connection.forget_events(this);
  done_.complete(std::move(result));
}

void MailboxPass::quarantine(Uid uid, const std::string& reason) {
  const bool is_new = deps_.unstored.quarantine(key(uid), reason, unix_ms(deps_.clock.wall_now()),
                                                deps_.recorder.batch());
  if (!is_new) return;  // told once; `status` says it as long as it lasts
  deps_.log.warning("message quarantined", {{"uid", std::to_string(uid.value)}, {"why", reason}});
}

// Found out at some cost, and to be remembered even if the folder is never got through.
void MailboxPass::keep_convictions() {
  if (!bodies_) return;
  for (const auto& [uid, reason] : bodies_->refused()) {
    if (reason.starts_with(BodyFetch::kCostsConnection) &&
        !deps_.unstored.is_quarantined(key(uid))) {
      quarantine(uid, reason);
    }
  }
}

}  // namespace imapkeep
