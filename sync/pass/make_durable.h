// The first half of the road from "arrived" to "remembered": the bytes of a draft's messages become
// durable and get their identity. What cannot be kept is quarantined with its reason; it leaves the
// arrivals and stands in the draft's batch instead. One draft at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daemon/base/clock.h"
#include "daemon/base/log.h"
#include "daemon/base/operation.h"
#include "sync/pass/unstored.h"
#include "sync/plan/folder_cursor.h"
#include "sync/store/message_store.h"

namespace imapkeep {

/// A message whose bytes have all been appended to the store.
struct Arrival {
  IncomingId incoming = 0;
  std::string folder_path;
  MessageRecord record;  ///< lacks the number, and before durability the identity
  /// As many other bytes that came for this message, given up when these are stored. If they are
  /// the same, `record.doubtful` is void. 0: none.
  IncomingId rival = 0;
  /// The ledger has a live message under this key and its file is there: what came is compared with
  /// it (sync/plan/identity_check.h).
  bool rechecks = false;
  /// The same, but its file is not there any more, or damaged: these bytes are stored whatever they
  /// are compared with.
  bool file_missing = false;
};

/// What will be one commit.
struct Draft {
  Batch batch;
  std::vector<Arrival> arrivals;
  std::vector<FolderCursor> cursors;
  std::vector<Pending<Done>> flushes;  ///< that end with it
  std::uint64_t bytes = 0;
  MonoTime since{};  ///< when the first arrival came
};

class MakeDurable {
 public:
  struct Deps {
    MessageStore& store;
    Clock& clock;
    Unstored& unstored;
    Log log;
  };

  explicit MakeDurable(Deps deps) : deps_(std::move(deps)) {}
  ~MakeDurable();
  MakeDurable(const MakeDurable&) = delete;
  MakeDurable& operator=(const MakeDurable&) = delete;

  /// `done` is never called from inside start(), except with a draft that has no arrivals.
  void start(Draft draft, std::function<void(Result<Draft>)> done);
  [[nodiscard]] bool busy() const { return draft_.has_value(); }
  /// The one that is being made durable, or could not be; null when there is none.
  [[nodiscard]] Draft* draft() { return draft_ ? &*draft_ : nullptr; }

 private:
  void give_up(const Draft& draft);
  void on_durable(Result<std::vector<DurableMessage>> durable);
  void take(std::vector<DurableMessage> durable);
  void quarantine(const Arrival& arrival, const Error& why);
  void finish(std::optional<Error> why);

  Deps deps_;
  std::optional<Draft> draft_;
  std::function<void(Result<Draft>)> done_;
  Operation operation_;
};

}  // namespace imapkeep
