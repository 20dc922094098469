// Messages on their way in: files in INBOX/tmp (receiving_place.h), hashed and counted while they
// are written. They live on a strand of their own, so that writing goes on while others are flushed
// and named; whole ones are handed over to DurableFiles. A message that cannot be written (a full
// disk, most often) fails alone, and says why when it is durable. Whole files keep their descriptor
// while they are few, because then each is fsynced; many are made durable by one syncfs, which
// needs none.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/base/files.h"
#include "daemon/base/hash.h"
#include "sync/journal/records.h"
#include "sync/store/maildir/line_count.h"
#include "sync/store/message_store.h"

namespace imapkeep {

/// An error with kRetryLater when fewer than `needed` + `min_free` bytes are free.
Result<Done> check_free_space(Directory& directory, std::uint64_t needed, std::uint64_t min_free);

/// Makes one there and removes it.
Result<Done> try_small_file(Directory& tmp);

/// As a message is called there.
std::string incoming_file(IncomingId id);

/// All bytes of a message are written; or the reason why not, and then there is no file.
struct WholeFile {
  IncomingId id = 0;
  std::unique_ptr<OutFile> file;  ///< null: closed
  MessageIdentity identity;
  std::optional<Error> failure;
  bool condemns = false;  ///< it failed when nobody could tell any more what was written
};

/// Through the directory's own handle they are flushed: an error of the disk is told to whoever had
/// it open before.
struct Handover {
  std::vector<WholeFile> files;
  std::shared_ptr<Directory> tmp;
};

class ArrivingFiles {
 public:
  static constexpr std::uint64_t kCheckSpaceEvery = 4U << 20;

  explicit ArrivingFiles(std::uint64_t min_free) : min_free_(min_free) {}

  /// Where to write from now on.
  void attach(std::shared_ptr<Directory> tmp);
  /// Closes the directory, unless something is on its way in.
  void rest();
  /// Gives up everything; until attach() nothing is taken in.
  void clear();

  void begin(IncomingId id);
  /// Bytes of a message that was not begun since the store was opened belong to nothing: ignored,
  /// so that the tail of a message is never taken for one.
  void write(IncomingId id, ByteView bytes);
  /// Nothing follows.
  void end(IncomingId id);
  /// One for each, in order; they are no longer ours. What is not whole stays, and has a failure.
  Handover hand_over(const std::vector<IncomingId>& ids);
  /// False when it is not here.
  bool discard(IncomingId id);

 private:
  struct Count {
    Sha256 sha256;
    Xxh3 xxh3;
    LineCount lines;
  };
  struct Message {
    std::unique_ptr<OutFile> file;
    std::unique_ptr<Count> count = std::make_unique<Count>();  ///< until the message is whole
    MessageIdentity identity;
    std::optional<Error> failure;
    bool condemns = false;
  };

  void fail(IncomingId id, Message& message, const Error& error);
  Result<Done> spend(std::uint64_t bytes);
  void close_whole();
  void remove(IncomingId id);

  std::shared_ptr<Directory> tmp_;
  std::uint64_t min_free_;
  std::uint64_t since_check_ = kCheckSpaceEvery;  ///< bytes since the free space was looked at
  std::map<IncomingId, Message> messages_;
  std::vector<IncomingId> open_whole_;  ///< whole, and with a descriptor still
  std::vector<IncomingId> left_over_;   ///< files that belong to nothing, and resisted
};

}  // namespace imapkeep
