#include "sync/store/incoming_files.h"

#include <algorithm>
#include <utility>

#include "sync/store/folder_tree.h"

namespace imapkeep {
namespace {

constexpr std::uint64_t kLeastOfFile = 4096;  // what an empty one costs the disk, about

}  // namespace

Result<Done> check_free_space(Directory& directory, std::uint64_t needed, std::uint64_t min_free) {
  const auto free = directory.free_space();
  if (!free) return free.error();
  if (free->bytes >= needed && free->bytes - needed >= min_free) return Done{};
  return store_error(directory.path() + ": " + std::to_string(free->bytes) + " bytes are free, " +
                         std::to_string(needed) + " are wanted and " + std::to_string(min_free) +
                         " must stay free (min_free); make room on the disk",
                     0, Remedy::kRetryLater);
}

std::string IncomingFiles::file_name(IncomingId id) { return std::to_string(id); }

Result<Done> IncomingFiles::clear() {
  messages_.clear();
  open_whole_.clear();
  left_over_.clear();
  std::vector<std::string> names;
  const auto listed = tmp_->list([&names](std::string_view name) {
    names.emplace_back(name);
    return true;
  });
  if (!listed) return listed;
  for (const std::string& name : names) {
    if (const auto gone = tmp_->unlink(name); !gone) return gone.error();
  }
  return Done{};
}

void IncomingFiles::begin(IncomingId id) {
  const auto [entry, fresh] = messages_.try_emplace(id);
  if (!fresh) return;
  Message& message = entry->second;
  if (const auto space = spend(kLeastOfFile); !space) {
    message.failure = space.error();
    return;
  }
  auto file = tmp_->create(file_name(id));
  if (file) {
    message.file = std::move(*file);
  } else {
    fail(id, message, file.error());
  }
}

void IncomingFiles::fail(IncomingId id, Message& message, const Error& error) {
  message.failure = error;
  message.file.reset();
  remove(id);
}

/// Asking for every message would cost more than it tells.
Result<Done> IncomingFiles::spend(std::uint64_t bytes) {
  since_check_ += bytes;
  if (since_check_ < kCheckSpaceEvery) return Done{};
  auto space = check_free_space(*tmp_, bytes, min_free_);
  if (space) since_check_ = 0;
  return space;
}

void IncomingFiles::write(IncomingId id, ByteView bytes) {
  const auto found = messages_.find(id);
  if (found == messages_.end()) return;
  Message& to = found->second;
  if (to.failure || to.whole) return;
  if (const auto space = spend(bytes.size()); !space) return fail(id, to, space.error());
  if (const auto written = to.file->write(bytes); !written) return fail(id, to, written.error());
  to.count->sha256.update(bytes);
  to.count->xxh3.update(bytes);
  to.count->lines.update(bytes);
}

void IncomingFiles::end(IncomingId id, std::int64_t internal_date) {
  const auto found = messages_.find(id);
  if (found == messages_.end()) return;
  Message& ended = found->second;
  if (ended.failure || ended.whole) return;
  Count& count = *ended.count;
  ended.identity = {count.sha256.finish(), count.xxh3.digest(), count.lines.size(),
                    count.lines.crlf_size()};
  ended.count.reset();
  ended.whole = true;
  const auto dated = ended.file->set_mtime(std::max<std::int64_t>(internal_date, 0));
  if (!dated) return fail(id, ended, dated.error());
  open_whole_.push_back(id);
  if (open_whole_.size() >= kSyncTogether) close_whole();
}

void IncomingFiles::close_whole() {
  for (const IncomingId id : std::exchange(open_whole_, {})) {
    const auto found = messages_.find(id);
    if (found == messages_.end() || !found->second.file) continue;
    const auto closed = found->second.file->close();
    found->second.file.reset();
    if (closed) continue;
    fail(id, found->second, closed.error());
    found->second.condemns = true;
  }
}

Result<std::vector<Sealed>> IncomingFiles::seal(const std::vector<IncomingId>& ids) {
  if (ids.size() >= kSyncTogether) close_whole();
  std::vector<Sealed> all;
  std::vector<IncomingId> whole;
  all.reserve(ids.size());
  for (const IncomingId id : ids) {
    const auto found = messages_.find(id);
    if (found != messages_.end() && found->second.condemns) return *found->second.failure;
    all.push_back(seal_one(id));
    if (!all.back().error) whole.push_back(id);
  }
  if (const auto synced = sync_all(whole); !synced) return synced.error();
  for (const IncomingId id : whole) messages_.at(id).durable = true;
  return all;
}

Sealed IncomingFiles::seal_one(IncomingId id) {
  const auto found = messages_.find(id);
  const Message* message = found != messages_.end() ? &found->second : nullptr;
  if (message == nullptr || (!message->whole && !message->failure)) {
    return {id,
            store_error("a message was cut while it was being received", 0, Remedy::kRetryLater),
            {}};
  }
  Sealed sealed{id, message->failure, message->identity};
  if (message->failure) messages_.erase(found);
  return sealed;
}

/// One fsync for each, or one syncfs when they are many.
Result<Done> IncomingFiles::sync_all(const std::vector<IncomingId>& ids) {
  if (ids.size() >= kSyncTogether) return tmp_->sync_file_system();
  for (const IncomingId id : ids) {
    if (const auto synced = sync_one(id); !synced) return synced;
  }
  return Done{};
}

Result<Done> IncomingFiles::sync_one(IncomingId id) {
  if (auto file = std::move(messages_.at(id).file)) {
    std::erase(open_whole_, id);
    const auto synced = file->sync();
    return synced ? file->close() : synced;
  }
  auto file = tmp_->read(file_name(id));
  return file ? (*file)->sync() : Result<Done>(file.error());
}

void IncomingFiles::discard(IncomingId id) {
  const auto found = messages_.find(id);
  if (found == messages_.end()) return;
  const bool there = !found->second.failure;
  messages_.erase(found);
  if (there) remove(id);
}

// A failure here must not hide the one that led here; tmp/ is emptied at the next opening at last.
void IncomingFiles::remove(IncomingId id) {
  if (!tmp_->unlink(file_name(id))) left_over_.push_back(id);
}

void IncomingFiles::sweep() {
  for (const IncomingId id : std::exchange(left_over_, {})) remove(id);
}

const MessageIdentity* IncomingFiles::identity(IncomingId id) const {
  const auto found = messages_.find(id);
  if (found == messages_.end() || !found->second.durable) return nullptr;
  return &found->second.identity;
}

}  // namespace imapkeep
