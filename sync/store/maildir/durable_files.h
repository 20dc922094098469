// Messages whose bytes are all there, between "durable" and "named": still files in INBOX/tmp,
// known by the number under which they came in. Many are made durable by one syncfs, few by an
// fsync each.
#pragma once

#include <map>
#include <vector>

#include "daemon/base/files.h"
#include "daemon/base/notes.h"
#include "sync/store/maildir/arriving_files.h"
#include "sync/store/message_store.h"

namespace imapkeep {

class DurableFiles {
 public:
  explicit DurableFiles(Directory& tmp) : tmp_(&tmp) {}

  /// The receiving place, opened again.
  void attach(Directory& tmp) { tmp_ = &tmp; }
  /// None is waiting for its name, and nothing is left to be removed.
  [[nodiscard]] bool empty() const { return messages_.empty() && left_over_.empty(); }
  /// Removes whatever of ours lies there: what an earlier process left.
  Result<Done> clear(Notes& notes);

  /// One answer for each, in order. An error of the whole means that nobody knows what of them is
  /// on the disk.
  Result<std::vector<DurableMessage>> make_durable(Handover handover);
  /// Of a durable message, durable; null when there is none.
  [[nodiscard]] const MessageIdentity* identity(IncomingId id) const;
  [[nodiscard]] Directory& directory() { return *tmp_; }
  /// The file has its final name now.
  void placed(IncomingId id) { messages_.erase(id); }
  /// Unknown ids are harmless.
  void discard(IncomingId id);
  /// Removes what could not be removed when it was dropped.
  void sweep();

 private:
  struct Message {
    MessageIdentity identity;
    bool durable = false;
  };
  Result<Done> sync_all(Handover& handover);
  Result<Done> sync_one(WholeFile& whole);
  void remove(IncomingId id);

  Directory* tmp_;
  std::map<IncomingId, Message> messages_;
  std::vector<IncomingId> left_over_;  ///< files that belong to nothing, and resisted
};

}  // namespace imapkeep
