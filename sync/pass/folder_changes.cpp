#include "sync/pass/folder_changes.h"

#include <algorithm>
#include <utility>

#include "daemon/base/bytes.h"
#include "sync/imap/failures.h"
#include "sync/pass/server_facts.h"

namespace imapkeep {
namespace {

constexpr std::uint64_t kSample = 10;  // messages that must agree before a folder counts as renamed
constexpr std::size_t kMadeTogether = 500;

std::string shown(const LedgerFolder& folder) {
  return printable_utf8(folder.record.name.display(folder.record.delimiter));
}

/// What a refused STATUS or EXAMINE says of a folder that LIST has left out twice.
enum class GoneAnswer { kIsThere, kIsGone, kIsNotForUs, kSaysNothing };

GoneAnswer gone_answer(const Error& refusal) {
  if (imap::lacks_right(refusal)) return GoneAnswer::kIsNotForUs;
  if (refusal.trouble == Trouble::kMessage) return GoneAnswer::kIsGone;
  // A server that is unwell says so of folders that are there.
  if (refusal.trouble == Trouble::kBusy) return GoneAnswer::kIsThere;
  return GoneAnswer::kSaysNothing;
}

std::string shown(const ListedFolder& folder) {
  return printable_utf8(folder.name.display(folder.delimiter));
}

}  // namespace

FolderChanges::FolderChanges(Deps deps, AccountId account, const MirrorOptions& options)
    : deps_(std::move(deps)), account_(account), options_(options) {}

Operation FolderChanges::start(std::vector<imap::ListedMailbox> listed, Completion<Outcome> done) {
  done_ = Pending<Outcome>(std::move(done));
  Operation operation = done_.operation([this] { operation_.cancel(); });
  listed_ = std::move(listed);
  for (std::size_t i = 0; i < listed_.size(); ++i) places_.emplace(listed_[i].name, i);
  operation_ = deps_.ledger.folders(
      account_, true,
      [this](Result<std::vector<LedgerFolder>> folders) { on_folders(std::move(folders)); });
  return operation;
}

void FolderChanges::on_folders(Result<std::vector<LedgerFolder>> folders) {
  if (!folders) return fail(folders.error());
  for (LedgerFolder& folder : *folders) {
    last_id_ = std::max(last_id_, folder.record.id.value);
    if (!folder.gone) known_.push_back(std::move(folder));
  }
  if (knows_inbox()) return decide();
  ask_for_inbox();
}

bool FolderChanges::knows_inbox() const {
  return std::any_of(listed_.begin(), listed_.end(),
                     [](const auto& mailbox) { return mailbox.name.is_inbox(); }) ||
         std::any_of(known_.begin(), known_.end(),
                     [](const auto& folder) { return folder.record.name.is_inbox(); });
}

// There may be one all the same: some servers do not list it. (One that is mirrored, and not listed
// any more, is the plan's matter.)
void FolderChanges::ask_for_inbox() {
  const MailboxName inbox = MailboxName::from_server("INBOX", deps_.connection.name_encoding());
  operation_ =
      deps_.connection.status(inbox, [this, inbox](const Result<imap::MailboxStatus>& status) {
        if (!status && status.error().remedy != Remedy::kSkipMessage) return fail(status.error());
        const std::string why = status ? "STATUS finds it" : status.error().what;
        deps_.log.info("the server lists no INBOX", {{"why", why}});
        if (status) {
          imap::ListedMailbox mailbox;
          mailbox.name = inbox;
          mailbox.delimiter = listed_.empty() ? '/' : listed_.front().delimiter;
          mailbox.status = *status;
          listed_.push_back(std::move(mailbox));
        } else if (status.error().trouble == Trouble::kBusy) {
          deps_.unstored.add_folder("INBOX", status.error());
        }
        decide();
      });
}

void FolderChanges::decide() {
  const auto choice = MailboxChoice::of(options_.include, options_.exclude);
  if (!choice) return fail(choice.error());
  std::vector<ListedFolder> listed;
  for (const auto& mailbox : listed_) {
    listed.push_back(
        {mailbox.name, mailbox.delimiter, mailbox.selectable, facts_of(mailbox.status)});
  }
  std::vector<KnownFolder> known;
  for (const LedgerFolder& folder : known_) {
    known.push_back({folder.record.id, folder.record.name, folder.record.delimiter, folder.cursor,
                     folder.missing_since_ms});
  }
  outcome_.left_out = left_out(listed, known, *choice);
  plan_ = plan_folders(std::move(listed), known, *choice, now_ms());
  const bool some_missing =
      !plan_.newly_missing.empty() || !plan_.still_missing.empty() || !plan_.ask.empty();
  // A new folder can only be known as a renamed one by its UIDVALIDITY.
  if (some_missing && !asked_) {
    asked_ = true;
    for (const ListedFolder& folder : plan_.created) {
      if (!folder.facts.uid_validity) to_ask_.push_back(folder.name);
    }
    if (!to_ask_.empty()) return ask_status();
  }
  if (plan_.alarm) {
    deps_.log.error("folders are missing", {{"why", plan_.alarm->what}});
    deps_.unstored.add_folder("(all)", *plan_.alarm);
  }
  next_rename();
}

void FolderChanges::ask_status() {
  if (to_ask_.empty()) return decide();
  const MailboxName name = to_ask_.back();
  to_ask_.pop_back();
  operation_ =
      deps_.connection.status(name, [this, name](const Result<imap::MailboxStatus>& status) {
        if (!status && status.error().remedy != Remedy::kSkipMessage) return fail(status.error());
        const auto place = places_.find(name);
        if (place != places_.end() && status) listed_[place->second].status = *status;
        ask_status();
      });
}

void FolderChanges::next_rename() {
  if (plan_.renamed.empty()) return note_missing();
  if (!deps_.suspects.may_sample(plan_.renamed.back().id, deps_.clock.mono_now())) {
    return rename_refused("the connection is lost when it is looked at");
  }
  operation_ = deps_.connection.examine(
      plan_.renamed.back().listed.name,
      [this](Result<imap::Examined> examined) { on_renamed_examined(std::move(examined)); });
}

void FolderChanges::on_renamed_examined(Result<imap::Examined> examined) {
  const MatchedFolder& rename = plan_.renamed.back();
  if (!examined) return sample_failed({}, examined.error());
  const LedgerFolder& folder = *find(rename.id);
  if (examined->uid_validity != folder.cursor.uid_validity) {
    return rename_refused("UIDVALIDITY differs");
  }
  operation_ = deps_.ledger.stored_uids(
      account_, rename.id, examined->uid_validity, [this](Result<UidSet> stored) {
        if (!stored) return fail(stored.error());
        const MatchedFolder& candidate = plan_.renamed.back();
        operation_ = deps_.ledger.messages(
            account_, candidate.id, find(candidate.id)->cursor.uid_validity,
            stored->minus(deps_.suspects.not_to_sample(candidate.id)).highest(kSample),
            [this](Result<std::vector<KnownMessage>> sample) { on_sample(std::move(sample)); });
      });
}

void FolderChanges::on_sample(Result<std::vector<KnownMessage>> sample) {
  if (!sample) return fail(sample.error());
  sample_ = std::move(*sample);
  sample_facts_.clear();
  UidSet uids;
  for (const KnownMessage& message : sample_) uids.add(message.key.uid);
  if (uids.empty()) return rename_refused("nothing is stored to recognise it by");
  operation_ = deps_.connection.fetch_facts(
      uids,
      [this](const imap::MessageFacts& facts) {
        sample_facts_.push_back({facts.uid, facts.internal_date, facts.rfc822_size});
      },
      [this](const Result<Done>& done) { on_sample_facts(done); });
}

void FolderChanges::on_sample_facts(const Result<Done>& done) {
  if (!done) {
    UidSet unanswered;
    for (const KnownMessage& message : sample_) unanswered.add(message.key.uid);
    for (const SampleFacts& facts : sample_facts_) unanswered.remove(facts.uid);
    return sample_failed(unanswered, done.error());
  }
  const SampleVerdict verdict = judge_sample(sample_, sample_facts_);
  if (verdict.kind == SampleVerdict::Kind::kOther) return rename_refused(verdict.why);
  if (verdict.kind == SampleVerdict::Kind::kSame) return carry_out_rename();
  bodies_ = std::make_unique<SameBodies>(deps_.connection, sample_);
  operation_ = bodies_->start(verdict.to_compare,
                              [this, asked = verdict.to_compare](const Result<bool>& same) {
                                if (!same) return sample_failed(asked, same.error());
                                if (!*same) return rename_refused("its messages are others");
                                carry_out_rename();
                              });
}

void FolderChanges::sample_failed(const UidSet& asked, const Error& error) {
  if (error.remedy == Remedy::kSkipMessage) return rename_refused(error.what);
  const bool may_be_the_folder =
      Suspects::may_be_a_message(error) && !deps_.connection.refused_token();
  if (may_be_the_folder) {
    deps_.suspects.sample_lost(plan_.renamed.back().id, asked, deps_.clock.mono_now());
  }
  fail(error);
}

void FolderChanges::carry_out_rename() {
  const MatchedFolder rename = plan_.renamed.back();
  const LedgerFolder& folder = *find(rename.id);
  deps_.log.info("folder renamed", {{"from", shown(folder)}, {"to", shown(rename.listed)}});
  deps_.recorder.batch().renamed_folders.push_back(
      {rename.id, rename.listed.name, rename.listed.delimiter, folder.record.path,
       deps_.store.folder_path(rename.listed.name, rename.listed.delimiter), now_ms()});
  operation_ = deps_.recorder.flush({}, [this](Result<Done> flushed) {
    if (!flushed) return fail(flushed.error());
    plan_.renamed.pop_back();
    next_rename();
  });
}

void FolderChanges::rename_refused(const std::string& why) {
  // Not a rename after all: a new folder, and one that is missing.
  const MatchedFolder& rename = plan_.renamed.back();
  deps_.log.info("folder looked renamed and is not",
                 {{"folder", shown(rename.listed)}, {"why", why}});
  if (find(rename.id)->missing_since_ms == 0) plan_.newly_missing.push_back(rename.id);
  plan_.created.push_back(rename.listed);
  plan_.renamed.pop_back();
  next_rename();
}

void FolderChanges::note_missing() {
  if (plan_.newly_missing.empty()) return note_returned();
  const FolderId id = plan_.newly_missing.back();
  plan_.newly_missing.pop_back();
  deps_.log.warning("folder is not listed any more",
                    {{"folder", shown(*find(id))},
                     {"note", "kept until a later LIST and a refused STATUS agree"}});
  operation_ = deps_.ledger.set_missing_since(account_, id, now_ms(), [this](Result<Done> done) {
    if (!done) return fail(done.error());
    note_missing();
  });
}

/// Into the journal: what only the ledger knows may be taken back by a power cut, and then a LIST
/// from before the folder's return would be a witness once more.
void FolderChanges::note_returned() {
  if (plan_.returned.empty()) return next_gone();
  for (const FolderId id : std::exchange(plan_.returned, {})) {
    FolderRecord there = find(id)->record;
    there.at_ms = now_ms();
    deps_.recorder.batch().new_folders.push_back(std::move(there));
  }
  operation_ = deps_.recorder.flush({}, [this](Result<Done> flushed) {
    if (!flushed) return fail(flushed.error());
    next_gone();
  });
}

void FolderChanges::next_gone() {
  if (plan_.ask.empty()) return make_new_folders();
  const LedgerFolder& folder = *find(plan_.ask.back());
  operation_ = deps_.connection.status(
      folder.record.name,
      [this](const Result<imap::MailboxStatus>& status) { on_gone_status(status); });
}

void FolderChanges::on_gone_status(const Result<imap::MailboxStatus>& status) {
  if (!status && status.error().remedy != Remedy::kSkipMessage) return fail(status.error());
  const LedgerFolder& folder = *find(plan_.ask.back());
  switch (status ? GoneAnswer::kIsThere : gone_answer(status.error())) {
    case GoneAnswer::kIsGone:
      return is_gone(plan_.ask.back());
    case GoneAnswer::kSaysNothing:  // BAD: perhaps of STATUS as such
      operation_ = deps_.connection.examine(
          folder.record.name,
          [this](const Result<imap::Examined>& examined) { on_gone_examined(examined); });
      return;
    case GoneAnswer::kIsNotForUs:
      deps_.unstored.add_folder(shown(folder), status.error());
      break;
    case GoneAnswer::kIsThere:
      break;
  }
  is_there_after_all(status ? "STATUS finds it" : status.error().what);
}

// The lists of folders are without it, and STATUS was not understood: EXAMINE decides.
void FolderChanges::on_gone_examined(const Result<imap::Examined>& examined) {
  if (!examined && examined.error().remedy != Remedy::kSkipMessage) return fail(examined.error());
  const GoneAnswer answer = examined ? GoneAnswer::kIsThere : gone_answer(examined.error());
  if (answer == GoneAnswer::kIsNotForUs) {
    deps_.unstored.add_folder(shown(*find(plan_.ask.back())), examined.error());
  }
  const bool refused = answer == GoneAnswer::kIsGone || answer == GoneAnswer::kSaysNothing;
  if (refused) return is_gone(plan_.ask.back());
  is_there_after_all(examined ? "EXAMINE finds it" : examined.error().what);
}

void FolderChanges::is_there_after_all(const std::string& why) {
  deps_.log.warning("folder is not listed and perhaps there",
                    {{"folder", shown(*find(plan_.ask.back()))}, {"why", why}});
  plan_.ask.pop_back();
  next_gone();
}

void FolderChanges::is_gone(FolderId id) {
  plan_.ask.pop_back();
  operation_ = deps_.ledger.generations(
      account_, id, [this, id](Result<std::vector<UidValidity>> generations) {
        if (!generations) return fail(generations.error());
        const LedgerFolder& folder = *find(id);
        deps_.log.warning("folder is gone from the server, or may not be seen any more",
                          {{"folder", shown(folder)}});
        // GonePass are taken from the back: the folder itself goes after its last message.
        outcome_.gone.push_back(
            {Absence::Of::kFolder, folder, UidValidity{}, UidValidity{}, {}, {}});
        for (const UidValidity generation : *generations) {
          outcome_.gone.push_back(
              {Absence::Of::kFolderMessages, folder, generation, generation, {}, {}});
        }
        next_gone();
      });
}

// In slices, so that a pass that has to stop does not wait for ten thousand directories.
void FolderChanges::make_new_folders() {
  if (made_ == plan_.created.size()) return read_again();
  const std::size_t end = std::min(made_ + kMadeTogether, plan_.created.size());
  for (; made_ < end; ++made_) {
    const ListedFolder& folder = plan_.created[made_];
    deps_.recorder.batch().new_folders.push_back(
        {FolderId{++last_id_}, folder.name, folder.delimiter,
         deps_.store.folder_path(folder.name, folder.delimiter), now_ms()});
  }
  operation_ = deps_.recorder.flush({}, [this](Result<Done> flushed) {
    if (!flushed) return fail(flushed.error());
    make_new_folders();
  });
}

void FolderChanges::read_again() {
  operation_ = deps_.ledger.folders(
      account_, false,
      [this](Result<std::vector<LedgerFolder>> folders) { collect(std::move(folders)); });
}

/// Each listed folder that is mirrored, with what is known of it: as the plan matched them, and by
/// name where the folder has been made or renamed since.
void FolderChanges::collect(Result<std::vector<LedgerFolder>> folders) {
  if (!folders) return fail(folders.error());
  known_ = std::move(*folders);
  std::map<MailboxName, const LedgerFolder*> by_name;
  for (const LedgerFolder& folder : known_) {
    outcome_.paths.insert(folder.record.path);
    by_name[folder.record.name] = &folder;
  }
  for (const MatchedFolder& match : plan_.present) by_name[match.listed.name] = find(match.id);
  const auto choice = MailboxChoice::of(options_.include, options_.exclude);
  for (const imap::ListedMailbox& mailbox : listed_) {
    if (!mailbox.selectable || !choice || !choice->wants(mailbox.name, mailbox.delimiter)) continue;
    const auto known = by_name.find(mailbox.name);
    if (known == by_name.end() || known->second == nullptr) continue;
    outcome_.to_visit.push_back({mailbox, *known->second});
  }
  sort_for_visit(outcome_.to_visit, [](const MirroredFolder& folder) {
    return visit_rank(folder.listed.name, folder.listed.delimiter);
  });
  done_.complete(std::move(outcome_));
}

/// Those of known_ ascend by their ids.
const LedgerFolder* FolderChanges::find(FolderId id) const {
  const auto at = std::lower_bound(
      known_.begin(), known_.end(), id,
      [](const LedgerFolder& folder, FolderId wanted) { return folder.record.id < wanted; });
  return at != known_.end() && at->record.id == id ? &*at : nullptr;
}

std::int64_t FolderChanges::now_ms() const { return unix_ms(deps_.clock.wall_now()); }

void FolderChanges::fail(const Error& error) { done_.complete(error); }

}  // namespace imapkeep
