#include "sync/pass/store_adoption.h"

#include <utility>

namespace imapkeep {
namespace {

constexpr std::uint64_t kMostLosses = 20;  // connections, at messages that are compared

}  // namespace

StoreAdoption::StoreAdoption(AccountDeps deps, std::string account, ServerOptions server)
    : deps_(std::move(deps)),
      account_(std::move(account)),
      server_(std::move(server)),
      connector_({deps_.network, deps_.credentials, deps_.gate}, server_),
      configured_{server_.host, deps_.user, deps_.authzid},
      store_opening_(deps_.store, deps_.ledger, account_, deps_.network.log) {}

Operation StoreAdoption::start(Completion<Adoption> done) {
  done_ = Pending<Adoption>(std::move(done));
  Operation operation = done_.operation([this] {
    operation_.cancel();
    connection_.reset();
  });
  operation_ =
      store_opening_.start([this](Result<OpenedStore> opened) { on_opened(std::move(opened)); });
  return operation;
}

void StoreAdoption::on_opened(Result<OpenedStore> opened) {
  if (!opened) return close(opened.error());
  opened_ = *std::move(opened);
  adoption_.claim = claim_of(*opened_, configured_, account_);
  if (decide_owner(adoption_.claim, nullptr) == OwnerDecision::kSame) return bind();
  connect();
}

void StoreAdoption::connect() {
  operation_ = connector_.start([this](Result<std::unique_ptr<imap::SourceConnection>> connected) {
    if (!connected) return close(connected.error());
    connection_ = std::move(*connected);
    prove();
  });
}

void StoreAdoption::prove() {
  proof_ = std::make_unique<OwnerProof>(
      OwnerProof::Deps{*connection_, deps_.store, deps_.ledger, suspects_, deps_.network.clock},
      opened_->account, OwnerProof::Extent::kEveryFolder);
  operation_ =
      proof_->start([this](Result<OwnerEvidence> evidence) { on_evidence(std::move(evidence)); });
}

void StoreAdoption::on_evidence(Result<OwnerEvidence> evidence) {
  if (!evidence) {
    const bool blamed = suspects_.losses() != std::exchange(losses_, suspects_.losses());
    if (!blamed || losses_ >= kMostLosses) return close(evidence.error());
    // From the loop: what has ended is still on the stack.
    operation_ = deps_.network.timers.soon([this] {
      proof_.reset();
      connection_.reset();
      connect();
    });
    return;
  }
  std::vector<PutAway::Generation> strange;
  for (const FolderEvidence& folder : evidence->folders) {
    if (!would_be_mistaken(folder)) continue;
    strange.push_back({folder.folder, folder.path, folder.generation});
  }
  put_away_ = std::make_unique<PutAway>(deps_.store, deps_.ledger, opened_->account,
                                        opened_->facts.journal_end);
  operation_ = put_away_->start(std::move(strange), [this](Result<std::uint64_t> gone) {
    if (!gone) return close(gone.error());
    adoption_.put_away = *gone;
    write_owner();
  });
}

void StoreAdoption::write_owner() {
  adoption_.written = true;
  Batch batch;
  batch.owners.push_back({configured_.host, configured_.user, configured_.authzid,
                          unix_ms(deps_.network.clock.wall_now())});
  operation_ = deps_.store.commit(std::move(batch), [this](Result<Committed> committed) {
    on_committed(std::move(committed));
  });
}

void StoreAdoption::on_committed(Result<Committed> committed) {
  if (!committed) return close(committed.error());
  operation_ = deps_.ledger.apply(opened_->account, std::move(committed->records), committed->end,
                                  {}, [this](const Result<Done>& applied) {
                                    if (!applied) return close(applied.error());
                                    bind();
                                  });
}

void StoreAdoption::bind() {
  operation_ =
      deps_.ledger.forget_former_names(opened_->account, [this](const Result<Done>& forgotten) {
        if (!forgotten) return close(forgotten.error());
        close(adoption_);
      });
}

void StoreAdoption::close(Result<Adoption> result) {
  operation_ = deps_.store.close([this, result](const Result<Done>& closed) {
    connection_.reset();
    done_.complete(result && !closed ? Result<Adoption>(closed.error()) : result);
  });
}

}  // namespace imapkeep
