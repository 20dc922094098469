// MailboxPass, of things that a server does not say, or says too much of.
#include <utility>

#include "sync/pass/mailbox_pass.h"

namespace imapkeep {

// A second answer to how many there are: mail may have come or gone since the first one. The NOOP
// lets the server say here what STATUS counts already.
void MailboxPass::ask_count() {
  operation_ = deps_.connection.status(
      folder_.listed.name, [this](const Result<imap::MailboxStatus>& status) { on_count(status); });
}

void MailboxPass::on_count(const Result<imap::MailboxStatus>& status) {
  // Refused: some servers do so for the folder that is open. Then nothing contradicts EXAMINE.
  if (!status && status.error().remedy != Remedy::kSkipMessage) return finish(status.error());
  if (status) counted_ = status->messages.value_or(0);
  if (count_agrees()) return on_count_again(Done{});
  operation_ = deps_.connection.noop([this](const Result<Done>& done) { on_count_again(done); });
}

void MailboxPass::on_count_again(const Result<Done>& done) {
  if (!done) return finish(done.error());
  if (count_agrees()) counted_ = 0;
  find_stored();
}

void MailboxPass::make_flag_changes() {
  UidSet not_to_ask =
      deps_.suspects.convicted_in({folder_.id(), examined_.uid_validity}, deps_.clock.mono_now());
  for (const MessageKey& key : deps_.unstored.of_folder(folder_.id())) {
    if (key.uid_validity == examined_.uid_validity) not_to_ask.add(key.uid);
  }
  flags_ = std::make_unique<FlagChanges>(
      FlagChanges::Deps{deps_.connection, ledger_, deps_.recorder, deps_.suspects, deps_.clock},
      FlagChanges::Folder{account_, folder_.id(), examined_.uid_validity, folder_.path(),
                          std::move(not_to_ask)});
}

// A list that names far more UIDs than there are messages would be asked for without end. What the
// server shows when it is asked for everything is at most what it has.
void MailboxPass::list_by_fetch() {
  listed_ = UidSet();
  operation_ = deps_.connection.fetch_flags(
      UidSet::of(Uid{1}, kMaxUid), std::nullopt,
      [this](const imap::MessageFacts& facts) {
        if (facts.uid == Uid{}) return;  // an answer that could not be read
        if (is_plausible_list(listed_.count(), expected())) listed_.add(facts.uid);
      },
      [this](const Result<Done>& done) { on_listed_by_fetch(done); });
}

void MailboxPass::on_listed_by_fetch(const Result<Done>& done) {
  if (!done) return flush_and_fail(done.error());
  if (!is_plausible_list(listed_.count(), expected())) {
    return flush_and_fail(server_error("the server shows far more messages than the " +
                                           std::to_string(exists_) +
                                           " that it counts; ask whoever runs it",
                                       Remedy::kSkipMessage));
  }
  fetch(compare_uids(stored_, listed_).to_fetch);
}

UidSet MailboxPass::without_flags() const {
  UidSet unknown = arrived_without_flags_;
  if (flags_) {
    unknown.add(flags_->unsaid());
    // Nothing at all was said of these: they are gone, unless the list has them.
    UidSet silent = flags_->silent();
    if (listed_all_) silent = silent.intersect(listed_);
    unknown.add(silent);
  }
  return unknown.intersect(stored_);
}

// A cursor promises only what was taken in: without its number all flags are asked for next time.
bool MailboxPass::knows_all_flags() {
  const UidSet unknown = without_flags();
  if (!unknown.empty()) {
    deps_.unstored.add_folder(
        folder_.display(),
        server_error("the server does not say the flags of " + std::to_string(unknown.count()) +
                     (unknown.count() == 1 ? " message" : " messages") + " (UID " +
                     unknown.highest(1).str() + (unknown.count() == 1 ? "" : " and lower") +
                     "); the mail itself is stored, and the next pass asks again"));
  }
  return unknown.empty() && !(flags_ && flags_->unreadable());
}

// Found out at some cost, and to be remembered even if the folder is never got through.
void MailboxPass::keep_convictions() {
  if (!bodies_) return;
  for (const auto& [uid, reason] : bodies_->refused()) {
    const MessageKey key{folder_.id(), examined_.uid_validity, uid};
    if (reason.starts_with(BodyFetch::kCostsConnection) && !deps_.unstored.is_quarantined(key)) {
      quarantine(uid, reason);
    }
  }
}

}  // namespace imapkeep
