#include "sync/pass/owner_check.h"

#include <utility>

#include "daemon/base/bytes.h"

namespace imapkeep {

OwnerClaim claim_of(const OpenedStore& store, const MailboxOwner& configured,
                    const std::string& account) {
  OwnerClaim claim{configured, store.owner, {}};
  const StoreFacts& facts = store.facts;
  MailboxOwner as_made = configured;
  as_made.host = facts.made_host;
  if (facts.made_account != account || !same_owner(as_made, configured)) {
    claim.made_for_another = "account \"" + printable_utf8(facts.made_account) + "\" of " +
                             printable_utf8(facts.made_host);
  }
  return claim;
}

OwnerCheck::OwnerCheck(Deps deps, const OpenedStore& opened, const MailboxOwner& configured,
                       std::string account)
    : deps_(std::move(deps)),
      opened_(opened),
      claim_(claim_of(opened, configured, account)),
      account_(std::move(account)) {}

bool OwnerCheck::is_needed() const {
  return opened_.newly_bound || decide_owner(claim_, nullptr) != OwnerDecision::kSame;
}

Operation OwnerCheck::start(imap::SourceConnection& connection,
                            Completion<std::optional<OwnerRecord>> done) {
  done_ = Pending<std::optional<OwnerRecord>>(std::move(done));
  Operation operation = done_.operation([this] {
    operation_.cancel();
    proof_.reset();
  });
  if (decide_owner(claim_, nullptr) == OwnerDecision::kSame) {
    accept(std::nullopt);
    return operation;
  }
  proof_ = std::make_unique<OwnerProof>(
      OwnerProof::Deps{connection, deps_.store, deps_.ledger, deps_.suspects, deps_.clock},
      opened_.account);
  operation_ =
      proof_->start([this](Result<OwnerEvidence> evidence) { on_evidence(std::move(evidence)); });
  return operation;
}

void OwnerCheck::on_evidence(Result<OwnerEvidence> evidence) {
  if (!evidence) {
    return done_.complete(evidence.error().within("comparing what is stored with the server"));
  }
  if (decide_owner(claim_, &*evidence) == OwnerDecision::kRefuse) return refuse(*evidence);
  say_learned(*evidence);
  const MailboxOwner& owner = claim_.configured;
  accept(OwnerRecord{owner.host, owner.user, owner.authzid, unix_ms(deps_.clock.wall_now())});
}

void OwnerCheck::say_learned(const OwnerEvidence& evidence) {
  LogFields fields{{"owner", words_of(claim_.configured)}};
  if (claim_.recorded) fields.push_back({"before", words_of(*claim_.recorded)});
  if (!claim_.made_for_another.empty()) fields.push_back({"made_for", claim_.made_for_another});
  std::uint64_t agree = 0;
  for (const FolderEvidence& folder : evidence.folders) agree += folder.agree;
  fields.push_back({"messages_compared", std::to_string(agree)});
  if (claim_.recorded) {
    deps_.log.warning("store has another owner now, and it is the same mail", fields);
  } else if (!evidence.nothing_stored) {
    deps_.log.info("store has learned whose mail it holds", fields);
  }
}

void OwnerCheck::refuse(const OwnerEvidence& evidence) {
  const Error error = store_error(refusal_of(claim_, evidence, account_));
  if (!opened_.newly_bound) return done_.complete(error);
  // The ledger bound the account to this store to read its journal. It is another's: or else the
  // account could not even begin in a store of its own.
  operation_ = deps_.ledger.start_over(opened_.account, "", [this, error](Result<Done> forgotten) {
    done_.complete(forgotten ? error : forgotten.error());
  });
}

void OwnerCheck::accept(std::optional<OwnerRecord> record) {
  if (!opened_.newly_bound) return done_.complete(std::move(record));
  operation_ = deps_.ledger.forget_former_names(
      opened_.account, [this, record = std::move(record)](Result<Done> forgotten) {
        if (!forgotten) return done_.complete(forgotten.error());
        done_.complete(record);
      });
}

}  // namespace imapkeep
