// Whose store is it? Asked before the first pass over a connection, and answered from what the
// journal says, without a word to the server, unless the configuration names another mailbox or
// nothing was ever written down. Then stored messages are compared (owner_proof.h), and either an
// OwnerRecord comes out of it, to be written before or with what is stored next, or an error, after
// which nothing may be done in this store.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "daemon/base/clock.h"
#include "daemon/base/log.h"
#include "sync/pass/owner_proof.h"
#include "sync/pass/store_opening.h"

namespace imapkeep {

/// What an opened store says of itself, beside what the configuration says.
OwnerClaim claim_of(const OpenedStore& store, const MailboxOwner& configured,
                    const std::string& account);

class OwnerCheck {
 public:
  struct Deps {
    MessageStore& store;
    Ledger& ledger;
    Suspects& suspects;
    Clock& clock;
    Log log;
  };

  OwnerCheck(Deps deps, const OpenedStore& opened, const MailboxOwner& configured,
             std::string account);
  /// False: it is the recorded one, and the ledger has always known the store; start() need not be
  /// called.
  [[nodiscard]] bool is_needed() const;
  /// Nothing: there is nothing to write down. An error with Trouble::kStore: it is not this
  /// mailbox's store, or nobody can tell.
  [[nodiscard]] Operation start(imap::SourceConnection& connection,
                                Completion<std::optional<OwnerRecord>> done);

 private:
  void on_evidence(Result<OwnerEvidence> evidence);
  void refuse(const OwnerEvidence& evidence);
  void say_learned(const OwnerEvidence& evidence);
  void accept(std::optional<OwnerRecord> record);

  Deps deps_;
  OpenedStore opened_;
  OwnerClaim claim_;
  std::string account_;
  std::unique_ptr<OwnerProof> proof_;
  Operation operation_;
  Pending<std::optional<OwnerRecord>> done_;
};

}  // namespace imapkeep
