// One pass over one mailbox (docs/synchronisation.md). What is to be done next is decided by
// sync/plan/mailbox_machine.h; here it is done, over connection, store and ledger, and its outcome
// told to the machine. What the list lacks is only reported: it departs later, see gone_pass.h.
// Whatever arrived is durable and in the ledger when the pass ends, also when it ends with an
// error.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "sync/pass/body_fetch.h"
#include "sync/pass/flag_changes.h"
#include "sync/pass/header_check.h"
#include "sync/pass/inventory.h"
#include "sync/pass/mirrored_folder.h"
#include "sync/pass/recorder.h"
#include "sync/plan/mailbox_machine.h"

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

  /// `next_may_examine`: called once, when another mailbox may be examined; null: the connection is
  /// this one's until the pass ends.
  MailboxPass(Deps deps, Ledger& ledger, AccountId account, MirroredFolder folder,
              std::function<void()> next_may_examine);
  ~MailboxPass() override;
  /// Errors with Remedy::kSkipMessage are this mailbox's alone.
  [[nodiscard]] Operation start(Completion<Outcome> done);
  /// The server owes it answers, or did when the connection was lost.
  [[nodiscard]] bool is_at_server() const { return at_server_; }

  void on_exists(std::uint64_t count) override { machine_.count().exists_is(count); }
  void on_expunged() override { machine_.count().one_expunged(); }

 private:
  void on(visit::Event event);
  void carry_out(visit::Action& action);

  void look_at_files(bool all, bool may_skip);
  void examine();
  void prefetch(const Prefetch& prefetch);
  void ask_count();
  void noop(std::function<void()> then);
  void find_stored();
  void fetch_flags(const visit::Action& ask);
  void compare_headers(UidSet doubted);
  void list_uids();
  void list_by_fetch();
  void make_body_fetch(UidValidity uid_validity);
  void fetch(UidSet wanted);
  void on_fetched(const Result<Done>& fetched);
  void recount();
  void find_old_stored(UidValidity generation);

  void skip();
  void write_cursor(VisitEnd& end);
  void keep_and_fail(const Error& error);
  void flush_and_finish(const std::vector<FolderCursor>& cursors);
  void finish(Result<Outcome> result);

  void quarantine(Uid uid, const std::string& reason);
  void keep_convictions();
  [[nodiscard]] MessageKey key(Uid uid) const { return {folder_.id(), machine_.generation(), uid}; }

  Deps deps_;
  Ledger& ledger_;
  AccountId account_;
  MirroredFolder folder_;
  MailboxMachine machine_;
  Inventory inventory_;
  FolderToken token_;  ///< of the files that were looked at
  bool at_server_ = false;
  std::function<void()> next_may_examine_;
  Operation early_list_;  ///< of a prefetch
  UidSet shown_;          ///< by FETCH of everything
  std::unique_ptr<FlagChanges> flags_;
  std::unique_ptr<HeaderCheck> headers_;
  std::unique_ptr<BodyFetch> bodies_;
  Outcome outcome_;
  Operation operation_;
  Pending<Outcome> done_;
};

}  // namespace imapkeep
