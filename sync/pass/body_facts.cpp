// BodyFetch, of what is asked before the bodies: flags, date and size of every wanted message.
#include <algorithm>
#include <utility>
#include <vector>

#include "sync/pass/body_fetch.h"
#include "sync/plan/fetch_batches.h"

namespace imapkeep {

bool BodyFetch::ask_next_facts() {
  if (!wanted_.empty()) {
    UidSet window = wanted_.highest(window_);
    wanted_ = wanted_.minus(window);
    ask_facts(std::move(window));
    return false;
  }
  if (!in_flight_.empty() || !queue_.empty()) return false;
  while (!doubts_.empty()) {
    UidSet group = std::move(doubts_.front());
    doubts_.pop_front();
    const Uid first = *group.lowest();
    const bool retrial = group.count() == 1 && deps_.unstored.is_quarantined(key(first));
    const bool rests = retrial && !deps_.suspects.may_retry(deps_.clock.mono_now());
    // The others of a group are not to blame for it.
    if (group.count() == 1 && (convicted(first) || rests)) {
      give_up(first, loss_at(first));
      continue;
    }
    ask_facts(std::move(group));
    return true;
  }
  return false;
}

void BodyFetch::ask_facts(UidSet window) {
  facts_in_flight_ = true;
  facts_answered_ = UidSet();
  facts_operation_ = deps_.connection.fetch_facts(
      window,
      [this, window](const imap::MessageFacts& facts) {
        if (!window.contains(facts.uid)) return;
        facts_answered_.add(facts.uid);
        const auto [known, is_new] = facts_.try_emplace(facts.uid, facts);
        if (!is_new) known->second.add(facts);
      },
      [this, window](const Result<Done>& result) { on_facts(window, result); });
}

void BodyFetch::on_facts_failed(const UidSet& asked, const Error& error) {
  if (error.remedy != Remedy::kSkipMessage) {
    blame(asked.minus(facts_answered_), error, true);
    return finish(error);
  }
  // One bad message can spoil the answer for its whole window.
  if (asked.count() == 1) {
    give_up(*asked.lowest(), error.what);
  } else {
    window_ = std::max<std::uint64_t>(1, asked.count() / 2);
    wanted_.add(asked);
    for (const UidRange& range : asked.ranges()) {
      facts_.erase(facts_.lower_bound(range.first), facts_.upper_bound(range.last));
    }
  }
  pump();
}

void BodyFetch::ask_again(const UidSet& asked) {
  UidSet incomplete;
  for (const UidRange& range : asked.ranges()) {
    const auto last = facts_.upper_bound(range.last);
    for (auto fact = facts_.lower_bound(range.first); fact != last; ++fact) {
      const imap::MessageFacts& facts = fact->second;
      if (!facts.flags || !facts.internal_date || !facts.rfc822_size) incomplete.add(fact->first);
    }
  }
  if (incomplete.empty()) return;
  facts_asked_again_ = true;
  facts_again_ = incomplete;
  ask_facts(std::move(incomplete));
}

void BodyFetch::on_facts(const UidSet& asked, const Result<Done>& result) {
  facts_in_flight_ = false;
  const bool again = std::exchange(facts_asked_again_, false);
  if (!result) return on_facts_failed(asked, result.error());
  if (!asked.empty()) deps_.suspects.window_answered(asked, place());
  window_ = std::min(kFactsWindow, window_ * 2);
  std::vector<WantedMessage> messages;
  std::deque<Ask> suspects;
  if (!again) ask_again(asked);
  const UidSet later = facts_in_flight_ ? facts_again_ : UidSet();
  asked.for_each([&](Uid uid) {
    const auto found = facts_.find(uid);
    if (found == facts_.end()) {
      vanished_.add(uid);
    } else if (later.contains(uid)) {
      return;
    } else if (convicted(uid)) {
      give_up(uid, loss_at(uid));
    } else if (deps_.suspects.cuts().of(key(uid)) != nullptr) {
      queue_.push_front({UidSet::of(uid, uid), false, ""});  // while the session is young
    } else if (deps_.suspects.suspected(key(uid)) || deps_.unstored.is_quarantined(key(uid))) {
      suspects.push_front({UidSet::of(uid, uid), true, ""});
    } else {
      messages.push_back({uid, found->second.rfc822_size.value_or(0)});
    }
  });
  FetchLimits limits;
  if (deps_.suspects.held_were_lost()) limits.messages = kWrongSizesBelieved;
  for (FetchBatch& batch : fetch_batches(std::move(messages), limits)) {
    queue_.push_back({std::move(batch.uids), false, ""});
  }
  for (Ask& ask : suspects) queue_.push_back(std::move(ask));
  pump();
}

}  // namespace imapkeep
