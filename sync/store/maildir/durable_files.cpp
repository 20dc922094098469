#include "sync/store/maildir/durable_files.h"

#include <utility>

#include "sync/store/maildir/folder_tree.h"
#include "sync/store/maildir/receiving_place.h"

namespace imapkeep {

Result<Done> DurableFiles::clear(Notes& notes) {
  messages_.clear();
  left_over_.clear();
  return empty_receiving_place(*tmp_, notes);
}

Result<std::vector<DurableMessage>> DurableFiles::make_durable(Handover handover) {
  std::vector<WholeFile>& whole = handover.files;
  std::vector<DurableMessage> all;
  all.reserve(whole.size());
  const Error* condemned = nullptr;
  for (const WholeFile& one : whole) {
    all.push_back({one.id, one.failure, one.identity});
    if (!one.failure) messages_[one.id] = {one.identity, false};
    if (one.condemns) condemned = &*one.failure;
  }
  if (condemned != nullptr) return *condemned;
  std::erase_if(whole, [](const WholeFile& one) { return one.failure.has_value(); });
  if (const auto synced = sync_all(handover); !synced) return synced.error();
  for (const WholeFile& one : whole) messages_.at(one.id).durable = true;
  return all;
}

/// One fsync for each, or one syncfs when they are many.
Result<Done> DurableFiles::sync_all(Handover& handover) {
  if (handover.files.size() >= kSyncTogether) return handover.tmp->sync_file_system();
  for (WholeFile& one : handover.files) {
    if (const auto synced = sync_one(one); !synced) return synced;
  }
  return Done{};
}

Result<Done> DurableFiles::sync_one(WholeFile& whole) {
  if (const auto file = std::move(whole.file)) {
    const auto synced = file->sync();
    return synced ? file->close() : synced;
  }
  auto file = tmp_->read(incoming_file(whole.id));
  return file ? (*file)->sync() : Result<Done>(file.error());
}

const MessageIdentity* DurableFiles::identity(IncomingId id) const {
  const auto found = messages_.find(id);
  if (found == messages_.end() || !found->second.durable) return nullptr;
  return &found->second.identity;
}

void DurableFiles::discard(IncomingId id) {
  if (messages_.erase(id) > 0) remove(id);
}

// A failure here must not hide the one that led here; the next opening
// removes what is left.
void DurableFiles::remove(IncomingId id) {
  if (!tmp_->unlink(incoming_file(id))) left_over_.push_back(id);
}

void DurableFiles::sweep() {
  for (const IncomingId id : std::exchange(left_over_, {})) remove(id);
}

}  // namespace imapkeep
