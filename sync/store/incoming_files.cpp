#include "sync/store/incoming_files.h"

#include <algorithm>
#include <utility>

#include "sync/store/folder_tree.h"

namespace imapkeep {
namespace {

constexpr std::uint64_t kCheckSpaceEvery = 4U << 20;

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
  left_over_.clear();
  std::vector<std::string> names;
  const auto listed = tmp_.list([&names](std::string_view name) {
    names.emplace_back(name);
    return true;
  });
  if (!listed) return listed;
  for (const std::string& name : names) {
    if (const auto gone = tmp_.unlink(name); !gone) return gone.error();
  }
  return Done{};
}

void IncomingFiles::begin(IncomingId id) {
  const auto [entry, fresh] = messages_.try_emplace(id);
  if (!fresh) return;
  Message& message = entry->second;
  if (const auto space = check_free_space(tmp_, 0, min_free_); !space) {
    message.failure = space.error();
    return;
  }
  auto file = tmp_.create(file_name(id));
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

void IncomingFiles::write(IncomingId id, ByteView bytes) {
  const auto found = messages_.find(id);
  if (found == messages_.end()) return;
  Message& to = found->second;
  if (to.failure || to.sealed) return;
  since_check_ += bytes.size();
  if (since_check_ >= kCheckSpaceEvery) {
    since_check_ = 0;
    if (const auto space = check_free_space(tmp_, bytes.size(), min_free_); !space) {
      return fail(id, to, space.error());
    }
  }
  if (const auto written = to.file->write(bytes); !written) return fail(id, to, written.error());
  to.sha256.update(bytes);
  to.xxh3.update(bytes);
  to.lines.update(bytes);
}

Result<Done> IncomingFiles::finish(Message& message, std::int64_t internal_date) {
  message.identity = {message.sha256.finish(), message.xxh3.digest(), message.lines.size(),
                      message.lines.crlf_size()};
  message.sealed = true;
  const auto open = std::count_if(messages_.begin(), messages_.end(), [](const auto& entry) {
    return entry.second.sealed && entry.second.file;
  });
  if (const auto dated = message.file->set_mtime(std::max<std::int64_t>(internal_date, 0));
      !dated) {
    return dated;
  }
  if (static_cast<std::size_t>(open) >= kSyncTogether) close_sealed();
  return Done{};
}

// A batch of many files is made durable by syncfs, which needs no descriptors.
void IncomingFiles::close_sealed() {
  for (auto& [id, message] : messages_) {
    if (!message.sealed || !message.file) continue;
    const auto closed = message.file->close();
    message.file.reset();
    if (!closed) fail(id, message, closed.error());
  }
}

Sealed IncomingFiles::seal(const SealRequest& request) {
  Sealed sealed;
  sealed.incoming = request.incoming;
  const auto found = messages_.find(request.incoming);
  if (found == messages_.end()) {
    sealed.error =
        store_error("a message was dropped while it was being received", 0, Remedy::kRetryLater);
    return sealed;
  }
  Message& sealing = found->second;
  if (!sealing.failure && !sealing.sealed) {
    const auto finished = finish(sealing, request.internal_date);
    if (!finished) fail(request.incoming, sealing, finished.error());
  }
  sealed.error = sealing.failure;
  sealed.identity = sealing.identity;
  if (sealing.failure) messages_.erase(request.incoming);
  return sealed;
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
  if (!tmp_.unlink(file_name(id))) left_over_.push_back(id);
}

void IncomingFiles::sweep() {
  for (const IncomingId id : std::exchange(left_over_, {})) remove(id);
}

const MessageIdentity* IncomingFiles::identity(IncomingId id) const {
  const auto found = messages_.find(id);
  if (found == messages_.end() || !found->second.sealed || found->second.failure) return nullptr;
  return &found->second.identity;
}

Result<Done> IncomingFiles::sync_one(IncomingId id) {
  const auto found = messages_.find(id);
  if (found == messages_.end()) return store_error("a message in a batch was never received");
  if (auto file = std::move(found->second.file)) {
    const auto synced = file->sync();
    return synced ? file->close() : synced;
  }
  auto file = tmp_.read(file_name(id));
  return file ? (*file)->sync() : Result<Done>(file.error());
}

Result<Done> IncomingFiles::make_durable(const std::vector<IncomingId>& ids) {
  if (ids.size() >= kSyncTogether) {
    close_sealed();
    for (const IncomingId id : ids) {
      if (!identity(id)) return store_error("a message in a batch could not be closed");
    }
    return tmp_.sync_file_system();
  }
  for (const IncomingId id : ids) {
    if (const auto synced = sync_one(id); !synced) return synced;
  }
  return Done{};
}

}  // namespace imapkeep
