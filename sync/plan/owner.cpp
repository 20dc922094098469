#include "sync/plan/owner.h"

#include <algorithm>

#include "daemon/base/bytes.h"

namespace imapkeep {
namespace {

/// As DNS compares names.
std::string plain_domain(std::string_view name) {
  std::string plain(name);
  while (plain.size() > 1 && plain.back() == '.') plain.pop_back();
  for (char& c : plain) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return plain;
}

/// What stands before the last @ is the server's own affair, and its case may count.
std::string plain_user(const std::string& user) {
  const std::size_t at = user.rfind('@');
  if (at == std::string::npos) return user;
  return user.substr(0, at + 1) + plain_domain(std::string_view(user).substr(at + 1));
}

std::string plain_authzid(const MailboxOwner& owner) {
  const std::string authzid = plain_user(owner.authzid);
  return authzid == plain_user(owner.user) ? std::string() : authzid;
}

struct Sum {
  std::uint64_t agree = 0;
  std::uint64_t differ = 0;
  std::uint64_t absent = 0;
  std::uint64_t strange = 0;  ///< folders that are not there, or numbered otherwise
};

Sum sum_of(const OwnerEvidence& evidence) {
  Sum sum;
  for (const FolderEvidence& folder : evidence.folders) {
    sum.agree += folder.agree;
    sum.differ += folder.differ;
    sum.absent += folder.absent;
    if (folder.met != FolderEvidence::Met::kSameGeneration) ++sum.strange;
  }
  return sum;
}

bool inbox_is_another(const OwnerEvidence& evidence) {
  return std::any_of(evidence.folders.begin(), evidence.folders.end(),
                     [](const FolderEvidence& folder) {
                       return folder.is_inbox && folder.met != FolderEvidence::Met::kSameGeneration;
                     });
}

bool inbox_is_unproven(const OwnerEvidence& evidence) {
  return std::any_of(
      evidence.folders.begin(), evidence.folders.end(),
      [](const FolderEvidence& folder) { return folder.is_inbox && folder.agree == 0; });
}

bool own_folder_agrees(const OwnerEvidence& evidence) {
  return std::any_of(evidence.folders.begin(), evidence.folders.end(),
                     [](const FolderEvidence& folder) {
                       return (folder.is_inbox || folder.is_own) && folder.agree > 0;
                     });
}

/// Folders that several users share, or that may be such, prove nothing of the mailbox: INBOX is
/// nobody else's, and neither is what the server calls the user's own. Whoever comes under another
/// name has to prove it by every folder that was looked at, one of these among them. Where the name
/// is the same and only not written down yet, mail and folders may have gone since the last pass.
bool is_proven(const OwnerClaim& claim, const OwnerEvidence& evidence) {
  const Sum sum = sum_of(evidence);
  if (sum.differ > 0 || sum.agree == 0 || inbox_is_another(evidence)) return false;
  const bool under_another_name = claim.recorded || !claim.made_for_another.empty();
  if (!under_another_name) return true;
  return sum.strange == 0 && sum.agree > sum.absent && !inbox_is_unproven(evidence) &&
         own_folder_agrees(evidence);
}

std::string counted(std::uint64_t number, const char* one, const char* many) {
  return std::to_string(number) + " " + (number == 1 ? one : many);
}

/// Line ends as LF, and no empty lines at the end.
std::string plain_header(std::string_view header) {
  std::string plain;
  plain.reserve(header.size());
  for (std::size_t i = 0; i < header.size(); ++i) {
    if (header[i] == '\r' && i + 1 < header.size() && header[i + 1] == '\n') continue;
    plain += header[i];
  }
  while (!plain.empty() && (plain.back() == '\n' || plain.back() == '\r')) plain.pop_back();
  return plain;
}

}  // namespace

bool same_owner(const MailboxOwner& a, const MailboxOwner& b) {
  return plain_domain(a.host) == plain_domain(b.host) && plain_user(a.user) == plain_user(b.user) &&
         plain_authzid(a) == plain_authzid(b);
}

std::string words_of(const MailboxOwner& owner) {
  std::string words = printable_utf8(owner.user);
  if (!plain_authzid(owner).empty()) words += " as " + printable_utf8(owner.authzid);
  return words + " at " + printable_utf8(owner.host);
}

OwnerDecision decide_owner(const OwnerClaim& claim, const OwnerEvidence* evidence) {
  if (claim.recorded && same_owner(*claim.recorded, claim.configured)) return OwnerDecision::kSame;
  if (evidence == nullptr) return OwnerDecision::kCompare;
  if (evidence->nothing_stored) return OwnerDecision::kLearn;
  return is_proven(claim, *evidence) ? OwnerDecision::kLearn : OwnerDecision::kRefuse;
}

bool would_be_mistaken(const FolderEvidence& folder) {
  const bool same_names = folder.met == FolderEvidence::Met::kSameGeneration;
  return same_names && (folder.differ > 0 || folder.agree == 0);
}

std::string refusal_of(const OwnerClaim& claim, const OwnerEvidence& evidence,
                       const std::string& account) {
  const Sum sum = sum_of(evidence);
  std::string text;
  if (claim.recorded) {
    text = "this store holds the mail of " + words_of(*claim.recorded);
  } else if (!claim.made_for_another.empty()) {
    text = "this store was made for " + claim.made_for_another;
  } else {
    text = "it is not written down yet whose mail this store holds";
  }
  text += ", the configuration says " + words_of(claim.configured) +
          ", and the messages do not show that it is the same mailbox: of " +
          counted(sum.agree + sum.differ + sum.absent, "stored message", "stored messages") +
          " that were looked for there, " + std::to_string(sum.agree) + " are the same, " +
          std::to_string(sum.differ) + " are other messages under the same number, and " +
          std::to_string(sum.absent) + " cannot be found";
  if (sum.strange > 0) {
    text += " (" + counted(sum.strange, "folder is", "folders are") +
            " missing there, or numbered anew)";
  }
  return text +
         ". Nothing was stored and nothing has left. Correct `user`, `host` or `authzid`, or give "
         "this account a path of its own; if it is meant to be so, run `imapkeep account adopt " +
         printable_utf8(account) + "`";
}

UidSet spread_sample(const UidSet& uids, std::size_t n) {
  const std::uint64_t count = uids.count();
  if (count <= n) return uids;
  UidSet sample;
  if (n < 2) return uids.highest(n);
  std::uint64_t before = 0;  // members in the ranges before this one
  std::size_t next = 0;
  for (const UidRange& range : uids.ranges()) {
    const std::uint64_t size = std::uint64_t{range.last.value} - range.first.value + 1;
    while (next < n) {
      const std::uint64_t place = next * (count - 1) / (n - 1);
      if (place >= before + size) break;
      sample.add(Uid{static_cast<std::uint32_t>(range.first.value + (place - before))});
      ++next;
    }
    before += size;
  }
  return sample;
}

bool same_header(std::string_view stored, std::string_view fetched) {
  return plain_header(stored) == plain_header(fetched);
}

}  // namespace imapkeep
