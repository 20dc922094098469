#include "sync/imap/requests/search_answer.h"

namespace imapkeep::imap {
namespace {

// Ranges of UIDs: sixteen megabytes, and more than a mailbox of four million messages can need.
constexpr std::size_t kMostRanges = 2'000'000;

}  // namespace

bool SearchAnswer::take(const Response& response) {
  if (const auto* found = std::get_if<SearchResponse>(&response)) {
    is_answered_ = true;
    found_.add(found->uids);
    return true;
  }
  const auto* found = std::get_if<EsearchResponse>(&response);
  // Without our tag, or with sequence numbers, it is the answer to something else.
  if (found == nullptr || found->tag != tag_ || !found->uid) return false;
  is_answered_ = true;
  if (found->all) found_.add(*found->all);
  return true;
}

std::optional<Error> SearchAnswer::too_much() const {
  if (found_.ranges().size() <= kMostRanges) return std::nullopt;
  return server_error(
      "the server listed more than " + std::to_string(kMostRanges) +
      " ranges of UIDs in one mailbox, which cannot be; ask whoever runs the server");
}

}  // namespace imapkeep::imap
