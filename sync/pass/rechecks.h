// Messages that are stored and were fetched again because something spoke against them. Between
// "durable" and "committed" what came is compared with what the ledger knows: the same bytes change
// nothing but the server's announcements; other bytes mean that the UID belongs to another message
// now, so the former one is kept aside and the new one takes the key.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "daemon/base/log.h"
#include "sync/pass/make_durable.h"
#include "sync/pass/unstored.h"
#include "sync/plan/identity_check.h"
#include "sync/state/ledger.h"
#include "sync/store/message_store.h"

namespace imapkeep {

class Rechecks {
 public:
  struct Deps {
    MessageStore& store;
    Ledger& ledger;
    Unstored& unstored;
    Log log;
  };
  struct Tally {
    std::uint64_t same = 0;
    std::uint64_t other = 0;
  };

  Rechecks(Deps deps, AccountId account) : deps_(std::move(deps)), account_(account) {}

  [[nodiscard]] static bool wanted(const Draft& draft);
  /// Moves what needs no new file from the arrivals into the batch's `restated`, and says in its
  /// `replaced` what leaves. The draft must stay where it is until `done`, which is never called
  /// from inside start().
  [[nodiscard]] Operation start(Draft& draft, Completion<Done> done);

  /// Without their bodies: their headers were compared (header_check.h).
  void note_agreed(FolderId folder, UidValidity uid_validity, const UidSet& uids);
  /// Of the folder, since this pass began.
  [[nodiscard]] Tally tally(FolderId folder) const;
  /// What has been decided; recorded when a flush behind it has ended well.
  using Generation = std::pair<FolderId, UidValidity>;
  [[nodiscard]] const std::map<Generation, UidSet>& checked() const { return checked_; }
  void forget_checked(FolderId folder) {
    std::erase_if(checked_, [&](const auto& known) { return known.first.first == folder; });
  }
  /// Messages looked at again, whatever came of it.
  [[nodiscard]] std::uint64_t looked_at() const { return looked_at_; }
  /// In the draft of the last start(): recorded, and nothing new was stored.
  [[nodiscard]] bool is_restated(const MessageKey& key) const { return restated_.contains(key); }
  void forget_restated() { restated_.clear(); }

 private:
  void ask();
  void decide();
  void leave(const KnownMessage& former, const Arrival& arrival, const char* what);

  Deps deps_;
  AccountId account_;
  Draft* draft_ = nullptr;
  std::map<Generation, UidSet> to_ask_;
  std::map<MessageKey, KnownMessage> former_;
  std::map<FolderId, Tally> tallies_;
  std::map<Generation, UidSet> checked_;
  std::uint64_t looked_at_ = 0;
  std::set<MessageKey> restated_;
  Operation operation_;
  Pending<Done> done_;
};

}  // namespace imapkeep
