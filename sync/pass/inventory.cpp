#include "sync/pass/inventory.h"

#include <utility>

#include "sync/pass/places.h"

namespace imapkeep {
namespace {

constexpr std::size_t kMessagesInOneReading = 20'000;  // the directory is read once for each

}  // namespace

Inventory::Inventory(MessageStore& store, Ledger& ledger, AccountId account,
                     const LedgerFolder& folder)
    : store_(store), ledger_(ledger), account_(account), folder_(folder) {}

Operation Inventory::start(bool all, bool may_skip, Completion<Outcome> done) {
  done_ = Pending<Outcome>(std::move(done));
  Operation operation = done_.operation([this] { operation_.cancel(); });
  const FolderToken known = all ? FolderToken{} : folder_.cursor.token;
  operation_ =
      store_.folder_token(folder_.record.path, known, [this, may_skip](Result<FolderToken> token) {
        if (!token) return done_.complete(token.error());
        outcome_.token = *std::move(token);
        const bool unchanged = outcome_.token.says_unchanged(folder_.cursor.token);
        if (unchanged && may_skip) return done_.complete(outcome_);
        operation_ = ledger_.generations(
            account_, folder_.record.id,
            [this, unchanged](Result<std::vector<UidValidity>> generations) {
              if (!generations) return done_.complete(generations.error());
              outcome_.generations = std::move(*generations);
              if (unchanged) return done_.complete(outcome_);
              to_do_.assign(outcome_.generations.begin(), outcome_.generations.end());
              next_generation();
            });
      });
  return operation;
}

void Inventory::next_generation() {
  if (to_do_.empty()) return done_.complete(std::move(outcome_));
  from_ = Uid{1};
  next_window();
}

void Inventory::next_window() {
  operation_ = ledger_.window(
      account_, folder_.record.id, to_do_.front(), from_, kMessagesInOneReading,
      [this](Result<std::vector<KnownMessage>> window) { on_window(std::move(window)); });
}

void Inventory::on_window(Result<std::vector<KnownMessage>> window) {
  if (!window) return done_.complete(window.error());
  if (window->empty()) {
    to_do_.pop_front();
    return next_generation();
  }
  window_ = std::move(*window);
  std::vector<StoredPlace> places;
  places.reserve(window_.size());
  for (const auto& known : window_) places.push_back(place_of(known, folder_.record.path));
  operation_ = store_.find_missing(
      folder_.record.path, std::move(places),
      [this](const Result<std::vector<StoredPlace>>& missing) { on_missing(missing); });
}

void Inventory::on_missing(const Result<std::vector<StoredPlace>>& missing) {
  if (!missing) return done_.complete(missing.error());
  if (!missing->empty()) {
    for (const auto& place : *missing) outcome_.missing[to_do_.front()].add(place.key.uid);
  }
  const Uid last = window_.back().key.uid;
  if (window_.size() < kMessagesInOneReading || last == kMaxUid) {
    to_do_.pop_front();
    window_.clear();
    return next_generation();
  }
  from_ = Uid{last.value + 1};
  next_window();
}

}  // namespace imapkeep
