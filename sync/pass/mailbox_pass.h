// One pass over one mailbox (docs/synchronisation.md):
//   are its files still there?  → EXAMINE → flags of what is known → the list of UIDs → bodies of
//   what is not stored → cursor. What the list lacks is only reported: it departs later, see
//   gone_pass.h.
// Whatever arrived is durable and in the ledger when the pass ends, also when it ends with an
// error.
//
// A folder of which nothing is stored is opened: EXAMINE, the list of UIDs and the first messages
// are asked for in one go (sync/plan/prefetch.h). When all has been asked for, the line is given to
// the next mailbox; a pass that needs it again after that ends with `again`, to be repeated alone.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sync/pass/body_fetch.h"
#include "sync/pass/flag_changes.h"
#include "sync/pass/header_check.h"
#include "sync/pass/inventory.h"
#include "sync/pass/mirrored_folder.h"
#include "sync/pass/recorder.h"
#include "sync/plan/mailbox_plan.h"
#include "sync/plan/prefetch.h"

namespace imapkeep {

class MailboxPass final : public imap::MailboxEvents {
 public:
  using Deps = BodyFetch::Deps;
  struct Outcome {
    bool skipped = false;                ///< nothing had changed, by what LIST said
    bool again = false;                  ///< something has to be asked that nobody foresaw
    bool whole = false;                  ///< everything that the server listed is stored
    std::optional<imap::Examined> seen;  ///< or as remembered, when it was skipped
    std::vector<Absence> absences;
  };

  /// `next_may_examine`: called once, when another mailbox may be examined; null: the line is this
  /// one's until the pass ends.
  MailboxPass(Deps deps, Ledger& ledger, AccountId account, MirroredFolder folder,
              std::function<void()> next_may_examine);
  ~MailboxPass() override;
  /// Errors with Remedy::kSkipMessage are this mailbox's alone.
  [[nodiscard]] Operation start(Completion<Outcome> done);
  /// The server owes it answers, or did when the connection was lost.
  [[nodiscard]] bool is_at_server() const { return at_server_; }

  void on_exists(std::uint64_t count) override {
    count_has_moved_ = count_has_moved_ || count != exists_;
    exists_ = count;
  }
  void on_expunged() override {
    count_has_moved_ = true;
    exists_ -= exists_ > 0 ? 1 : 0;
  }

 private:
  void on_inventory(Result<Inventory::Outcome> inventory);
  [[nodiscard]] std::optional<Prefetch> possible_prefetch() const;
  void examine();
  void start_prefetch(const Prefetch& prefetch);
  void on_examined(Result<imap::Examined> examined);
  void on_opened();
  void make_body_fetch(UidValidity uid_validity);
  void allow_next_examine();
  void end_for_now();
  void ask_count();
  void on_count(const Result<imap::MailboxStatus>& status);
  void on_count_again(const Result<Done>& done);
  void find_stored();
  void on_stored(Result<UidSet> stored);
  void on_flags_level(Result<Done> done);
  void check_doubted();
  void on_headers(const Result<HeaderCheck::Outcome>& compared);
  void find_new();
  void list_uids();
  void on_uids(Result<UidSet> listed);
  void on_recount(Result<Done> done);
  void fetch(UidSet wanted);
  void on_fetched(Result<Done> fetched);
  void take_prefetch_for_list();
  void ask_whether_gone(UidSet unseen);
  void on_whether_gone(const UidSet& unseen, const Result<UidSet>& listed);
  void owe_folder(const UidSet& not_shown);
  void flush_and_recount();
  void say_disagreement(std::uint64_t listed);
  void list_by_fetch();
  void on_listed_by_fetch(const Result<Done>& done);
  void make_flag_changes();
  /// Messages whose flags nobody can promise to be those of the server.
  [[nodiscard]] UidSet without_flags() const;
  bool knows_all_flags();
  void keep_convictions();
  void quarantine(Uid uid, const std::string& reason);
  void look_at_old_quarantines();
  void end_quarantines(bool whole);
  void on_recounted(Result<UidSet> stored);
  void write_cursor();
  void remember_token();
  void finish(Result<Outcome> result);
  void flush_and_fail(const Error& error);

  /// The flags of all known messages were asked for. When as many answered as the mailbox has, and
  /// none came or went meanwhile, they are all that there are: the UIDs are not asked for again.
  bool take_flags_for_list() {
    const bool all = flags_ && count_agrees() && work_.flags == FlagsScan::kFull &&
                     !count_has_moved_ && flags_->answered().count() == exists_;
    if (!all) return false;
    listed_ = flags_->answered();
    listed_all_ = true;
    list_complete_ = true;
    return true;
  }

  /// As far as STATUS was asked what it says.
  [[nodiscard]] bool count_agrees() const { return counted_ <= exists_; }
  /// There may be so many. A list is only spared where nothing says that it has members.
  [[nodiscard]] std::uint64_t expected() const {
    return std::max({exists_, counted_, examined_.exists});
  }

  Deps deps_;
  Ledger& ledger_;
  AccountId account_;
  MirroredFolder folder_;
  Inventory inventory_;
  Inventory::Outcome found_;
  imap::Examined examined_;
  std::uint64_t exists_ = 0;
  std::uint64_t counted_ = 0;  ///< by STATUS, where EXAMINE's count was doubted
  FolderWork work_;
  UidSet stored_;
  std::map<UidValidity, UidSet> stored_of_old_;  ///< where something is quarantined
  UidSet listed_;
  UidSet recheck_;  ///< stored, and fetched all the same: is it what is stored?

  bool count_has_moved_ = false;  ///< since EXAMINE
  bool listed_all_ = false;       ///< listed_ is an answer to UID SEARCH of everything
  bool list_complete_ = false;    ///< … and has as many members as the mailbox has messages
  bool listed_again_ = false;
  bool fetched_again_ = false;
  bool list_is_due_ = false;
  bool opened_ = false;
  bool prefetched_all_ = false;  ///< the prefetch asked for every UID
  bool may_skip_ = false;        ///< the server tells of no change, and nothing is owed
  bool search_in_prefetch_ = false;
  bool at_server_ = false;
  bool next_was_allowed_ = false;
  std::function<void()> next_may_examine_;
  Operation search_;  ///< of an prefetch
  std::map<Uid, std::string> refused_;
  UidSet arrived_without_flags_;
  std::unique_ptr<FlagChanges> flags_;
  std::unique_ptr<HeaderCheck> headers_;
  std::unique_ptr<BodyFetch> bodies_;
  Outcome outcome_;
  Operation operation_;
  Pending<Outcome> done_;
};

}  // namespace imapkeep
