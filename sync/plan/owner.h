// Whose mail a store holds. A store has one mailbox for ever: a server's name, a user, and the
// identity asked for behind the login. When the configuration names another one (an alias, a new
// name of the host, or a mistake), stored messages are compared with the server's before anything
// is stored or leaves, and here is decided what that shows. Port, TLS and way of login are no
// identity.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sync/imap/types/uid_set.h"
#include "sync/journal/records.h"
#include "sync/plan/mailbox_owner.h"

namespace imapkeep {

/// What is known of a store when it has been opened for an account.
struct OwnerClaim {
  MailboxOwner configured;
  std::optional<MailboxOwner> recorded;  ///< the journal's last word
  /// "account \"work\" of imap.example.org", when store.json names another account or host than the
  /// configuration; else empty.
  std::string made_for_another;
};

/// What comparing some stored messages of one folder with the server's has shown.
struct FolderEvidence {
  enum class Met { kSameGeneration, kOtherGeneration, kNotThere };
  bool is_inbox = false;
  Met met = Met::kSameGeneration;
  std::uint32_t agree = 0;   ///< same UIDVALIDITY, UID and header
  std::uint32_t differ = 0;  ///< another header under the same UIDVALIDITY and UID
  std::uint32_t absent = 0;  ///< nothing to compare: gone from the server, or from the disk
  FolderId folder{};
  std::string path{};        ///< in the store
  UidValidity generation{};  ///< the server's, where it said one
  bool is_own = false;       ///< the user's own, as the server divides its folders; INBOX is
};

struct OwnerEvidence {
  bool nothing_stored = false;
  std::vector<FolderEvidence> folders;
};

enum class OwnerDecision {
  kSame,     ///< the recorded one: nothing to do
  kCompare,  ///< evidence is needed
  kLearn,    ///< the configured one is written down
  kRefuse,
};

/// Without evidence: kSame or kCompare. With it: kLearn or kRefuse.
OwnerDecision decide_owner(const OwnerClaim& claim, const OwnerEvidence* evidence);

/// Stored messages of this folder have the same UIDVALIDITY and UIDs as the server's, and are not,
/// or perhaps not, the same: to a pass they would be those that the server has.
bool would_be_mistaken(const FolderEvidence& folder);

/// The sentence for a kRefuse: both names, the counts, and what to do.
std::string refusal_of(const OwnerClaim& claim, const OwnerEvidence& evidence,
                       const std::string& account);

/// At most `n` members, the first and the last among them, the others evenly between.
UidSet spread_sample(const UidSet& uids, std::size_t n);

/// Whether two headers say the same, wherever the server puts its line ends: CRLF or LF, with or
/// without the empty line behind them.
bool same_header(std::string_view stored, std::string_view fetched);

}  // namespace imapkeep
