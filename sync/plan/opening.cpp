#include "sync/plan/opening.h"

#include <algorithm>

namespace imapkeep {
namespace {

// As many as a batch of body_fetch has at most: they keep a line busy while the list is on its way.
constexpr std::uint64_t kMost = 200;

}  // namespace

std::optional<Opening> decide_opening(const FolderCursor& remembered, const MailboxFacts& listed,
                                      const std::vector<UidValidity>& stored) {
  if (!listed.uid_validity || !listed.uid_next || *listed.uid_next < 2) return std::nullopt;
  if (listed.messages.value_or(0) == 0) return std::nullopt;
  const UidValidity generation{*listed.uid_validity};
  const bool another = remembered.uid_validity.value != 0 && remembered.uid_validity != generation;
  // A generation that ends another one takes over its bytes: that is not to be guessed at.
  if (another || !stored.empty()) return std::nullopt;

  Opening opening;
  opening.uid_validity = generation;
  opening.messages = *listed.messages;
  opening.whole = opening.messages <= kMost;
  const auto last = static_cast<std::uint32_t>(*listed.uid_next - 1);
  const std::uint32_t first =
      opening.whole || last <= kMost ? 1 : last - static_cast<std::uint32_t>(kMost) + 1;
  opening.uids = UidSet::of(Uid{first}, Uid{last});
  return opening;
}

}  // namespace imapkeep
