// Messages during whose FETCH the connection was lost. A server may drop the connection at one
// unreadable message (Dovecot's default); asked for in a batch it would take the whole batch with
// it for ever. So suspects are asked for alone, and one that has cost the connection three times
// when asked for alone is convicted: quarantined, and not asked for again before an hour has
// passed, since the network may have been to blame, or the server may have been mended. A folder
// whose opening (body_fetch.h) cost the connection is opened no more: nobody knows at which message
// that was. Lives across the connections of one command or daemon, not on disk.
#pragma once

#include <map>
#include <set>

#include "daemon/base/clock.h"
#include "sync/imap/types/uid_set.h"
#include "sync/plan/records.h"

namespace imapkeep {

class Suspects {
 public:
  static constexpr int kStrikes = 3;
  static constexpr Duration kAskedAgain = std::chrono::hours(1);

  /// The connection was lost while these were asked for. `alone`: this one and no other.
  void connection_lost(const UidSet& uids, FolderId folder, UidValidity validity, MonoTime now) {
    constexpr std::uint64_t kMost = 1000;  // a batch; never expand more
    const bool alone = uids.count() == 1;
    const UidSet some = uids.highest(kMost);
    for (const UidRange& range : some.ranges()) {
      for (std::uint64_t uid = range.first.value; uid <= range.last.value; ++uid) {
        Suspect& suspect = suspects_[{folder, validity, Uid{static_cast<std::uint32_t>(uid)}}];
        suspect.last = now;
        if (alone && ++suspect.strikes == kStrikes) ++convictions_;
      }
    }
  }
  void opening_lost(FolderId folder) { not_to_open_.insert(folder); }
  [[nodiscard]] bool may_open(FolderId folder) const { return !not_to_open_.contains(folder); }

  /// So far; one more is progress of a kind.
  [[nodiscard]] int convictions() const {
    return convictions_ + static_cast<int>(not_to_open_.size());
  }
  void arrived(const MessageKey& key) { suspects_.erase(key); }
  [[nodiscard]] bool suspected(const MessageKey& key) const { return suspects_.contains(key); }
  [[nodiscard]] bool convicted(const MessageKey& key, int strikes, MonoTime now) const {
    const auto found = suspects_.find(key);
    return found != suspects_.end() && found->second.strikes >= strikes &&
           now - found->second.last < kAskedAgain;
  }

 private:
  struct Suspect {
    int strikes = 0;
    MonoTime last;
  };
  std::map<MessageKey, Suspect> suspects_;
  std::set<FolderId> not_to_open_;
  int convictions_ = 0;
};

}  // namespace imapkeep
