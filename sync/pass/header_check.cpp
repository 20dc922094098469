#include "sync/pass/header_check.h"

#include <utility>

#include "sync/pass/places.h"
#include "sync/plan/owner.h"

namespace imapkeep {
namespace {

// Of up to 32 KiB each, which are held in memory while the server's come.
constexpr std::uint64_t kSlice = 80;  // and their UIDs fit one command
// Alone: then the server gives no headers.
constexpr int kMostRefusedInARow = 20;

}  // namespace

Operation HeaderCheck::start(UidSet uids, Completion<Outcome> done) {
  done_ = Pending<Outcome>(std::move(done));
  Operation operation = done_.operation([this] { operation_.cancel(); });
  left_ = std::move(uids);
  outcome_ = {};
  refused_in_a_row_ = 0;
  next_slice();
  return operation;
}

void HeaderCheck::next_slice() {
  // What stayed behind from the slice before this one has got no answer.
  outcome_.unknown.add(slice_.minus(outcome_.agree).minus(outcome_.differ));
  slice_ = left_.highest(kSlice);
  left_ = left_.minus(slice_);
  if (slice_.empty()) return done_.complete(std::move(outcome_));
  operation_ = deps_.ledger.messages(
      folder_.account, folder_.id, folder_.uid_validity, slice_,
      [this](const Result<std::vector<KnownMessage>>& messages) { on_messages(messages); });
}

void HeaderCheck::on_messages(const Result<std::vector<KnownMessage>>& messages) {
  if (!messages) return done_.complete(messages.error());
  std::vector<Uid> uids;
  std::vector<StoredPlace> places;
  for (const KnownMessage& known : *messages) {
    uids.push_back(known.key.uid);
    places.push_back(place_of(known, folder_.path));
  }
  if (uids.empty()) return next_slice();
  operation_ = deps_.store.read_headers(
      folder_.path, std::move(places),
      [this, uids = std::move(uids)](Result<std::vector<std::optional<std::string>>> headers) {
        on_stored(uids, std::move(headers));
      });
}

void HeaderCheck::on_stored(std::vector<Uid> uids,
                            Result<std::vector<std::optional<std::string>>> headers) {
  if (!headers) return done_.complete(headers.error());
  stored_.clear();
  UidSet wanted;
  for (std::size_t i = 0; i < uids.size(); ++i) {
    if (!(*headers)[i]) continue;
    stored_[uids[i]] = std::move(*(*headers)[i]);
    wanted.add(uids[i]);
  }
  wanted = wanted.minus(deps_.suspects.headers_not_to_ask(folder_.id, folder_.uid_validity));
  alone_ = wanted.intersect(deps_.suspects.headers_one_by_one(folder_.id, folder_.uid_validity));
  wanted = wanted.minus(alone_);
  if (wanted.empty()) return ask_next();
  ask(std::move(wanted));
}

void HeaderCheck::ask_next() {
  if (refused_in_a_row_ >= kMostRefusedInARow) alone_ = UidSet();
  if (alone_.empty()) return next_slice();
  const UidSet one = alone_.highest(1);
  alone_ = alone_.minus(one);
  ask(one);
}

void HeaderCheck::ask(UidSet uids) {
  asked_ = std::move(uids);
  operation_ = deps_.connection.fetch_headers(
      asked_,
      [this](Uid uid, const std::string& header) {
        const auto known = stored_.find(uid);
        if (known == stored_.end()) return;
        (same_header(known->second, header) ? outcome_.agree : outcome_.differ).add(uid);
        stored_.erase(known);
      },
      [this](const Result<Done>& fetched) { on_fetched(fetched); });
}

void HeaderCheck::on_fetched(const Result<Done>& fetched) {
  const UidSet unanswered = asked_.minus(outcome_.agree).minus(outcome_.differ);
  if (!fetched && fetched.error().remedy != Remedy::kSkipMessage) {
    if (Suspects::may_be_a_message(fetched.error()) && !deps_.connection.refused_token()) {
      deps_.suspects.headers_lost(folder_.id, folder_.uid_validity, unanswered);
    }
    return done_.complete(fetched.error());
  }
  if (fetched) {
    refused_in_a_row_ = 0;
    deps_.suspects.headers_answered();
  } else if (asked_.count() == 1) {
    ++refused_in_a_row_;
  } else {
    alone_.add(unanswered);
  }
  ask_next();
}

}  // namespace imapkeep
