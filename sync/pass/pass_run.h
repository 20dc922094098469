// One pass carried through whatever the network does: over the connection that is there or a new
// one, again when it is lost, at once while passes make progress and with growing delays a few
// times while not. It ends when a pass has gone through, or with an error that says what now. A
// message during which the connection is lost again and again is quarantined. A folder in which it
// is lost for no such reason, or for too many, is left out, and the others go on.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sync/pass/account_connector.h"
#include "sync/pass/account_deps.h"
#include "sync/pass/account_pass.h"
#include "sync/pass/backoff.h"
#include "sync/pass/options.h"
#include "sync/pass/owner_check.h"
#include "sync/pass/store_opening.h"
#include "sync/pass/suspects.h"

namespace imapkeep {

struct SyncOutcome {
  std::optional<Error> error;     ///< the pass did not go through
  std::vector<std::string> owed;  ///< sentences: what is not stored although the server has it
  std::vector<std::string> owed_folders;  ///< of those, what is owed as a whole folder, or more
  std::optional<LeftOut> left_out;        ///< nothing: the pass did not get so far
  std::uint64_t stored = 0;
  std::uint64_t stored_bytes = 0;
  std::uint64_t gone = 0;
  std::uint64_t flags = 0;  ///< changes of flags
};

class PassRun {
 public:
  struct Task {
    OpenedStore store;
    JournalPosition journal_end;
    std::optional<FolderId> only;  ///< a visit to this folder, without LIST and without departures
    PassWish wish{};
  };

  /// `connection`: open, or null. Both options outlive the run. `account`: the operator's name.
  PassRun(AccountDeps deps, Suspects& suspects, std::string account, const ServerOptions& server,
          const MirrorOptions& mirror, std::unique_ptr<imap::SourceConnection> connection);
  /// Connects. No pass begins before its task is known, for which the store must be open.
  [[nodiscard]] Operation start(Completion<SyncOutcome> done);
  void begin_with(Task task);
  /// The batch in flight is finished and nothing else begun; the outcome's error (kBusy) says why.
  void stop(const std::string& why = "stopped");
  /// On the connection that is there.
  [[nodiscard]] std::uint64_t bytes_received() const;
  /// The connection may be dead.
  void probe();

  // Once it has ended.
  /// What the task said, or the last pass.
  [[nodiscard]] JournalPosition journal_end() const { return task_->journal_end; }
  /// As the task said, with the owner that was learned meanwhile.
  [[nodiscard]] const OpenedStore& store() const { return task_->store; }
  /// Null when it was lost.
  [[nodiscard]] std::unique_ptr<imap::SourceConnection> take_connection();
  /// What the last pass saw; null when there was none.
  [[nodiscard]] const AccountPass* pass() const { return pass_.get(); }

 private:
  void connect();
  void connect_after(Duration delay);
  void on_connected(Result<std::unique_ptr<imap::SourceConnection>> connected);
  [[nodiscard]] bool mends(const Error& error);
  void begin_pass_when_ready();
  void check_owner();
  void begin_pass();
  void on_pass(Result<Done> passed);
  void made_progress();
  void weigh_loss(std::optional<FolderId> folder, const Error& why);
  void retry_or_end(const Error& error);
  void end(const std::optional<Error>& error);
  void give_up_cut();

  AccountDeps deps_;
  Suspects& suspects_;
  std::string account_;
  AccountConnector connector_;
  const ServerOptions& server_;
  const MirrorOptions& mirror_;
  std::optional<Task> task_;
  std::uint64_t losses_ = 0;   // of suspects_, as last seen
  std::uint64_t answers_ = 0;  // the same
  std::uint64_t gained_ = 0;   // the same, of a message that was cut
  int excused_ = 0;
  int lost_samples_ = 0;
  int isolating_ = 0;                     // connections lost at messages
  std::map<FolderId, int> lost_in_;       // connections, by the folder that was being visited
  std::map<FolderId, int> doubtful_in_;   // in a row, at messages, with no answer in between
  std::map<FolderId, int> convicted_in_;  ///< bad messages found, when the last loss was weighed
  AccountPass::Skipped skip_;
  std::unique_ptr<imap::SourceConnection> connection_;
  std::unique_ptr<OwnerCheck> owner_check_;
  std::optional<OwnerRecord> learned_;  ///< and not written down yet
  std::unique_ptr<AccountPass> pass_;
  Backoff backoff_;
  unsigned fruitless_ = 0;
  unsigned reconnects_ = 0;  ///< at once, in a row
  MonoTime started_;
  MonoTime progress_at_;
  bool ever_connected_ = false;
  bool ready_ = false;        ///< the connection is open, and no pass has begun on it
  bool asked_again_ = false;  ///< the server hung up where its word on a token was due
  bool stopping_ = false;
  SyncOutcome outcome_;
  Operation operation_;
  Pending<SyncOutcome> done_;
};

}  // namespace imapkeep
