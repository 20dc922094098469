// Messages during whose FETCH the connection was lost. A server may end the connection at one
// message that it cannot read, whatever it calls that (BYE, end of file, silence, a literal that is
// none); asked for with others it would take them all with it for ever. So the messages of a lost
// question are suspects. Bodies are then asked for one by one; facts and flags, of which thousands
// are asked for at once, by halves: each half alone, the larger ones first, until one message is
// left. One that has cost the connection three times when asked for alone is convicted: not asked
// for again before an hour has passed, since the network may have been to blame, or the server may
// have been mended. A folder whose prefetch (body_fetch.h) cost the connection has no more of them:
// nobody knows at which message that was. A folder in which it is lost for no message's sake, in
// whose EXAMINE or list of UIDs, waits until all others have been visited. Lives across the
// connections of one command or daemon, not on disk.
#pragma once

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "daemon/base/clock.h"
#include "daemon/base/error.h"
#include "sync/imap/types/uid_set.h"
#include "sync/journal/records.h"
#include "sync/pass/cut_body.h"

namespace imapkeep {

/// What a message cannot be asked for: itself (facts or bytes), or the flags of one that is stored.
enum class AskedOf { kMessage, kFlags };

class Suspects {
 public:
  static constexpr int kStrikes = 3;
  static constexpr Duration kAskedAgain = std::chrono::hours(1);
  /// Messages that are quarantined already are tried again until so many have cost a connection.
  static constexpr int kMostRetrials = 3;

  struct Place {
    FolderId folder;
    UidValidity validity;
    AskedOf of = AskedOf::kMessage;
    auto operator<=>(const Place&) const = default;
  };

  /// Kept mails of this server whose size is not the announced one: `stored` by earlier runs.
  void know_other_sizes(std::uint64_t stored) { other_sizes_ = std::max(other_sizes_, stored); }
  void kept_other_size() { ++other_sizes_; }
  [[nodiscard]] std::uint64_t other_sizes() const { return other_sizes_; }
  /// Bodies were asked for a second time, which needs the folder for itself.
  void asked_twice() { ++asked_twice_; }
  /// Such bodies wait for another visit to their folder, since the next mailbox was examined.
  void put_off(std::uint64_t bodies) { put_off_ += bodies; }
  [[nodiscard]] bool sizes_fit() const {
    return asked_twice_ < kMostAskedTwice && put_off_ < kMostPutOff;
  }
  /// The connection was lost while many bodies waited for their second question: fewer are to be
  /// asked for at once, so that the next connection gets further.
  void held_lost() { held_were_lost_ = true; }
  [[nodiscard]] bool held_were_lost() const { return held_were_lost_; }
  /// The connection was lost at a second question; what came first must do.
  void second_ask_lost(const UidSet& asked, const Place& place);
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

  /// Was it perhaps what had been asked? Not when the server speaks of the session or the account.
  [[nodiscard]] static bool may_be_a_message(const Error& lost) {
    return lost.remedy == Remedy::kRetrySoon;
  }

  /// The connection was lost while these bodies were asked for. One: it alone.
  void connection_lost(const UidSet& uids, const Place& place, const std::string& why,
                       MonoTime now);
  /// … while the facts or flags of these were, and of no others.
  void window_lost(const UidSet& unanswered, const Place& place, const std::string& why,
                   MonoTime now);
  /// All of these were asked for, and the server has answered.
  void window_answered(const UidSet& asked, const Place& place);
  /// A folder has been visited to its end: a sign of life, though none of a FETCH that works.
  void answered() { ++visits_; }
  /// Groups that are to be asked for each by itself, the largest first.
  [[nodiscard]] std::vector<UidSet> groups(const Place& place) const;

  /// The connection was lost while this folder, which looks like another that was renamed, was
  /// examined or asked for `asked` to recognise it by.
  void sample_lost(FolderId folder, const UidSet& asked, MonoTime now);
  /// These are better not asked for again to recognise it by.
  [[nodiscard]] UidSet not_to_sample(FolderId folder) const;
  [[nodiscard]] bool may_sample(FolderId folder, MonoTime now) const;

