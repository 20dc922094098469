#include "sync/store/maildir/arriving_files.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "sync/store/maildir/folder_tree.h"
#include "sync/store/maildir/receiving_place.h"

namespace imapkeep {
namespace {

constexpr std::uint64_t kLeastOfFile = 4096;  // what an empty one costs the disk, about

Error cut() {
  return store_error("a message was cut while it was being received", 0, Remedy::kRetryLater);
}

}  // namespace

Result<Done> check_free_space(Directory& directory, std::uint64_t needed, std::uint64_t min_free) {
  const auto free = directory.free_space();
  if (!free) return free.error();
  if (free->bytes >= needed && free->bytes - needed >= min_free) return Done{};
  return store_error(directory.path() + ": " + std::to_string(free->bytes) + " bytes are free, " +
                         std::to_string(needed) + " are wanted and " + std::to_string(min_free) +
                         " must stay free (min_free); make room on the disk",
                     ENOSPC, Remedy::kRetryLater);
}

Result<Done> try_small_file(Directory& tmp) {
  const std::string name = receiving_name("room");  // messages have numbers
  if (const auto former = tmp.unlink(name); !former) return former.error();
  auto file = tmp.create(name);
  if (!file) return file.error();
  auto written = (*file)->write(std::string(kLeastOfFile, ' '));
  if (written) written = (*file)->close();
  const auto gone = tmp.unlink(name);
  if (written && !gone) return gone.error();
  return written;
}

std::string incoming_file(IncomingId id) { return receiving_name(std::to_string(id)); }

void ArrivingFiles::attach(std::shared_ptr<Directory> tmp) {
  tmp_ = std::move(tmp);
  for (const IncomingId id : std::exchange(left_over_, {})) remove(id);
}

void ArrivingFiles::rest() {
  if (messages_.empty() && left_over_.empty()) tmp_.reset();
}

void ArrivingFiles::clear() {
  while (!messages_.empty()) discard(messages_.begin()->first);
  open_whole_.clear();
  left_over_.clear();  // removed with the rest
  since_check_ = kCheckSpaceEvery;
  tmp_.reset();
}

void ArrivingFiles::begin(IncomingId id) {
  if (!tmp_) return;
  const auto [entry, fresh] = messages_.try_emplace(id);
  if (!fresh) return;
  Message& message = entry->second;
  if (const auto space = spend(kLeastOfFile); !space) {
    message.failure = space.error();
    return;
  }
  auto file = tmp_->create(incoming_file(id));
  if (file) {
    message.file = std::move(*file);
  } else {
    fail(id, message, file.error());
  }
}

void ArrivingFiles::fail(IncomingId id, Message& message, const Error& error) {
  message.failure = error;
  message.file.reset();
  remove(id);
}

/// Asking for every message would cost more than it tells.
Result<Done> ArrivingFiles::spend(std::uint64_t bytes) {
  since_check_ += bytes;
  if (since_check_ < kCheckSpaceEvery) return Done{};
  auto space = check_free_space(*tmp_, bytes, min_free_);
  if (space) since_check_ = 0;
  return space;
}

void ArrivingFiles::write(IncomingId id, ByteView bytes) {
  const auto found = messages_.find(id);
  if (found == messages_.end()) return;
  Message& to = found->second;
  if (to.failure || !to.count) return;
  if (const auto space = spend(bytes.size()); !space) return fail(id, to, space.error());
  if (const auto written = to.file->write(bytes); !written) return fail(id, to, written.error());
  to.count->sha256.update(bytes);
  to.count->xxh3.update(bytes);
  to.count->lines.update(bytes);
}

void ArrivingFiles::end(IncomingId id) {
  const auto found = messages_.find(id);
  if (found == messages_.end()) return;
  Message& ended = found->second;
  if (ended.failure || !ended.count) return;
  Count& count = *ended.count;
  ended.identity = {count.sha256.finish(), count.xxh3.digest(), count.lines.size(),
                    count.lines.crlf_size()};
  ended.count.reset();
  open_whole_.push_back(id);
  if (open_whole_.size() >= kSyncTogether) close_whole();
}

void ArrivingFiles::close_whole() {
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

Handover ArrivingFiles::hand_over(const std::vector<IncomingId>& ids) {
  if (ids.size() >= kSyncTogether) close_whole();
  Handover handover{{}, tmp_};
  handover.files.reserve(ids.size());
  for (const IncomingId id : ids) {
    const auto found = messages_.find(id);
    WholeFile& one = handover.files.emplace_back();
    one.id = id;
    if (found == messages_.end() || (found->second.count && !found->second.failure)) {
      one.failure = cut();
      continue;
    }
    Message& message = found->second;
    one.file = std::move(message.file);
    one.identity = message.identity;
    one.failure = std::move(message.failure);
    one.condemns = message.condemns;
    if (one.file) std::erase(open_whole_, id);
    messages_.erase(found);
  }
  return handover;
}

bool ArrivingFiles::discard(IncomingId id) {
  const auto found = messages_.find(id);
  if (found == messages_.end()) return false;
  const bool there = !found->second.failure;
  messages_.erase(found);
  if (there) remove(id);
  return true;
}

// A failure here must not hide the one that led here; the next opening
// removes what is left.
void ArrivingFiles::remove(IncomingId id) {
  if (!tmp_ || !tmp_->unlink(incoming_file(id))) left_over_.push_back(id);
}

}  // namespace imapkeep
