#include "sync/imap/types/namespaces.h"

#include <algorithm>
#include <optional>

namespace imapkeep {
namespace {

// "Public" lies in the namespace "Public/", too: it is its root.
bool lies_in(std::string_view raw, const NamespacePrefix& part) {
  if (raw.starts_with(part.prefix)) return true;
  return part.delimiter != 0 && std::string(raw) + part.delimiter == part.prefix;
}

std::optional<std::size_t> longest_fit(std::string_view raw,
                                       const std::vector<NamespacePrefix>& parts) {
  std::optional<std::size_t> longest;
  for (const NamespacePrefix& part : parts) {
    if (lies_in(raw, part)) longest = std::max(longest.value_or(0), part.prefix.size());
  }
  return longest;
}

}  // namespace

bool Namespaces::is_own(std::string_view raw) const {
  if (raw == "INBOX") return true;
  // Nothing is smaller than any length; what both claim is nobody's own.
  return longest_fit(raw, personal) > longest_fit(raw, others);
}

}  // namespace imapkeep