  /// The connection was lost while the headers of these stored messages were asked for, and they
  /// had not come. They are asked for one by one then; alone and lost again, not any more.
  void headers_lost(FolderId folder, UidValidity validity, const UidSet& unanswered);
  void headers_answered() { ++answers_; }
  [[nodiscard]] UidSet headers_one_by_one(FolderId folder, UidValidity validity) const;
  [[nodiscard]] UidSet headers_not_to_ask(FolderId folder, UidValidity validity) const;

  /// A big message of which a part is here.
  [[nodiscard]] CutBodies& cuts() { return cuts_; }
  [[nodiscard]] const CutBodies& cuts() const { return cuts_; }

  void prefetch_lost(FolderId folder) {
    if (not_to_prefetch_.insert(folder).second) lost(false);
  }
  [[nodiscard]] bool may_prefetch(FolderId folder) const;

  /// The connection was lost there, and no message is to blame. How often in a row, with this.
  int folder_lost(FolderId folder) { return ++lost_in_[folder]; }
  void folder_visited(FolderId folder) { lost_in_.erase(folder); }
  [[nodiscard]] int lost_in(FolderId folder) const {
    const auto found = lost_in_.find(folder);
    return found == lost_in_.end() ? 0 : found->second;
  }

  /// Those of a folder that are convicted, and have cost a connection since then.
  [[nodiscard]] int convictions_in(FolderId folder, MonoTime since) const;
  /// Lost connections for which some messages, or a prefetch, may be to blame.
  [[nodiscard]] std::uint64_t losses() const { return losses_; }
  /// Before the last of them the server had answered something of the kind since the one before:
  /// it is not the server as a whole that is ill.
  [[nodiscard]] bool was_well() const { return was_well_; }
  [[nodiscard]] std::uint64_t answers() const { return answers_ + arrivals_ + visits_; }

  void arrived(const MessageKey& key);
  [[nodiscard]] bool suspected(const MessageKey& key) const {
    return suspects_.contains({AskedOf::kMessage, key});
  }
  [[nodiscard]] bool convicted(const MessageKey& key, int strikes, MonoTime now,
                               AskedOf of = AskedOf::kMessage) const;
  /// Those of one folder that three strikes have convicted.
  [[nodiscard]] UidSet convicted_in(const Place& place, MonoTime now) const;
  /// A message that was quarantined by an earlier run has cost a connection again.
  void retrial_lost(MonoTime now);
  [[nodiscard]] bool may_retry(MonoTime now) const;
  /// How the connection was lost at it.
  [[nodiscard]] std::string cause(const MessageKey& key) const;
  /// No message and no folder. (How the last loss was to be read goes with the object: a later run
  /// may give up on a folder one connection sooner.)
  [[nodiscard]] bool remembers_nothing() const;

 private:
  struct Suspect {
    int strikes = 0;
    MonoTime last;
    std::string why;
  };
  using Who = std::pair<AskedOf, MessageKey>;
  void lost(bool at_bodies);
  void strike(const Who& who, bool alone, const std::string& why, MonoTime now);

  std::map<Who, Suspect> suspects_;
  std::map<Place, std::vector<UidSet>> groups_;
  std::set<FolderId> not_to_prefetch_;
  struct LostSample {
    UidSet asked;
    int losses = 0;
    MonoTime last;
  };
  static constexpr int kMostSamples = 2;
  std::map<FolderId, LostSample> samples_;
  struct LostHeaders {
    UidSet once;
    UidSet alone;
  };
  std::map<std::pair<FolderId, UidValidity>, LostHeaders> headers_;
  std::map<FolderId, int> lost_in_;
  static constexpr int kMostAskedTwice = 3;
  std::uint64_t other_sizes_ = 0;
  int asked_twice_ = 0;
  static constexpr std::uint64_t kMostPutOff = 20;
  std::uint64_t put_off_ = 0;
  bool held_were_lost_ = false;
  std::set<MessageKey> not_twice_;
  std::map<std::pair<FolderId, UidValidity>, UidSet> rechecked_;
  std::uint64_t losses_ = 0;
  bool was_well_ = false;
  std::uint64_t answers_ = 0;   ///< of facts, flags and headers
  std::uint64_t arrivals_ = 0;  ///< of bodies
  std::uint64_t visits_ = 0;
  std::uint64_t answers_at_loss_ = 0;
  std::uint64_t arrivals_at_loss_ = 0;
  CutBodies cuts_;
  int retrials_lost_ = 0;
  MonoTime retrial_at_;
};

}  // namespace imapkeep
