// The life of one visit to a mailbox (docs/synchronisation.md) as a pure machine: it is told what
// happened and names what is to be done next. next() is that life from top to bottom:
//   are its files still there?  → EXAMINE → flags of what is known → the list of UIDs → bodies of
//   what is not stored → cursor. What the list lacks is only reported: it departs later.
// A folder of which nothing is stored is asked for more at once: EXAMINE, the list of UIDs and the
// first messages in one go (prefetch.h). When all has been asked for, the next mailbox may be
// examined; a visit that needs the connection again after that ends for now and is repeated alone.
// Doubt always costs a question and never mail.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "sync/imap/types/uid_set.h"
#include "sync/plan/mailbox_count.h"
#include "sync/plan/mailbox_plan.h"
#include "sync/plan/prefetch.h"
#include "sync/plan/visit_events.h"
#include "sync/plan/visit_facts.h"

namespace imapkeep {

class MailboxMachine {
 public:
  struct Folder {
    FolderCursor remembered;
    std::uint64_t quarantined = 0;
    MailboxFacts listed;       ///< by LIST-STATUS or STATUS, before the visit
    bool is_followed = false;  ///< another mailbox waits to be examined
  };

  explicit MailboxMachine(Folder folder);
  /// Only the last action may wait for an answer, or end the visit.
  [[nodiscard]] visit::Actions on(visit::Event event, std::int64_t now_ms);

  /// Untagged answers change it at any moment.
  [[nodiscard]] MailboxCount& count() { return count_; }
  [[nodiscard]] UidValidity generation() const { return found_.generation(); }
  /// Stored, and fetched all the same: is it what is stored?
  [[nodiscard]] const UidSet& recheck() const { return recheck_; }
  [[nodiscard]] UidSet files_missing() const { return found_.files_missing(); }
  [[nodiscard]] bool next_is_allowed() const { return next_is_allowed_; }

 private:
  /// What is being waited for.
  enum class Stage {
    kBegin,
    kFiles,
    kExamine,
    kCount,
    kNoop,
    kStored,
    kFlags,
    kHeaders,
    kList,
    kShown,
    kFetch,
    kWhetherGone,
    kRecount,
    kOldStored,
    kEnd,
  };
  using Kind = visit::Action::Kind;

  void next();
  // What has come is remembered. False: it is not what was waited for.
  bool take(const visit::Begun& /*begun*/) { return true; }
  bool take(const visit::Nooped& /*done*/) { return true; }
  bool take(visit::FilesSeen& seen);
  bool take(visit::Examined& examined);
  bool take(const visit::Counted& counted) {
    count_.status_says(counted.messages);
    return true;
  }
  bool take(visit::Stored& stored);
  bool take(visit::FlagsLevel& level) {
    found_.flags = std::move(level.found);
    return true;
  }
  bool take(const visit::HeadersCompared& compared);
  bool take(visit::Listed& listed);
  bool take(visit::Fetched& fetched) {
    came_ = std::move(fetched);
    return true;
  }
  bool take(visit::OldStored& stored) {
    found_.stored_of_old[*found_.next_old_generation()] = std::move(stored.uids);
    return true;
  }
  bool take(const visit::AllAsked& asked);
  bool take(const visit::Failed& failed);
  bool take(const visit::EarlyListFailed& failed);

  void act(visit::Action action) { actions_.push_back(std::move(action)); }
  void ask(Stage stage, Kind kind, UidSet uids = {});
  void ask_flags();
  void fetch(UidSet wanted);
  void recount();
  void end(visit::Action action);
  void end_with_cursor();
  void allow_next();

  [[nodiscard]] std::optional<Prefetch> possible_prefetch() const;
  void go_on_with_prefetch();
  void take_prefetch_for_list();
  [[nodiscard]] UidSet doubted() const;
  [[nodiscard]] bool needs_list();
  [[nodiscard]] bool take_flags_for_list();
  void say_disagreement(std::uint64_t listed);
  void weigh_unseen();

  Folder folder_;
  std::int64_t now_ms_ = 0;
  Stage stage_ = Stage::kBegin;
  visit::Actions actions_;
  VisitFacts found_;
  FolderWork work_;
  MailboxCount count_;
  UidSet looked_at_;
  UidSet recheck_;
  UidSet answer_;  ///< the last list
  visit::Fetched came_;
  std::optional<Prefetch> prefetch_;  ///< under way
  enum class EarlyList { kNone, kCame, kRefused } early_list_ = EarlyList::kNone;

  bool may_skip_ = false;  ///< the server tells of no change, and nothing was owed before
  bool may_prefetch_ = false;
  bool list_is_due_ = false;  ///< what was asked for so far does not answer for the mailbox
  bool listed_again_ = false;
  bool fetched_again_ = false;
  bool next_is_allowed_ = false;
};

}  // namespace imapkeep
