// How a server divides its folders (RFC 2342): those of the user who is logged in, those of other
// users, and those that are shared. Each part has prefixes of names; the longest prefix that fits a
// folder says whose it is. A server that tells nothing leaves it open for every folder but INBOX.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace imapkeep {

struct NamespacePrefix {
  std::string prefix;  ///< raw bytes, as the server writes names
  char delimiter = 0;  ///< 0: NIL
  bool operator==(const NamespacePrefix&) const = default;
};

struct Namespaces {
  std::vector<NamespacePrefix> personal;
  std::vector<NamespacePrefix> others;  ///< other users' and shared ones

  /// INBOX, or under a prefix of the user's own; `raw` as in MailboxName.
  [[nodiscard]] bool is_own(std::string_view raw) const;
};

}  // namespace imapkeep
