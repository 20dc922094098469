// One account kept level with its server for years. After a whole pass every watched folder has a
// connection that waits in IDLE. Work is done one run at a time:
//   news of a folder         → a visit to it, on that connection; a whole pass that has lasted long
//                              is interrupted for it, and goes on afterwards
//   a removal, a sweep due,
//   somebody asked           → a whole pass, on the first connection
//   trouble                  → TroubleState decides: wait, or wait for a person
// The other accounts never wait for this one. Nothing here blocks, and nothing is awaited without a
// deadline or a timer.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sync/follow/account_state.h"
#include "sync/follow/idle_connections.h"
#include "sync/follow/remembered_secret.h"
#include "sync/follow/run_progress.h"
#include "sync/follow/secret_watch.h"
#include "sync/follow/stall_watch.h"
#include "sync/follow/sweep_times.h"
#include "sync/follow/trouble_state.h"
#include "sync/pass/pass_run.h"
#include "sync/pass/store_opening.h"

namespace imapkeep {

class AccountKeeper {
 public:
  /// `state_changed` is called from the loop and must not destroy the keeper. `watch`: patterns of
  /// the folders to hold IDLE on.
  AccountKeeper(AccountDeps deps, std::function<void()> state_changed, std::string account_name,
                ServerOptions server, MirrorOptions mirror, std::vector<std::string> watch);
  ~AccountKeeper();
  AccountKeeper(const AccountKeeper&) = delete;
  AccountKeeper& operator=(const AccountKeeper&) = delete;

  void start();
  /// A whole pass from now on, whatever else is due; its outcome. `accept_gone`: a person says that
  /// what is gone from the server, and waits for a person, may leave.
  [[nodiscard]] Operation sync_now(Completion<SyncOutcome> done, bool accept_gone = false);
  /// Ends a wait for better times, if there is one.
  void try_now();
  /// The connections may be dead, or the way back may be open again (host_events.h).
  void probe();
  /// Finishes the batch in flight, closes the store. Nothing is done afterwards.
  [[nodiscard]] Operation stop(Completion<Done> done);

  [[nodiscard]] bool is_stopped() const { return closed_; }
  [[nodiscard]] const AccountState& state() const { return state_; }

 private:
  void open_store();
  void on_opened(Result<OpenedStore> opened);

  // What next?
  void work();
  void work_soon();
  void begin_whole_pass();
  void begin_visit(IdleConnection& idle);
  void begin_run(std::optional<FolderId> only);
  void on_long_pass();
  void interrupt_for_news();
  void on_run(Result<SyncOutcome> outcome);
  void after_whole_pass(const SyncOutcome& outcome);
  void after_visit(const SyncOutcome& outcome);
  void on_trouble(const Error& error);
  void wait_for(const TroubleState::Step& step);
  void tell(TroubleState::Tell how, const LogFields& fields);
  void try_again();

  void schedule_sweep(Duration delay);

  void enter(AccountPhase phase);
  void close_store_and_end();
  void tell_waiters(const SyncOutcome& outcome);
  [[nodiscard]] std::uint64_t chance() { return deps_.network.random.next_u64(); }
  [[nodiscard]] TroubleState::Login login() const {
    return {credentials_.needs_login(), credentials_.is_token()};
  }

  AccountDeps deps_;
  std::function<void()> state_changed_;
  RememberedSecret credentials_;
  std::string name_;
  ServerOptions server_;
  MirrorOptions mirror_;
  std::vector<std::string> watch_patterns_;
  AccountState state_;

  std::unique_ptr<StoreOpening> store_opening_;
  std::optional<OpenedStore> opened_;
  JournalPosition journal_end_;
  std::unique_ptr<Suspects> suspects_;  ///< null between runs when it remembers nothing

  SecretWatch secret_;
  StallWatch stall_;
  IdleConnections idle_;
  std::unique_ptr<RunProgress> progress_;  ///< of the run
  std::unique_ptr<PassRun> run_;
  IdleConnection* lent_ = nullptr;  ///< to the run
  std::int64_t run_started_ms_ = 0;

  MonoTime run_began_at_;
  Duration long_pass_after_ = std::chrono::minutes(1);
  bool run_is_whole_ = false;
  bool interrupted_ = false;  ///< the whole pass under way, for news

  bool pass_due_ = true;
  std::optional<std::int64_t> accept_asked_ms_;  ///< when; for the next whole pass
  std::optional<std::int64_t> accepting_ms_;     ///< the same for the one under way
  std::optional<MonoTime> witness_due_;  ///< when a pass over a new connection can be a second
                                         ///< witness of what waits
  int visits_since_pass_ = 0;
  SweepTimes sweep_times_;
  bool at_work_ = false;  ///< from opening the store for a run until its outcome was dealt with
  bool stopping_ = false;
  bool closed_ = false;
  TroubleState trouble_;
  std::vector<Pending<SyncOutcome>> waiters_;  ///< for a pass that has not begun
  std::vector<Pending<SyncOutcome>> served_;   ///< by the pass under way

  Operation operation_;
  Operation soon_;
  Operation sweep_;
  Operation long_pass_;
  Operation retry_;
  Pending<Done> stopped_;
};

}  // namespace imapkeep
