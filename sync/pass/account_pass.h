// One pass over all mailboxes of an account, on one connection:
//   LIST → what became of the folders (new, renamed, missing) → each chosen mailbox that changed,
//   INBOX first → and only when all have been visited, what is gone leaves the live tree.
// A mailbox begins as soon as the one before it has asked for all that it wants, so that a
// connection with a long round trip is never idle between two; one that turns out to need more is
// visited again, alone, at the end. A visit is the same for one mailbox that something was heard
// of, without LIST and departures. A mailbox that fails is owed and the next one goes on; a lost
// connection or a store that cannot be written ends the pass, with everything that arrived made
// durable where that is still possible.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sync/imap/source_connection.h"
#include "sync/pass/folder_changes.h"
#include "sync/pass/gone_pass.h"
#include "sync/pass/mailbox_pass.h"
#include "sync/pass/options.h"
#include "sync/pass/recorder.h"
#include "sync/pass/suspects.h"
#include "sync/pass/unstored.h"

namespace imapkeep {

/// What whoever asked for the pass wants of it.
struct PassWish {
  std::string account{};  ///< the operator's name for it, for the sentences
  /// When a person said that what waits for a person may leave. However often the pass is begun
  /// again: what is first missed after that was not meant.
  std::optional<std::int64_t> asked_ms{};
};

class AccountPass {
 public:
  struct Deps {
    imap::SourceConnection& connection;
    MessageStore& store;
    Ledger& ledger;
    Clock& clock;
    Progress& progress;
    Suspects& suspects;
    Log log;
  };
  struct Counts {
    std::uint64_t stored = 0;
    std::uint64_t stored_bytes = 0;
    std::uint64_t gone = 0;
    std::uint64_t flags = 0;      ///< changes of flags
    std::uint64_t looked_at = 0;  ///< stored messages that were doubted, and need not be any more
  };

  /// Folders in which the connection was lost too often in this run, and how; they are owed.
  using Skipped = std::map<FolderId, std::string>;
  AccountPass(Deps deps, AccountId account, JournalPosition journal_end, MirrorOptions options,
              Skipped skip = {}, PassWish wish = {});
  /// Before it starts: written down before or with whatever is stored first.
  void learn(OwnerRecord owner) { recorder_.batch().owners.push_back(std::move(owner)); }
  [[nodiscard]] Operation start(Completion<Done> done);
  /// A folder that the ledger knows; what is gone from it waits for the next pass over all.
  [[nodiscard]] Operation visit(FolderId folder, Completion<Done> done);
  /// What arrived is made durable, nothing else is begun; the pass ends with an error.
  void stop(const std::string& why);
  [[nodiscard]] bool is_under_way() const { return done_.wanted(); }

  [[nodiscard]] Counts counts() const;
  /// Where the pass was when it ended early.
  [[nodiscard]] std::optional<FolderId> ended_in() const;
  [[nodiscard]] std::vector<std::string> owed() const;
  /// Of those, what is owed as a whole folder, or more.
  [[nodiscard]] const std::vector<std::string>& owed_folders() const { return unstored_.folders(); }
  /// Nothing as long as the folders have not been settled, and of a visit.
  [[nodiscard]] const std::optional<LeftOut>& left_out() const { return left_out_; }
  /// After a whole pass: paths of the folders of which some message may not be stored, because one
  /// is owed, or because they were not visited.
  [[nodiscard]] const std::set<std::string>& maybe_unclaimed() const { return maybe_unclaimed_; }
  /// The folders that are mirrored, INBOX first; of a visit, the one.
  [[nodiscard]] const std::vector<MirroredFolder>& chosen() const { return chosen_; }
  /// As the folder was when it was last examined, or as it was remembered and found unchanged;
  /// nothing when it failed.
  [[nodiscard]] std::optional<imap::Examined> seen(FolderId folder) const;
  /// A visit found something gone, or could not keep everything.
  [[nodiscard]] bool wants_whole_pass() const {
    return !absences_.empty() || unstored_.has_grown();
  }
  /// Something is gone from the server and waits for a later pass over another connection, or for
  /// a person.
  [[nodiscard]] bool something_waits() const { return something_waits_; }
  [[nodiscard]] JournalPosition journal_end() const { return recorder_.journal_end(); }

 private:
  void on_quarantined(Result<std::vector<QuarantinedMessage>> messages);
  void list();
  void on_listed(Result<std::vector<imap::ListedMailbox>> listed);
  void on_visited_folder(Result<std::optional<LedgerFolder>> known);
  void on_folders_known(Result<FolderChanges::Outcome> outcome);
  struct Visit {
    const MirroredFolder* folder = nullptr;
    std::unique_ptr<MailboxPass> pass;
    Operation operation;
  };

  void next_mailbox();
  void begin_visit(const MirroredFolder& folder, bool alone);
  void on_mailbox(const MirroredFolder& folder, Result<MailboxPass::Outcome> outcome);
  [[nodiscard]] const MirroredFolder& at_server(const MirroredFolder& otherwise) const;
  void on_recorder_failed();
  void abandon();
  [[nodiscard]] AbsenceReview::Question question() const;
  void depart();
  void say_what_waits();
  void on_departed(Result<Done> departed);
  void finish(Result<Done> result);
  void end(Result<Done> result);

  Deps deps_;
  AccountId account_;
  MirrorOptions options_;
  Skipped skip_;
  PassWish wish_;
  Unstored unstored_;
  Recorder recorder_;
  FolderChanges folders_;
  std::vector<MirroredFolder> chosen_;
  std::size_t next_ = 0;  // in chosen_
  std::map<FolderId, imap::Examined> seen_;
  std::set<std::string> maybe_unclaimed_;
  std::optional<LeftOut> left_out_;
  bool whole_ = true;
  bool stopping_ = false;
  bool something_waits_ = false;
  std::uint64_t stored_before_ = 0;  ///< live messages of the folders that are mirrored
  std::set<FolderId> gone_folders_;  ///< of absences_
  std::set<FolderId> doubted_;       ///< their lists contradict their STATUS
  const MirroredFolder* ended_in_ = nullptr;
  HeldBodies held_;
  BackPressure pressure_;
  std::deque<Visit> visits_;  ///< in the order begun
  bool may_examine_ = true;
  std::vector<const MirroredFolder*> again_;
  std::vector<Absence> absences_;
  std::unique_ptr<GonePass> gone_pass_;
  Operation operation_;
  Pending<Done> done_;
};

}  // namespace imapkeep
