#include "sync/pass/store_opening.h"

#include <utility>

#include "sync/plan/store_origin.h"

namespace imapkeep {

StoreOpening::StoreOpening(MessageStore& store, Ledger& ledger, std::string account_name, Log log)
    : store_(store),
      ledger_(ledger),
      account_name_(std::move(account_name)),
      log_(std::move(log)) {}

Operation StoreOpening::start(Completion<OpenedStore> done) {
  done_ = Pending<OpenedStore>(std::move(done));
  Operation operation = done_.operation([this] { operation_.cancel(); });
  operation_ = ledger_.open_account(
      account_name_, [this](Result<LedgerAccount> account) { on_account(std::move(account)); });
  return operation;
}

void StoreOpening::on_account(Result<LedgerAccount> account) {
  if (!account) return finish(account.error());
  account_ = *account;
  operation_ = store_.open(account_.store_id,
                           [this](Result<StoreFacts> facts) { on_store(std::move(facts)); });
}

void StoreOpening::on_store(Result<StoreFacts> facts) {
  if (!facts) return finish(facts.error());
  facts_ = *facts;
  const bool same_store = account_.store_id == facts_.store_id;
  newly_bound_ = !facts_.created && (!same_store || account_.unproven);
  const bool store_behind = same_store && facts_.journal_end < account_.journal_end;
  if (same_store && !store_behind) return replay_from(account_.journal_end);
  if (store_behind) {
    log_.warning("store is older than the ledger",
                 {{"remedy",
                   "was an older copy put back? the ledger is rebuilt from the store, and "
                   "what is missing is fetched again"}});
  } else if (!facts_.created) {
    log_.info("ledger rebuilt from the journal", {{"store", facts_.store_id}});
  }
  account_.owner.reset();
  account_.store_origin = {};
  operation_ = ledger_.start_over(account_.id, facts_.store_id, [this](Result<Done> done) {
    if (!done) return finish(done.error());
    on_bound();
  });
}

// A store that was made this moment cannot be anybody else's. Any other is unproven until it has
// been compared with the server (owner_check.h), however many openings that takes.
void StoreOpening::on_bound() {
  if (!facts_.created) return replay_from({});
  operation_ = ledger_.forget_former_names(account_.id, [this](Result<Done> done) {
    if (!done) return finish(done.error());
    replay_from({});
  });
}

void StoreOpening::replay_from(JournalPosition position) {
  if (position == facts_.journal_end) {
    if (replayed_ > 0) log_.info("journal replayed", {{"records", std::to_string(replayed_)}});
    if (void_ > 0) {
      log_.warning("journal names a folder nowhere",
                   {{"records", std::to_string(void_)},
                    {"meaning",
                     "a line was taken out; the folder is made anew, and the files that "
                     "are there are taken for its messages"}});
    }
    return check_origin();
  }
  operation_ = store_.read_journal(
      position, [this](Result<JournalChunk> chunk) { on_chunk(std::move(chunk)); });
}

void StoreOpening::on_chunk(Result<JournalChunk> chunk) {
  if (!chunk) return finish(chunk.error());
  replayed_ += chunk->records.size();
  for (const Record& record : chunk->records) {
    const auto* owner = std::get_if<OwnerRecord>(&record);
    if (owner) account_.owner = MailboxOwner{owner->host, owner->user, owner->authzid};
  }
  const JournalPosition next = chunk->next;
  const bool at_end = chunk->at_end;
  operation_ = ledger_.replay(account_.id, std::move(chunk->records), next,
                              [this, next, at_end](Result<std::uint64_t> void_records) {
                                if (!void_records) return finish(void_records.error());
                                void_ += *void_records;
                                if (at_end) facts_.journal_end = next;
                                replay_from(next);
                              });
}

void StoreOpening::check_origin() {
  if (facts_.origin == account_.store_origin) return end_well();
  const bool copied = is_copy(account_.store_origin, facts_.origin);
  if (copied) {
    log_.warning("store is a copy",
                 {{"meaning",
                   "it was restored or moved to another disk; every file is compared "
                   "with the journal, and what is missing is fetched again"}});
  }
  operation_ =
      ledger_.remember_origin(account_.id, facts_.origin, copied, [this](Result<Done> done) {
        if (!done) return finish(done.error());
        end_well();
      });
}

void StoreOpening::end_well() {
  finish(OpenedStore{account_.id, facts_, account_.owner, newly_bound_});
}

void StoreOpening::finish(Result<OpenedStore> result) { done_.complete(std::move(result)); }

}  // namespace imapkeep
