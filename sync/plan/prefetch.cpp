#include "sync/plan/prefetch.h"

#include <algorithm>

namespace imapkeep {
namespace {

// As many as a batch of body_fetch has at most: they keep a line busy while the list is on its way.
constexpr std::uint64_t kMost = 200;

}  // namespace

std::optional<Prefetch> decide_prefetch(const FolderCursor& remembered, const MailboxFacts& listed,
                                        const std::vector<UidValidity>& stored) {
  if (!listed.uid_validity || !listed.uid_next || *listed.uid_next < 2) return std::nullopt;
  if (listed.messages.value_or(0) == 0) return std::nullopt;
  const UidValidity generation{*listed.uid_validity};
  const bool another = remembered.uid_validity.value != 0 && remembered.uid_validity != generation;
  // A generation that ends another one takes over its bytes: that is not to be guessed at.
  if (another || !stored.empty()) return std::nullopt;

  Prefetch prefetch;
  prefetch.uid_validity = generation;
  prefetch.messages = *listed.messages;
  prefetch.whole = prefetch.messages <= kMost;
  const auto last = static_cast<std::uint32_t>(*listed.uid_next - 1);
  const std::uint32_t first =
      prefetch.whole || last <= kMost ? 1 : last - static_cast<std::uint32_t>(kMost) + 1;
  prefetch.uids = UidSet::of(Uid{first}, Uid{last});
  return prefetch;
}

}  // namespace imapkeep
