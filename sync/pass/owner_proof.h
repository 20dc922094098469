// Before anything is stored or leaves under another name (an alias, another user, another host), or
// where it was never written down whose mail a store holds: are the messages that are stored those
// that the server has? Up to 50, from several folders, are compared by UIDVALIDITY, UID and header.
// An equal UIDVALIDITY alone is chance: two mailboxes that were first opened in the same second
// have the same. A message whose header costs the connection, or is refused, counts as not found
// (header_check.h), and so does a folder, other than INBOX, whose EXAMINE does; the caller comes
// again over another connection. Nothing is changed here; what the evidence says is
// sync/plan/owner's.
#pragma once

#include <memory>
#include <vector>

#include "sync/imap/source_connection.h"
#include "sync/pass/header_check.h"
#include "sync/plan/owner.h"
#include "sync/state/ledger.h"
#include "sync/store/message_store.h"

namespace imapkeep {

class OwnerProof {
 public:
  enum class Extent { kSample, kEveryFolder };
  struct Deps {
    imap::SourceConnection& connection;
    MessageStore& store;
    Ledger& ledger;
    Suspects& suspects;
    Clock& clock;
  };
  OwnerProof(Deps deps, AccountId account, Extent extent = Extent::kSample);
  [[nodiscard]] Operation start(Completion<OwnerEvidence> done);

 private:
  void on_folders(Result<std::vector<LedgerFolder>> folders);
  void next_folder();
  void on_examined(Result<imap::Examined> examined);
  void on_generations(const Result<std::vector<UidValidity>>& generations);
  void on_stored(const Result<UidSet>& stored);
  void on_compared(const Result<HeaderCheck::Outcome>& compared);
  void note_folder(FolderEvidence::Met met);
  /// Without an answer of the server, and it is not asked again.
  [[nodiscard]] bool is_out_of_reach() const;
  [[nodiscard]] const LedgerFolder& folder() const { return folders_[at_]; }
  [[nodiscard]] std::size_t share() const;
  [[nodiscard]] bool is_own(const LedgerFolder& folder) const;

  Deps deps_;
  AccountId account_;
  Extent extent_;
  /// With mail: INBOX, then the user's own, then all others; the fullest first.
  std::vector<LedgerFolder> folders_;
  std::size_t at_ = 0;
  std::size_t looked_for_ = 0;  ///< messages so far
  std::unique_ptr<HeaderCheck> headers_;
  FolderEvidence now_;
  OwnerEvidence evidence_;
  Operation operation_;
  Pending<OwnerEvidence> done_;
};

}  // namespace imapkeep
