// Before anything is stored or leaves under another name (an alias, another user, another host), or
// where it was never written down whose mail a store holds: are the messages that are stored those
// that the server has? Up to 50, from several folders, are compared by UIDVALIDITY, UID and header.
// An equal UIDVALIDITY alone is chance: two mailboxes that were first opened in the same second
// have the same. Nothing is changed here; what the evidence says is sync/plan/owner's.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sync/imap/connection.h"
#include "sync/plan/owner.h"
#include "sync/state/ledger.h"
#include "sync/store/message_store.h"

namespace imapkeep {

class OwnerProof {
 public:
  enum class Extent { kSample, kEveryFolder };
  OwnerProof(imap::Connection& connection, MessageStore& store, Ledger& ledger, AccountId account,
             Extent extent = Extent::kSample);
  [[nodiscard]] Operation start(Completion<OwnerEvidence> done);

 private:
  void on_folders(Result<std::vector<LedgerFolder>> folders);
  void next_folder();
  void on_examined(Result<imap::Examined> examined);
  void on_generations(const Result<std::vector<UidValidity>>& generations);
  void on_stored(const Result<UidSet>& stored);
  void on_sample(Result<std::vector<KnownMessage>> sample);
  void on_headers(Result<std::vector<std::optional<std::string>>> headers);
  void on_fetched(const Result<Done>& fetched);
  void settle_folder(FolderEvidence::Met met);
  [[nodiscard]] const LedgerFolder& folder() const { return folders_[at_]; }
  [[nodiscard]] std::size_t share() const;
  [[nodiscard]] bool is_own(const LedgerFolder& folder) const;

  imap::Connection& connection_;
  MessageStore& store_;
  Ledger& ledger_;
  AccountId account_;
  Extent extent_;
  /// With mail: INBOX, then the user's own, then all others; the fullest first.
  std::vector<LedgerFolder> folders_;
  std::size_t at_ = 0;
  std::size_t looked_for_ = 0;  ///< messages so far
  std::vector<KnownMessage> sample_;
  std::map<Uid, std::string> stored_;  ///< headers that wait for the server's
  FolderEvidence now_;
  OwnerEvidence evidence_;
  Operation operation_;
  Pending<OwnerEvidence> done_;
};

}  // namespace imapkeep
