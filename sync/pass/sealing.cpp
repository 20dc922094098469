#include "sync/pass/sealing.h"

#include <utility>

#include "daemon/base/bytes.h"

namespace imapkeep {

Sealing::~Sealing() {
  operation_.cancel();
  if (!draft_) return;
  give_up(*draft_);
}

void Sealing::give_up(const Draft& draft) {
  for (const Arrival& arrival : draft.arrivals) {
    world_.store.abandon(arrival.incoming);
    if (arrival.rival != 0) world_.store.abandon(arrival.rival);
  }
}

void Sealing::start(Draft draft, std::function<void(Result<Draft>)> done) {
  draft_ = std::move(draft);
  done_ = std::move(done);
  if (draft_->arrivals.empty()) return finish(std::nullopt);
  std::vector<IncomingId> incoming;
  incoming.reserve(draft_->arrivals.size());
  for (const Arrival& arrival : draft_->arrivals) incoming.push_back(arrival.incoming);
  for (const Arrival& arrival : draft_->arrivals) {
    if (arrival.rival != 0) incoming.push_back(arrival.rival);
  }
  operation_ = world_.store.seal(std::move(incoming), [this](Result<std::vector<Sealed>> sealed) {
    on_sealed(std::move(sealed));
  });
}

void Sealing::on_sealed(Result<std::vector<Sealed>> sealed) {
  if (!sealed) return finish(sealed.error());
  bool lacks_room = false;
  for (const Sealed& seal : *sealed) {
    if (!seal.error || seal.error->trouble != Trouble::kStore) continue;
    const bool is_room = is_about_room(*seal.error);
    // A disk that fails, or will not be written to, is no message's fault.
    if (!is_room && seal.error->os_code != 0) return finish(*seal.error);
    lacks_room = lacks_room || is_room;
  }
  if (lacks_room) {
    // One message that is too large, or a disk that is full for all of them?
    operation_ = world_.store.check_space(
        0, [this, whole = std::move(*sealed)](const Result<Done>& space) mutable {
          if (!space) return finish(space.error());
          take(std::move(whole));
        });
    return;
  }
  take(std::move(*sealed));
}

void Sealing::take(std::vector<Sealed> sealed) {
  std::vector<Arrival> whole;
  std::size_t rival = draft_->arrivals.size();  // they stand behind all of these
  for (std::size_t i = 0; i < draft_->arrivals.size(); ++i) {
    Arrival& arrival = draft_->arrivals[i];
    if (arrival.rival != 0) {
      const Sealed& other = sealed[rival++];
      if (!other.error && other.identity.sha256 == sealed[i].identity.sha256) {
        arrival.record.doubtful.clear();
      }
      world_.store.abandon(std::exchange(arrival.rival, 0));
    }
    if (sealed[i].error) {
      world_.store.abandon(arrival.incoming);
      quarantine(arrival, *sealed[i].error);
      continue;
    }
    arrival.record.identity = sealed[i].identity;
    whole.push_back(std::move(arrival));
  }
  draft_->arrivals = std::move(whole);
  finish(std::nullopt);
}

void Sealing::quarantine(const Arrival& arrival, const Error& why) {
  const std::string reason = is_about_room(why)
                                 ? "does not fit on the disk beside what must stay free (min_free)"
                                 : why.what;
  const MessageKey& key = arrival.record.key;
  if (!world_.owed.quarantine(key, reason, unix_ms(world_.clock.wall_now()), draft_->batch)) return;
  world_.log.warning("message quarantined", {{"folder", printable_utf8(arrival.folder_path)},
                                             {"uid", std::to_string(key.uid.value)},
                                             {"why", reason}});
}

/// After a failure the draft stays here, so that its files are given up with it.
void Sealing::finish(std::optional<Error> why) {
  const auto done = std::exchange(done_, nullptr);
  if (why) return done(*std::move(why));
  done(*std::exchange(draft_, std::nullopt));
}

}  // namespace imapkeep
