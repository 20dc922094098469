#include "sync/pass/make_durable.h"

#include <utility>

#include "daemon/base/bytes.h"

namespace imapkeep {

MakeDurable::~MakeDurable() {
  operation_.cancel();
  if (!draft_) return;
  give_up(*draft_);
}

void MakeDurable::give_up(const Draft& draft) {
  for (const Arrival& arrival : draft.arrivals) {
    deps_.store.abandon(arrival.incoming);
    if (arrival.rival != 0) deps_.store.abandon(arrival.rival);
  }
}

void MakeDurable::start(Draft draft, std::function<void(Result<Draft>)> done) {
  draft_ = std::move(draft);
  done_ = std::move(done);
  if (draft_->arrivals.empty()) return finish(std::nullopt);
  std::vector<IncomingId> incoming;
  incoming.reserve(draft_->arrivals.size());
  for (const Arrival& arrival : draft_->arrivals) incoming.push_back(arrival.incoming);
  for (const Arrival& arrival : draft_->arrivals) {
    if (arrival.rival != 0) incoming.push_back(arrival.rival);
  }
  operation_ = deps_.store.make_durable(
      std::move(incoming),
      [this](Result<std::vector<DurableMessage>> durable) { on_durable(std::move(durable)); });
}

void MakeDurable::on_durable(Result<std::vector<DurableMessage>> durable) {
  if (!durable) return finish(durable.error());
  bool lacks_room = false;
  for (const DurableMessage& message : *durable) {
    if (!message.error || message.error->trouble != Trouble::kStore) continue;
    const bool is_room = is_about_room(*message.error);
    // A disk that fails, or will not be written to, is no message's fault.
    if (!is_room && message.error->os_code != 0) return finish(*message.error);
    lacks_room = lacks_room || is_room;
  }
  if (lacks_room) {
    // One message that is too large, or a disk that is full for all of them?
    operation_ = deps_.store.check_space(
        0, [this, whole = std::move(*durable)](const Result<Done>& space) mutable {
          if (!space) return finish(space.error());
          take(std::move(whole));
        });
    return;
  }
  take(std::move(*durable));
}

void MakeDurable::take(std::vector<DurableMessage> durable) {
  std::vector<Arrival> whole;
  std::size_t rival = draft_->arrivals.size();  // they stand behind all of these
  for (std::size_t i = 0; i < draft_->arrivals.size(); ++i) {
    Arrival& arrival = draft_->arrivals[i];
    if (arrival.rival != 0) {
      const DurableMessage& other = durable[rival++];
      if (!other.error && other.identity.sha256 == durable[i].identity.sha256) {
        arrival.record.doubtful.clear();
      }
      deps_.store.abandon(std::exchange(arrival.rival, 0));
    }
    if (durable[i].error) {
      deps_.store.abandon(arrival.incoming);
      quarantine(arrival, *durable[i].error);
      continue;
    }
    arrival.record.identity = durable[i].identity;
    whole.push_back(std::move(arrival));
  }
  draft_->arrivals = std::move(whole);
  finish(std::nullopt);
}

void MakeDurable::quarantine(const Arrival& arrival, const Error& why) {
  const std::string reason = is_about_room(why)
                                 ? "does not fit on the disk beside what must stay free (min_free)"
                                 : why.what;
  const MessageKey& key = arrival.record.key;
  if (!deps_.unstored.quarantine(key, reason, unix_ms(deps_.clock.wall_now()), draft_->batch))
    return;
  deps_.log.warning("message quarantined", {{"folder", printable_utf8(arrival.folder_path)},
                                            {"uid", std::to_string(key.uid.value)},
                                            {"why", reason}});
}

/// After a failure the draft stays here, so that its files are given up with it.
void MakeDurable::finish(std::optional<Error> why) {
  const auto done = std::exchange(done_, nullptr);
  if (why) return done(*std::move(why));
  done(*std::exchange(draft_, std::nullopt));
}

}  // namespace imapkeep
