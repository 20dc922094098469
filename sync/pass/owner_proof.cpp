#include "sync/pass/owner_proof.h"

#include <algorithm>
#include <utility>

namespace imapkeep {
namespace {

constexpr std::size_t kMostMessages = 50;
constexpr std::size_t kMostFolders = 10;

constexpr std::size_t kOfEach = 10;  // where every folder is looked at

}  // namespace

OwnerProof::OwnerProof(Deps deps, AccountId account, Extent extent)
    : deps_(deps), account_(account), extent_(extent) {}

bool OwnerProof::is_own(const LedgerFolder& folder) const {
  return deps_.connection.namespaces().is_own(folder.record.name.raw);
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
  operation_ = deps_.ledger.folders(
      account_, false,
      [this](Result<std::vector<LedgerFolder>> folders) { on_folders(std::move(folders)); });
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

// Where every folder has to be compared, or where it is INBOX, that would prove nothing.
bool OwnerProof::is_out_of_reach() const {
  return extent_ == Extent::kSample && !now_.is_inbox &&
         !deps_.suspects.may_sample(now_.folder, deps_.clock.mono_now());
}

void OwnerProof::next_folder() {
  if (at_ == folders_.size()) return done_.complete(std::move(evidence_));
  now_ = FolderEvidence{};
  now_.folder = folder().record.id;
  now_.path = folder().record.path;
  now_.is_inbox = folder().record.name.is_inbox();
  now_.is_own = is_own(folder());
  if (is_out_of_reach()) return note_folder(FolderEvidence::Met::kNotThere);
  operation_ = deps_.connection.examine(
      folder().record.name,
      [this](Result<imap::Examined> examined) { on_examined(std::move(examined)); });
}

void OwnerProof::note_folder(FolderEvidence::Met met) {
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
    const Error& error = examined.error();
    if (error.remedy == Remedy::kSkipMessage) return note_folder(FolderEvidence::Met::kNotThere);
    const bool may_be_left_out = extent_ == Extent::kSample && !now_.is_inbox;
    if (may_be_left_out && Suspects::may_be_a_message(error) && !deps_.connection.refused_token()) {
      deps_.suspects.sample_lost(folder().record.id, {}, deps_.clock.mono_now());
    }
    return done_.complete(error);
  }
  now_.generation = examined->uid_validity;
  operation_ = deps_.ledger.generations(
      account_, folder().record.id,
      [this](const Result<std::vector<UidValidity>>& generations) { on_generations(generations); });
}

void OwnerProof::on_generations(const Result<std::vector<UidValidity>>& generations) {
  if (!generations) return done_.complete(generations.error());
  if (std::find(generations->begin(), generations->end(), now_.generation) == generations->end()) {
    return note_folder(FolderEvidence::Met::kOtherGeneration);
  }
  operation_ =
      deps_.ledger.stored_uids(account_, folder().record.id, now_.generation,
                               [this](const Result<UidSet>& stored) { on_stored(stored); });
}

void OwnerProof::on_stored(const Result<UidSet>& stored) {
  if (!stored) return done_.complete(stored.error());
  headers_ = std::make_unique<HeaderCheck>(
      HeaderCheck::Deps{deps_.connection, deps_.store, deps_.ledger, deps_.suspects},
      HeaderCheck::Folder{account_, folder().record.id, now_.generation, folder().record.path});
  operation_ = headers_->start(
      spread_sample(*stored, share()),
      [this](const Result<HeaderCheck::Outcome>& compared) { on_compared(compared); });
}

void OwnerProof::on_compared(const Result<HeaderCheck::Outcome>& compared) {
  if (!compared) return done_.complete(compared.error());
  now_.agree = static_cast<std::uint32_t>(compared->agree.count());
  now_.differ = static_cast<std::uint32_t>(compared->differ.count());
  now_.absent = static_cast<std::uint32_t>(compared->unknown.count());
  note_folder(FolderEvidence::Met::kSameGeneration);
}

}  // namespace imapkeep
