// What is gone from the server leaves the live tree, at the end of a pass over all folders. It is
// weighed first (absence_review.h). The second witness is asked here: STATUS, then a complete UID
// SEARCH under a fresh EXAMINE, which must agree with each other and with what is stored. What it
// still lists stays. What is live elsewhere under the same SHA-256 has moved, and
// its name is unlinked; everything else goes to the kept area, or is removed when the operator
// asked for that.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sync/imap/source_connection.h"
#include "sync/pass/absence_review.h"
#include "sync/pass/mirrored_folder.h"
#include "sync/pass/options.h"
#include "sync/pass/recorder.h"

namespace imapkeep {

class GonePass {
 public:
  struct Deps {
    imap::SourceConnection& connection;
    Ledger& ledger;
    Recorder& recorder;
    Clock& clock;
    Log log;
  };

  /// What the pass could not store. A message that moved may be among it, so with on_expunge:
  /// remove nothing departs when a folder failed, and nothing is unlinked while a message is owed:
  /// it is kept instead.
  struct Unstored {
    bool folders = false;
    bool messages = false;
  };
  GonePass(Deps deps, AbsenceReview::Question question, MirrorOptions options,
           std::vector<Absence> absences, Unstored unstored);
  [[nodiscard]] Operation start(Completion<Done> done);
  /// Once it has ended: what is gone from the server and has not left.
  [[nodiscard]] const std::vector<WaitingDeparture>& waiting() const { return review_.waiting; }

 private:
  void on_reviewed(Result<AbsenceReview::Outcome> outcome);
  void next();
  void on_status(const Result<imap::MailboxStatus>& status);
  void on_examined(Result<imap::Examined> examined);
  void on_searched(std::uint64_t exists, Result<UidSet> listed);
  void on_stored_before(UidSet listed, std::uint64_t exists, Result<UidSet> stored);
  void depart(UidSet uids);
  void next_window();
  void on_messages(Result<std::vector<KnownMessage>> messages);
  void on_elsewhere(const Result<std::vector<std::optional<LiveCopy>>>& elsewhere);
  void finish_absence();
  void flush_and_go_on(const std::vector<FolderCursor>& cursors);
  void depart_what_lives_on();
  void leave_for_next_pass(const std::string& why);
  void end();

  Deps deps_;
  AccountId account_;
  MirrorOptions options_;
  std::vector<Absence> absences_;  // the last one is under way
  Unstored unstored_;
  AbsenceReview reviewing_;
  AbsenceReview::Outcome review_;
  std::map<FolderId, std::size_t> left_;  // of the absences, how many are about this folder
  std::set<FolderId> unfinished_;
  std::optional<std::uint64_t> status_;  ///< MESSAGES, just before EXAMINE
  bool waited_ = false;                  ///< something that departs was in the ledger as waiting
  /// Of the old generation only what has equal bytes in this one leaves.
  std::optional<UidValidity> only_living_in_;
  UidSet departing_;
  std::vector<KnownMessage> window_;
  Operation operation_;
  Pending<Done> done_;
};

}  // namespace imapkeep
