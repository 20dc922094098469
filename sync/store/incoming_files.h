// Messages on their way in: files in .imapkeep/tmp, hashed and counted while they are written. A
// message that cannot be written (a full disk, most often) fails alone, and says why when it is
// sealed. Whole files keep their descriptor while they are few, because then each is fsynced; many
// are made durable by one syncfs, which needs none.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/base/files.h"
#include "sync/store/line_count.h"
#include "sync/store/message_store.h"

namespace imapkeep {

/// An error with kRetryLater when fewer than `needed` + `min_free` bytes are free.
Result<Done> check_free_space(Directory& directory, std::uint64_t needed, std::uint64_t min_free);

class IncomingFiles {
 public:
  static constexpr std::uint64_t kCheckSpaceEvery = 4U << 20;

  IncomingFiles(Directory& tmp, std::uint64_t min_free) : tmp_(&tmp), min_free_(min_free) {}

  /// The same tmp/, opened again.
  void attach(Directory& tmp) { tmp_ = &tmp; }
  /// Nothing is on its way in, and nothing is left to be removed.
  [[nodiscard]] bool empty() const { return messages_.empty() && left_over_.empty(); }

  /// Removes everything from tmp/: what an earlier process left.
  Result<Done> clear();

  void begin(IncomingId id);
  /// Bytes of a message that was not begun since tmp/ was emptied belong to nothing: ignored, so
  /// that the tail of a message is never taken for one.
  void write(IncomingId id, ByteView bytes);
  /// Nothing follows; the date becomes the file's mtime.
  void end(IncomingId id, std::int64_t internal_date);
  /// Makes the bytes of whole messages durable, and tells what they are. An error of the whole
  /// means that nobody knows what of them is on the disk.
  Result<std::vector<Sealed>> seal(const std::vector<IncomingId>& ids);
  /// Unknown ids are harmless.
  void discard(IncomingId id);
  /// Removes what could not be removed when it was dropped.
  void sweep();

  /// Of a sealed message, durable; null when there is none.
  [[nodiscard]] const MessageIdentity* identity(IncomingId id) const;
  [[nodiscard]] Directory& directory() { return *tmp_; }
  [[nodiscard]] static std::string file_name(IncomingId id);
  /// The file has its final name now.
  void placed(IncomingId id) { messages_.erase(id); }

 private:
  struct Count {
    Sha256 sha256;
    Xxh3 xxh3;
    LineCount lines;
  };
  struct Message {
    std::unique_ptr<OutFile> file;
    std::unique_ptr<Count> count = std::make_unique<Count>();  ///< until the message is whole
    bool whole = false;
    bool durable = false;
    MessageIdentity identity;
    std::optional<Error> failure;
    bool condemns = false;  ///< it failed when nobody could tell any more what was written
  };

  void fail(IncomingId id, Message& message, const Error& error);
  Result<Done> spend(std::uint64_t bytes);
  [[nodiscard]] Sealed seal_one(IncomingId id);
  void close_whole();
  void remove(IncomingId id);
  Result<Done> sync_all(const std::vector<IncomingId>& ids);
  Result<Done> sync_one(IncomingId id);

  Directory* tmp_;
  std::uint64_t min_free_;
  std::uint64_t since_check_ = kCheckSpaceEvery;  ///< bytes since the free space was looked at
  std::map<IncomingId, Message> messages_;
  std::vector<IncomingId> open_whole_;  ///< whole, and with a descriptor still
  std::vector<IncomingId> left_over_;   ///< files that belong to nothing, and resisted
};

}  // namespace imapkeep
