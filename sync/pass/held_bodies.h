// Bodies that came with another size than announced when the connection had turned to another
// mailbox already. They wait, not yet durable, for the visit that their folder is given at the end
// of the pass.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "sync/imap/source_connection.h"
#include "sync/journal/records.h"
#include "sync/store/message_store.h"

namespace imapkeep {

/// Bytes that came for a message, all of them in the store and none of them durable.
struct CameBody {
  IncomingId incoming = 0;
  imap::MessageFacts facts;
  std::uint64_t size = 0;
  bool known_invention = false;
  std::string doubtful = {};  ///< see MessageRecord
  IncomingId rival = 0;       ///< see Arrival
};

class HeldBodies {
 public:
  explicit HeldBodies(MessageStore& store) : store_(store) {}
  ~HeldBodies() {
    for (const auto& [key, body] : bodies_) store_.abandon(body.incoming);
  }
  HeldBodies(const HeldBodies&) = delete;
  HeldBodies& operator=(const HeldBodies&) = delete;

  void put(const MessageKey& key, CameBody body) {
    const auto [held, is_new] = bodies_.try_emplace(key, body);
    if (!is_new) store_.abandon(body.incoming);
  }
  /// All of this generation of the folder.
  std::vector<CameBody> take(FolderId folder, UidValidity validity) {
    std::vector<CameBody> taken;
    auto at = bodies_.lower_bound({folder, validity, Uid{}});
    while (at != bodies_.end() && at->first.folder == folder &&
           at->first.uid_validity == validity) {
      taken.push_back(std::move(at->second));
      at = bodies_.erase(at);
    }
    return taken;
  }

 private:
  MessageStore& store_;
  std::map<MessageKey, CameBody> bodies_;
};

}  // namespace imapkeep
