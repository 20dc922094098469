#include "sync/mirror/owner_proof.h"

#include <algorithm>
#include <utility>

#include "sync/mirror/places.h"

namespace imapkeep {
namespace {

constexpr std::size_t kMostMessages = 50;
constexpr std::size_t kMostFolders = 10;

constexpr std::size_t kOfEach = 10;  // where every folder is looked at

}  // namespace

OwnerProof::OwnerProof(imap::Connection& connection, MessageStore& store, Ledger& ledger,
                       AccountId account, Extent extent)
    : connection_(connection), store_(store), ledger_(ledger), account_(account), extent_(extent) {}

bool OwnerProof::is_own(const LedgerFolder& folder) const {
  return connection_.namespaces().is_own(folder.record.name.raw);
}

/// The rest goes to the folders that are left, and the last one may take all of it.
std::size_t OwnerProof::share() const {
  if (extent_ == Extent::kEveryFolder) return kOfEach;
  const std::size_t left = kMostMessages - std::min(kMostMessages, looked_for_);
  const std::size_t folders = folders_.size() - at_;
  return (left + folders - 1) / folders;
}

Operation OwnerProof::start(Completion<OwnerEvidence> done) {
  done_ = Pending<OwnerEvidence>(std::move(done));
  Operation operation = done_.operation([this] { operation_.cancel(); });
  operation_ = ledger_.folders(account_, false, [this](Result<std::vector<LedgerFolder>> folders) {
    on_folders(std::move(folders));
  });
  return operation;
}

void OwnerProof::on_folders(Result<std::vector<LedgerFolder>> folders) {
  if (!folders) return done_.complete(folders.error());
  folders_ = std::move(*folders);
  std::erase_if(folders_, [](const LedgerFolder& folder) { return folder.stored == 0; });
  evidence_.nothing_stored = folders_.empty();
  const auto rank = [this](const LedgerFolder& folder) {
    return folder.record.name.is_inbox() ? 0 : is_own(folder) ? 1 : 2;
  };
  std::stable_sort(folders_.begin(), folders_.end(),
                   [&](const LedgerFolder& a, const LedgerFolder& b) {
                     return rank(a) != rank(b) ? rank(a) < rank(b) : a.stored > b.stored;
                   });
  if (extent_ == Extent::kSample && folders_.size() > kMostFolders) folders_.resize(kMostFolders);
  next_folder();
}

void OwnerProof::next_folder() {
  if (at_ == folders_.size()) return done_.complete(std::move(evidence_));
  now_ = FolderEvidence{};
  now_.folder = folder().record.id;
  now_.path = folder().record.path;
  now_.is_inbox = folder().record.name.is_inbox();
  now_.is_own = is_own(folder());
  operation_ = connection_.examine(folder().record.name, [this](Result<imap::Examined> examined) {
    on_examined(std::move(examined));
  });
}

void OwnerProof::settle_folder(FolderEvidence::Met met) {
  now_.met = met;
  if (met != FolderEvidence::Met::kSameGeneration) {
    now_.absent = static_cast<std::uint32_t>(std::min<std::uint64_t>(folder().stored, share()));
  }
  looked_for_ += now_.agree + now_.differ + now_.absent;
  evidence_.folders.push_back(now_);
  ++at_;
  next_folder();
}

void OwnerProof::on_examined(Result<imap::Examined> examined) {
  if (!examined) {
    if (examined.error().remedy != Remedy::kSkipMessage) return done_.complete(examined.error());
    return settle_folder(FolderEvidence::Met::kNotThere);
  }
  now_.generation = examined->uid_validity;
  operation_ = ledger_.generations(
      account_, folder().record.id,
      [this](const Result<std::vector<UidValidity>>& generations) { on_generations(generations); });
}

void OwnerProof::on_generations(const Result<std::vector<UidValidity>>& generations) {
  if (!generations) return done_.complete(generations.error());
  if (std::find(generations->begin(), generations->end(), now_.generation) == generations->end()) {
    return settle_folder(FolderEvidence::Met::kOtherGeneration);
  }
  operation_ = ledger_.stored_uids(account_, folder().record.id, now_.generation,
                                   [this](const Result<UidSet>& stored) { on_stored(stored); });
}

void OwnerProof::on_stored(const Result<UidSet>& stored) {
  if (!stored) return done_.complete(stored.error());
  operation_ = ledger_.messages(
      account_, folder().record.id, now_.generation, spread_sample(*stored, share()),
      [this](Result<std::vector<KnownMessage>> sample) { on_sample(std::move(sample)); });
}

void OwnerProof::on_sample(Result<std::vector<KnownMessage>> sample) {
  if (!sample) return done_.complete(sample.error());
  sample_ = std::move(*sample);
  std::vector<StoredPlace> places;
  for (const KnownMessage& known : sample_) {
    places.push_back(place_of(known, folder().record.path));
  }
  operation_ = store_.read_headers(folder().record.path, std::move(places),
                                   [this](Result<std::vector<std::optional<std::string>>> headers) {
                                     on_headers(std::move(headers));
                                   });
}

void OwnerProof::on_headers(Result<std::vector<std::optional<std::string>>> headers) {
  if (!headers) return done_.complete(headers.error());
  stored_.clear();
  UidSet uids;
  for (std::size_t i = 0; i < sample_.size(); ++i) {
    if (!(*headers)[i]) {
      ++now_.absent;
      continue;
    }
    stored_[sample_[i].key.uid] = std::move(*(*headers)[i]);
    uids.add(sample_[i].key.uid);
  }
  operation_ = connection_.fetch_headers(
      uids,
      [this](Uid uid, const std::string& header) {
        const auto known = stored_.find(uid);
        if (known == stored_.end()) return;
        ++(same_header(known->second, header) ? now_.agree : now_.differ);
        stored_.erase(known);
      },
      [this](const Result<Done>& fetched) { on_fetched(fetched); });
}

// What a refusal left out is as good as not there.
void OwnerProof::on_fetched(const Result<Done>& fetched) {
  if (!fetched && fetched.error().remedy != Remedy::kSkipMessage) {
    return done_.complete(fetched.error());
  }
  now_.absent += static_cast<std::uint32_t>(stored_.size());
  settle_folder(FolderEvidence::Met::kSameGeneration);
}

}  // namespace imapkeep
