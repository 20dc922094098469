// Brings the flags of known messages level with the server's: asks for what changed since a
// mod-sequence, or for all of them, in windows, and adds the differences to the recorder's batch.
// Where the server's UIDs are in doubt, dates and sizes are asked for together with the flags, and
// messages of which it announces something else than when they were stored are told.
// An answer without FLAGS is not "no flags": it is asked for once more, and what is not said then
// either is told to the caller, whose cursor must not promise it. Messages at whose flags the
// connection was lost (suspects.h) are asked for by themselves, behind all others. A window that is
// refused is halved until the bad message is alone, and widened again behind it; where everything
// is refused, the rest counts as unsaid, and what comes behind the flags goes on.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "sync/imap/source_connection.h"
#include "sync/pass/recorder.h"
#include "sync/pass/suspects.h"
#include "sync/plan/mailbox_facts.h"
#include "sync/state/ledger.h"

namespace imapkeep {

class FlagChanges {
 public:
  struct Scan {
    std::optional<ModSeq> since;  ///< CHANGEDSINCE; none: every flag of every known message
    bool announcements = false;   ///< dates and sizes, too
  };
  struct Deps {
    imap::SourceConnection& connection;
    Ledger& ledger;
    Recorder& recorder;
    Suspects& suspects;
    Clock& clock;
  };
  struct Folder {
    AccountId account;
    FolderId id;
    UidValidity uid_validity;
    std::string path;
    UidSet not_to_ask;  ///< not stored, and not to be asked for anything by the way
  };

  FlagChanges(Deps deps, Folder folder);
  [[nodiscard]] Operation start(UidSet known, Scan scan, Completion<Done> done);

  // Once it has ended.
  /// Known messages that are announced otherwise than they were.
  [[nodiscard]] const UidSet& altered() const { return altered_; }
  /// Those of the known messages that the server answered for.
  [[nodiscard]] const UidSet& answered() const { return all_answered_; }
  /// Known messages whose flags the server did not say although it was asked for them by name, and
  /// those that it cannot be asked about.
  [[nodiscard]] const UidSet& unsaid() const { return unsaid_; }
  /// Known messages of which nothing was said when all were asked for: gone, or left out.
  [[nodiscard]] const UidSet& silent() const { return silent_; }
  /// Some answer could not be read: nobody knows whose flags were in it.
  [[nodiscard]] bool unreadable() const { return unreadable_; }

 private:
  void next_window();
  void ask(const UidSet& uids, std::optional<ModSeq> since);
  void on_answer(const imap::MessageFacts& facts);
  void on_flags(const Result<Done>& done);
  void on_failed(const Error& error);
  void on_refused();
  [[nodiscard]] std::uint64_t widest() const;
  void on_known(const Result<std::vector<KnownMessage>>& known);
  [[nodiscard]] Suspects::Place place() const {
    return {folder_.id, folder_.uid_validity, AskedOf::kFlags};
  }

  Deps deps_;
  Folder folder_;
  UidSet to_do_;
  Scan scan_;
  std::deque<UidSet> doubts_;  ///< groups of suspects
  UidSet missing_;             ///< answered, but without FLAGS
  bool missing_asked_ = false;
  std::uint64_t window_size_ = 0;
  int refusals_ = 0;
  int refusals_in_a_row_ = 0;
  // Of the window that is being asked for:
  UidSet window_;
  bool all_are_to_answer_ = false;
  UidSet answered_;
  UidSet said_;                           ///< with FLAGS
  std::map<Uid, ListedMessage> answers_;  ///< what several responses said of one, together

  UidSet all_answered_;
  UidSet altered_;
  UidSet unsaid_;
  UidSet silent_;
  bool unreadable_ = false;
  Operation operation_;
  Pending<Done> done_;
};

}  // namespace imapkeep
