#include "sync/pass/same_bodies.h"

#include <utility>

namespace imapkeep {

SameBodies::SameBodies(imap::SourceConnection& connection, const std::vector<KnownMessage>& known)
    : connection_(connection) {
  for (const KnownMessage& message : known) {
    known_.emplace(message.key.uid, message.identity.sha256);
  }
}

Operation SameBodies::start(const UidSet& uids, Completion<bool> done) {
  done_ = Pending<bool>(std::move(done));
  Operation operation = done_.operation([this] { operation_.cancel(); });
  to_come_ = uids;
  operation_ = connection_.fetch_bodies(uids, *this, [this](const Result<imap::FetchEnd>& ended) {
    if (!ended) return done_.complete(ended.error());
    done_.complete(ended->ok && all_same_ && to_come_.empty());
  });
  return operation;
}

void SameBodies::on_body_begin(std::uint64_t) { hash_.emplace(); }

void SameBodies::on_body_bytes(ByteView bytes) { hash_->update(bytes); }

void SameBodies::on_body_end(const imap::MessageFacts& message) {
  const Sha256Digest found = hash_->finish();
  hash_.reset();
  if (!to_come_.contains(message.uid)) return;
  to_come_.remove(message.uid);
  const auto known = known_.find(message.uid);
  all_same_ = all_same_ && known != known_.end() && known->second == found;
}

void SameBodies::on_body_void(std::optional<Uid>) { hash_.reset(); }

}  // namespace imapkeep
