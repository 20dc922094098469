// Asks an examined mailbox for the bodies of a few messages whose bytes are known, and compares:
// are they still the same? Nothing of it is stored.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "daemon/base/hash.h"
#include "sync/imap/source_connection.h"
#include "sync/plan/known_message.h"

namespace imapkeep {

class SameBodies final : public imap::BodySink {
 public:
  /// `known`: those that are asked for, and maybe others.
  SameBodies(imap::SourceConnection& connection, const std::vector<KnownMessage>& known);

  /// True when each of them came, with the bytes that are known.
  [[nodiscard]] Operation start(const UidSet& uids, Completion<bool> done);

  void on_body_begin(std::uint64_t size) override;
  void on_body_bytes(ByteView bytes) override;
  void on_body_end(const imap::MessageFacts& message) override;
  void on_body_void(std::optional<Uid> uid) override;

 private:
  imap::SourceConnection& connection_;
  std::map<Uid, Sha256Digest> known_;
  UidSet to_come_;
  std::optional<Sha256> hash_;
  bool all_same_ = true;
  Operation operation_;
  Pending<bool> done_;
};

}  // namespace imapkeep
