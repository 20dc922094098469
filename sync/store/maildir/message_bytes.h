// The bytes behind a place, as they came from the server: unpacked where they are kept, counted and
// hashed while they are read, and at their end compared with what the name says. Every error is of
// this message alone and says what to do about it.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>

#include "daemon/base/files.h"
#include "daemon/base/hash.h"
#include "sync/store/maildir/folder_tree.h"
#include "sync/store/maildir/line_count.h"
#include "sync/store/maildir/stored_entry.h"

namespace imapkeep {

/// Nothing is at this place, or not any more. It has ENOENT.
Error not_at_place(const std::string& path);

/// A message's file, found again under other flags when a reader has renamed it since.
struct OpenedMessage {
  std::unique_ptr<InFile> file;  ///< the message's bytes, unpacked
  std::string path;              ///< for people
  PlaceFacts facts;
};
Result<OpenedMessage> open_message(FolderTree& tree, const BytesPlace& place,
                                   std::string_view host);
/// What an error of reading from it means.
Error cannot_read(const OpenedMessage& message, const Error& why);

class MessageBytes {
 public:
  explicit MessageBytes(OpenedMessage message) : message_(std::move(message)) {}

  /// Fills the block, or comes to the end; how many.
  Result<std::size_t> read(std::span<char> block);
  /// All of it, once read() has come to the end.
  [[nodiscard]] const std::optional<MessageIdentity>& end() const { return end_; }

 private:
  Result<Done> finish();

  OpenedMessage message_;
  Sha256 sha256_;
  Xxh3 xxh3_;
  LineCount lines_;
  std::optional<MessageIdentity> end_;
};

}  // namespace imapkeep
