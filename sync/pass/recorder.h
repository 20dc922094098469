// The one way from "arrived" to "remembered": make_durable → (of what was stored before: are these
// other bytes? rechecks.h) → what does the ledger know of these names → commit to the store → apply
// to the ledger. Changes are gathered into a batch, from as many mailboxes as are being visited;
// while one is being recorded the next is made durable and the one behind it fills. A batch starts
// when it is big or old enough, or when a flush waits for it. After the first failure nothing more
// is accepted: the batch was condemned by the store, and what it held is fetched again by a later
// pass.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "daemon/base/clock.h"
#include "daemon/base/lifetime.h"
#include "daemon/base/log.h"
#include "daemon/base/operation.h"
#include "sync/pass/make_durable.h"
#include "sync/pass/progress.h"
#include "sync/pass/rechecks.h"
#include "sync/pass/unstored.h"
#include "sync/state/ledger.h"
#include "sync/store/message_store.h"

namespace imapkeep {

struct BatchLimits {
  std::size_t messages = 1000;
  std::uint64_t bytes = 16U << 20;
  Duration age = std::chrono::seconds(2);  ///< of the oldest message, looked at when one is added
};

class Recorder {
 public:
  struct Deps {
    MessageStore& store;
    Ledger& ledger;
    Clock& clock;
    Progress& progress;
    Unstored& unstored;
    Log log;
  };

  Recorder(Deps deps, AccountId account, JournalPosition journal_end, BatchLimits limits = {});
  ~Recorder();
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  /// `bytes`: how many have been appended to the store.
  void add_message(Arrival arrival, std::uint64_t bytes);
  /// For everything that needs no durability; the caller fills it in place.
  Batch& batch() { return next_.batch; }

  /// The folder's messages were compared with the ledger when the store gave this token.
  void know_token(const std::string& folder_path, const FolderToken& token) {
    tokens_[folder_path] = token;
  }
  /// The same after what was committed since: what a cursor may remember. Empty: somebody else has
  /// been there meanwhile, or it is not known.
  [[nodiscard]] FolderToken known_token(const std::string& folder_path) const {
    const auto known = tokens_.find(folder_path);
    return known == tokens_.end() ? FolderToken{} : known->second;
  }

  /// What was asked for in this folder was not done, since something lies in its place: it is owed.
  [[nodiscard]] bool refused(FolderId folder) const { return refused_.contains(folder); }

  /// More should not be added before on_space: the batch that fills is full, and cannot be durable
  /// yet.
  [[nodiscard]] bool full() const;
  /// Called (from the loop) when full() has become false, and when the recorder has failed.
  void on_space(std::function<void()> handler) { on_space_ = std::move(handler); }
  [[nodiscard]] const std::optional<Error>& failure() const { return failure_; }

  /// Everything added so far is durable and in the ledger, and so are the cursors. What others add
  /// later is not waited for. The cursors are written even if nobody waits any more.
  [[nodiscard]] Operation flush(const std::vector<FolderCursor>& cursors, Completion<Done> done);

  [[nodiscard]] std::uint64_t stored_messages() const { return stored_messages_; }
  [[nodiscard]] std::uint64_t stored_bytes() const { return stored_bytes_; }
  [[nodiscard]] std::uint64_t gone_messages() const { return gone_messages_; }
  /// Of what was fetched again in this folder although it was stored.
  [[nodiscard]] Rechecks::Tally rechecked(FolderId folder) const { return rechecks_.tally(folder); }
  /// Stored messages that were doubted, and have the header that the server has.
  void note_agreed(FolderId folder, UidValidity uid_validity, const UidSet& uids) {
    rechecks_.note_agreed(folder, uid_validity, uids);
  }
  /// What was doubted in the folder has been checked; what is doubted next is something else.
  void forget_checked(FolderId folder) { rechecks_.forget_checked(folder); }
  [[nodiscard]] const Rechecks& rechecks() const { return rechecks_; }
  [[nodiscard]] std::uint64_t changed_flags() const { return changed_flags_; }
  [[nodiscard]] JournalPosition journal_end() const { return journal_end_; }

 private:
  void abandon(const Arrival& arrival);
  void pump();
  [[nodiscard]] bool due() const;
  void on_durable(Result<Draft> durable);
  void record(Draft draft);
  void ask_names();
  void on_name_facts(Result<std::vector<NameFacts>> facts);
  void commit();
  void on_committed(Result<Committed> committed);
  void on_applied(Result<Done> applied);
  void count(const std::vector<Record>& records);
  void follow_tokens(const std::vector<TokenChange>& changes);
  void fail(const Error& error);
  void fail_flushes();
  void tell_space();

  Deps deps_;
  AccountId account_;
  JournalPosition journal_end_;
  BatchLimits limits_;
  Draft next_;                    ///< fills
  MakeDurable making_durable_;    ///< the one before it
  std::optional<Draft> durable_;  ///< waits for the one before it
  Rechecks rechecks_;             ///< of the one that is being recorded
  Draft now_;                     ///< is being recorded
  bool recording_ = false;
  std::optional<Error> failure_;
  std::function<void()> on_space_;
  std::map<std::string, FolderToken> tokens_;  ///< by folder path
  std::set<FolderId> refused_;
  Operation operation_;
  Operation failing_;  ///< of flushes that came behind a failure
  std::uint64_t batch_messages_ = 0;
  std::uint64_t batch_bytes_ = 0;
  std::uint64_t stored_messages_ = 0;
  std::uint64_t stored_bytes_ = 0;
  std::uint64_t gone_messages_ = 0;
  std::uint64_t changed_flags_ = 0;
  Lifetime lifetime_;
};

}  // namespace imapkeep
