#include "sync/pass/account_pass.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "sync/imap/lexer.h"

namespace imapkeep {
namespace {

// Those that wait for the disk are counted, too: a connection with a long round trip needs a few
// folders in flight.
constexpr std::size_t kMostVisits = 8;

// RFC 6154. Attributes are compared without regard to case.
bool throws_away(const imap::ListedMailbox& mailbox) {
  return std::any_of(
      mailbox.attributes.begin(), mailbox.attributes.end(), [](const std::string& attribute) {
        return imap::same_word(attribute, "\\Trash") || imap::same_word(attribute, "\\Junk");
      });
}

// STATUS of LIST, and EXAMINE minutes later at most: mail may have come, but not gone. (If it has,
// the next pass sees it.)
bool contradicts(const imap::ListedMailbox& listed, const std::optional<imap::Examined>& seen) {
  return seen && listed.status && listed.status->messages.value_or(0) > seen->exists;
}

}  // namespace

AccountPass::AccountPass(Deps deps, AccountId account, JournalPosition journal_end,
                         MirrorOptions options, Skipped skip, PassWish wish)
    : deps_(std::move(deps)),
      account_(account),
      options_(std::move(options)),
      skip_(std::move(skip)),
      wish_(std::move(wish)),
      recorder_({deps_.store, deps_.ledger, deps_.clock, deps_.progress, unstored_, deps_.log},
                account_, journal_end),
      folders_({deps_.connection, deps_.store, deps_.ledger, recorder_, unstored_, deps_.suspects,
                deps_.clock, deps_.log},
               account_, options_),
      held_(deps_.store),
      pressure_(deps_.connection, deps_.store, recorder_, [this] { on_recorder_failed(); }) {}

Operation AccountPass::start(Completion<Done> done) {
  done_ = Pending<Done>(std::move(done));
  Operation operation = done_.operation([this] { abandon(); });
  operation_ =
      deps_.ledger.quarantined(account_, [this](Result<std::vector<QuarantinedMessage>> messages) {
        on_quarantined(std::move(messages));
      });
  return operation;
}

Operation AccountPass::visit(FolderId folder, Completion<Done> done) {
  whole_ = false;
  done_ = Pending<Done>(std::move(done));
  Operation operation = done_.operation([this] { abandon(); });
  operation_ = deps_.ledger.quarantined(
      account_, [this, folder](Result<std::vector<QuarantinedMessage>> messages) {
        if (!messages) return end(messages.error());
        unstored_.load(*messages);
        operation_ = deps_.ledger.folder(account_, folder,
                                         [this](Result<std::optional<LedgerFolder>> known) {
                                           on_visited_folder(std::move(known));
                                         });
      });
  return operation;
}

void AccountPass::abandon() {
  operation_.cancel();
  visits_.clear();
}

void AccountPass::on_visited_folder(Result<std::optional<LedgerFolder>> known) {
  if (!known) return end(known.error());
  if (*known) {
    MirroredFolder mirrored;
    mirrored.listed.name = (*known)->record.name;
    mirrored.listed.delimiter = (*known)->record.delimiter;
    mirrored.remembered = *std::move(*known);
    unstored_.name_folder(mirrored.id(), mirrored.display());
    chosen_.push_back(std::move(mirrored));
  }
  next_mailbox();
}

void AccountPass::stop(const std::string& why) {
  if (stopping_ || !done_.wanted()) return;
  stopping_ = true;
  operation_.cancel();
  finish(Error{Remedy::kRetryLater, Trouble::kBusy, why, 0});
}

void AccountPass::on_quarantined(Result<std::vector<QuarantinedMessage>> messages) {
  if (!messages) return end(messages.error());
  unstored_.load(*messages);
  operation_ =
      deps_.ledger.other_sizes(account_, kWrongSizesBelieved, [this](Result<std::uint64_t> sizes) {
        if (!sizes) return end(sizes.error());
        deps_.suspects.know_other_sizes(*sizes);
        list();
      });
}

void AccountPass::list() {
  operation_ = deps_.connection.list(
      [this](Result<std::vector<imap::ListedMailbox>> listed) { on_listed(std::move(listed)); });
}

void AccountPass::on_listed(Result<std::vector<imap::ListedMailbox>> listed) {
  if (!listed) return end(listed.error());
  if (const auto lines = deps_.connection.unreadable_folders(); lines > 0) {
    unstored_.add_folder("(all)",
                         server_error(std::to_string(lines) + (lines == 1 ? " line" : " lines") +
                                      " of the server's list of folders cannot be read, so "
                                      "folders may be missing here; ask whoever runs the "
                                      "server what LIST \"\" \"*\" answers there"));
  }
  operation_ = folders_.start(std::move(*listed), [this](Result<FolderChanges::Outcome> outcome) {
    on_folders_known(std::move(outcome));
  });
}

void AccountPass::on_folders_known(Result<FolderChanges::Outcome> outcome) {
  if (!outcome) return finish(outcome.error());
  for (const MirroredFolder& folder : outcome->to_visit) {
    unstored_.name_folder(folder.id(), folder.display());
  }
  chosen_ = std::move(outcome->to_visit);
  // The others are not to wait for those in which the connection was lost last time.
  std::stable_partition(chosen_.begin(), chosen_.end(), [this](const MirroredFolder& folder) {
    return deps_.suspects.lost_in(folder.id()) == 0;
  });
  maybe_unclaimed_ = std::move(outcome->paths);
  left_out_ = std::move(outcome->left_out);
  absences_ = std::move(outcome->gone);
  for (const MirroredFolder& folder : chosen_) stored_before_ += folder.remembered.stored;
  for (const Absence& absence : absences_) {
    if (gone_folders_.insert(absence.folder.record.id).second) {
      stored_before_ += absence.folder.stored;
    }
  }
  next_mailbox();
}

void AccountPass::next_mailbox() {
  while (may_examine_ && visits_.size() < kMostVisits && next_ < chosen_.size()) {
    const MirroredFolder& folder = chosen_[next_++];
    if (const auto skipped = skip_.find(folder.id()); skipped != skip_.end()) {
      unstored_.add_folder(
          folder.display(),
          server_error("the connection is lost there again and again: " + skipped->second));
      continue;
    }
    begin_visit(folder, false);
  }
  if (!visits_.empty()) return;
  if (!again_.empty()) {
    const MirroredFolder& folder = *again_.back();
    again_.pop_back();
    return begin_visit(folder, true);
  }
  return whole_ ? depart() : finish(Done{});
}

void AccountPass::begin_visit(const MirroredFolder& folder, bool alone) {
  may_examine_ = false;
  std::function<void()> next_may_examine;
  if (!alone) {
    next_may_examine = [this] {
      may_examine_ = true;
      next_mailbox();
    };
  }
  auto pass = std::make_unique<MailboxPass>(
      MailboxPass::Deps{deps_.connection, deps_.store, recorder_, unstored_, deps_.suspects,
                        deps_.clock, deps_.progress, pressure_, held_,
                        deps_.log.with({{"folder", folder.display()}})},
      deps_.ledger, account_, folder, std::move(next_may_examine));
  Visit& visit = visits_.emplace_back();
  visit.folder = &folder;
  visit.pass = std::move(pass);
  visit.operation = visit.pass->start([this, &folder](Result<MailboxPass::Outcome> outcome) {
    on_mailbox(folder, std::move(outcome));
  });
}

void AccountPass::on_mailbox(const MirroredFolder& folder, Result<MailboxPass::Outcome> outcome) {
  if (!outcome) {
    const Error& error = outcome.error();
    if (error.remedy != Remedy::kSkipMessage || error.trouble == Trouble::kStore) {
      ended_in_ = &at_server(folder);
      return finish(error.within("folder " + ended_in_->display()));
    }
    deps_.log.warning("mailbox failed", {{"folder", folder.display()}, {"why", error.what}});
    unstored_.add_folder(folder.display(), error);
  } else if (outcome->again) {
    again_.push_back(&folder);
  } else {
    if (contradicts(folder.listed, outcome->seen)) {
      if (!outcome->absences.empty()) {
        deps_.log.info(
            "absent messages stay for now",
            {{"folder", folder.display()}, {"why", "STATUS said more messages than EXAMINE does"}});
        doubted_.insert(folder.id());
      }
      outcome->absences.clear();
    }
    deps_.suspects.folder_visited(folder.id());
    for (Absence& absence : outcome->absences) absences_.push_back(std::move(absence));
    if (outcome->seen) seen_[folder.id()] = *outcome->seen;
    if (outcome->whole && unstored_.of_folder(folder.id()).empty())
      maybe_unclaimed_.erase(folder.path());
  }
  if (outcome && !outcome->skipped) deps_.suspects.answered();
  if (outcome && !outcome->again) deps_.progress.on_folder_done(folder.display());
  const auto ended = std::find_if(visits_.begin(), visits_.end(),
                                  [&](const Visit& visit) { return visit.folder == &folder; });
  // The next mailbox waits for the last one, unless that has allowed it already.
  if (ended == std::prev(visits_.end())) may_examine_ = true;
  visits_.erase(ended);
  next_mailbox();
}

// Commands are answered in order: the oldest visit that waits is the one whose turn it was.
const MirroredFolder& AccountPass::at_server(const MirroredFolder& otherwise) const {
  const auto found = std::find_if(visits_.begin(), visits_.end(),
                                  [](const Visit& visit) { return visit.pass->is_at_server(); });
  return found == visits_.end() ? otherwise : *found->folder;
}

void AccountPass::on_recorder_failed() {
  if (!visits_.empty()) finish(*recorder_.failure());
}

AbsenceReview::Question AccountPass::question() const {
  AbsenceReview::Question question;
  question.account = account_;
  question.keep = options_.keep_expunged;
  question.moment = {unix_ms(deps_.clock.wall_now()), deps_.connection.made_ms(), wish_.asked_ms};
  question.stored = stored_before_;
  question.looked_at = gone_folders_;
  for (const auto& [folder, examined] : seen_) {
    if (!doubted_.contains(folder)) question.looked_at.insert(folder);
  }
  for (const MirroredFolder& folder : chosen_) {
    if (throws_away(folder.listed)) question.throws_away.insert(folder.id());
  }
  return question;
}

void AccountPass::depart() {
  for (const Absence& absence : absences_) {
    const FolderRecord& record = absence.folder.record;
    unstored_.name_folder(record.id, printable_utf8(record.name.display(record.delimiter)));
  }
  gone_pass_ = std::make_unique<GonePass>(
      GonePass::Deps{deps_.connection, deps_.ledger, recorder_, deps_.clock, deps_.log}, question(),
      options_, std::move(absences_),
      GonePass::Unstored{!unstored_.folders().empty(), !unstored_.message_sentences().empty()});
  operation_ = gone_pass_->start([this](Result<Done> departed) { on_departed(departed); });
}

// Told as owed: the pass is not complete before a person has decided.
void AccountPass::say_what_waits() {
  std::map<FolderId, std::uint64_t> for_person;
  for (const WaitingDeparture& waiting : gone_pass_->waiting()) {
    something_waits_ = true;
    if (waiting.for_person) for_person[waiting.folder] += waiting.uids.count();
  }
  for (const auto& [folder, messages] : for_person) {
    unstored_.add_folder(
        unstored_.folder_name(folder),
        server_error(gone_at_once(messages, wish_.account), Remedy::kNeedsOperator));
  }
}

void AccountPass::on_departed(Result<Done> departed) {
  if (!departed) return finish(departed.error());
  say_what_waits();
  for (const auto& sentence : unkept_includes(*left_out_)) unstored_.add_folder(sentence);
  if (!options_.retain_days) return finish(Done{});
  operation_ = deps_.store.purge_gone(*options_.retain_days, [this](Result<std::uint64_t> purged) {
    if (!purged) return finish(purged.error());
    if (*purged > 0) {
      deps_.log.info("kept mail past its retention removed",
                     {{"messages", std::to_string(*purged)}});
    }
    finish(Done{});
  });
}

void AccountPass::finish(Result<Done> result) {
  // Whatever ends the pass, what has arrived is made durable first, where the store still can.
  visits_.clear();
  gone_pass_.reset();
  operation_ = recorder_.flush({}, [this, result](Result<Done> flushed) {
    if (flushed && !result) {
      // The next try need not look at these again.
      for (const auto& [generation, uids] : recorder_.rechecks().checked()) {
        deps_.suspects.add_rechecked(generation.first, generation.second, uids);
      }
    }
    const Result<Done> outcome = flushed ? result : Result<Done>(flushed.error());
    auto repeated = unstored_.take_repeated();
    if (repeated.empty() || !flushed) return end(outcome);
    operation_ = deps_.ledger.count_attempts(
        account_, std::move(repeated), [this, outcome](Result<Done> counted) {
          end(outcome && !counted ? Result<Done>(counted.error()) : outcome);
        });
  });
}

void AccountPass::end(Result<Done> result) { done_.complete(std::move(result)); }

AccountPass::Counts AccountPass::counts() const {
  return {recorder_.stored_messages(), recorder_.stored_bytes(), recorder_.gone_messages(),
          recorder_.changed_flags(), recorder_.rechecks().looked_at()};
}

std::optional<FolderId> AccountPass::ended_in() const {
  if (!ended_in_) return std::nullopt;
  return ended_in_->id();
}

std::optional<imap::Examined> AccountPass::seen(FolderId folder) const {
  const auto found = seen_.find(folder);
  if (found == seen_.end()) return std::nullopt;
  return found->second;
}

std::vector<std::string> AccountPass::owed() const {
  std::vector<std::string> sentences = unstored_.folders();
  for (const auto& sentence : unstored_.message_sentences()) sentences.push_back(sentence);
  return sentences;
}

}  // namespace imapkeep
