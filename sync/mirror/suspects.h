// Messages during whose FETCH the connection was lost. A server may drop the connection at one
// unreadable message (Dovecot's default); asked for in a batch it would take the whole batch with
// it for ever. So suspects are asked for alone, and one that has cost the connection three times
// when asked for alone is convicted: quarantined, and not asked for again before an hour has
// passed, since the network may have been to blame, or the server may have been mended. A folder
// whose opening (body_fetch.h) cost the connection is opened no more: nobody knows at which message
// that was. Lives across the connections of one command or daemon, not on disk.
#pragma once

#include <algorithm>
#include <map>
#include <set>
#include <utility>

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
  [[nodiscard]] bool may_open(FolderId folder) const {
    return sizes_fit() && !not_to_open_.contains(folder);
  }

  /// Kept mails of this server whose size is not the announced one: `stored` by earlier runs.
  void know_other_sizes(std::uint64_t stored) { other_sizes_ = std::max(other_sizes_, stored); }
  void kept_other_size() { ++other_sizes_; }
  [[nodiscard]] std::uint64_t other_sizes() const { return other_sizes_; }
  /// Bodies were asked for a second time, which needs the folder for itself.
  void asked_twice() { ++asked_twice_; }
  [[nodiscard]] bool sizes_fit() const { return asked_twice_ < kMostAskedTwice; }
  /// The connection was lost at a second question; what came first must do.
  void second_ask_lost(const MessageKey& key) { not_twice_.insert(key); }
  [[nodiscard]] bool may_ask_twice(const MessageKey& key) const {
    return !not_twice_.contains(key);
  }

  /// Looked at again by passes of this run that did not reach their end.
  void add_rechecked(FolderId folder, UidValidity validity, const UidSet& uids) {
    rechecked_[{folder, validity}].add(uids);
  }
  [[nodiscard]] UidSet rechecked(FolderId folder, UidValidity validity) const {
    const auto found = rechecked_.find({folder, validity});
    return found == rechecked_.end() ? UidSet() : found->second;
  }
  void forget_rechecked(FolderId folder) {
    std::erase_if(rechecked_, [&](const auto& known) { return known.first.first == folder; });
  }

  /// So far; one more is progress of a kind.
  [[nodiscard]] int convictions() const {
    return convictions_ + static_cast<int>(not_to_open_.size() + not_twice_.size());
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
  static constexpr int kMostAskedTwice = 3;
  std::uint64_t other_sizes_ = 0;
  int asked_twice_ = 0;
  std::set<MessageKey> not_twice_;
  std::map<std::pair<FolderId, UidValidity>, UidSet> rechecked_;
  int convictions_ = 0;
};

}  // namespace imapkeep
