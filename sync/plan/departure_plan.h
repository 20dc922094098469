// What is gone from the server may leave the mirror: which of it now, which after a second witness
// from a later pass, and which only when a person has said so. Three questions, each a table: does
// a list of UIDs stand up against what else is known (doubt_of), how much is gone at once
// (weigh_departures), and what of it has waited long enough (sort_absence). What waits is kept in
// the ledger. Doubt always keeps mail: the worst that a wrong "wait" costs is disk space.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sync/imap/types/uid_set.h"
#include "sync/journal/records.h"

namespace imapkeep {

/// A pass is a later one only when it looks this long after the first, over a connection that was
/// made since.
inline constexpr std::int64_t kLaterPassMs = 2LL * 60 * 1000;
/// A message that is listed and cannot be had speaks against the list for this long.
inline constexpr std::int64_t kLongOwedMs = 24LL * 60 * 60 * 1000;
/// More than half of an account is an alarm when it is more messages than this.
inline constexpr std::uint64_t kManyMessages = 100;

/// A complete list of UIDs, and what it must agree with.
struct ListEvidence {
  UidSet listed;
  std::uint64_t exists = 0;                 ///< what EXAMINE said
  std::optional<std::uint64_t> status;      ///< MESSAGES of STATUS or LIST-STATUS in the same pass
  UidSet stored;                            ///< of this generation
  UidSet long_unstored;                     ///< quarantined for longer than kLongOwedMs
  std::optional<std::uint64_t> had_before;  ///< UIDNEXT when its messages were last fetched: what
                                            ///< came since is new and need not be stored
};
/// Why this list is no witness of what it lacks; nothing: it is one.
std::optional<std::string> doubt_of(const ListEvidence& evidence);

/// How long absent messages wait.
enum class Departs {
  kNow,        ///< once the second witness of this pass agrees
  kLaterPass,  ///< the second witness comes from a later pass
  kPerson,     ///< not before a person has said so
};

/// What is gone from one folder.
struct AbsentFolder {
  FolderId folder;
  std::uint64_t stored = 0;     ///< live messages before this pass, all generations
  std::uint64_t absent = 0;     ///< of them
  std::uint64_t nowhere = 0;    ///< of those: their bytes are live under no key that stays
  bool folder_is_gone = false;  ///< itself, witnessed by two lists of folders minutes apart
  bool has_other_mail = false;  ///< the server numbers the folder anew, and it is not empty
  /// What stays in the folder has come after all that is absent, and how much that is.
  bool only_newer_stays = false;
  std::uint64_t stays = 0;
  bool throws_away = false;  ///< \Trash or \Junk: to be emptied is what it is for
};

/// One answer for each folder, in order. `stored`: live messages of all folders that are mirrored.
/// `keep`: what leaves is kept (on_expunge).
std::vector<Departs> weigh_departures(const std::vector<AbsentFolder>& folders,
                                      std::uint64_t stored, bool keep);
/// Does it change an answer how much of it is live elsewhere?
bool elsewhere_matters(std::vector<AbsentFolder> folders, std::uint64_t stored, bool keep);

/// Absent messages that have not left yet. The ledger keeps them from pass to pass.
struct WaitingDeparture {
  FolderId folder;
  UidValidity uid_validity;
  UidSet uids;
  /// When their absence was first seen; for a person: when it was found that one has to say so.
  std::int64_t since_ms = 0;
  bool for_person = false;  ///< else for a later pass
  bool operator==(const WaitingDeparture&) const = default;
};

/// When and how the second witness would be asked.
struct WitnessMoment {
  std::int64_t now_ms = 0;
  std::int64_t connection_made_ms = 0;
  /// When a person said that what waits for a person may leave: what waited then, and no more.
  std::optional<std::int64_t> asked_ms{};
};

struct SortedAbsence {
  UidSet may_depart;                      ///< if the second witness agrees
  std::vector<WaitingDeparture> waiting;  ///< everything else
};
/// `absent`: of one generation of one folder. `nowhere`: see AbsentFolder; all of `absent` when
/// nobody has looked. `before`: what waits, of this place at least.
SortedAbsence sort_absence(FolderId folder, UidValidity uid_validity, const UidSet& absent,
                           const UidSet& nowhere, Departs departs, bool keep,
                           const std::vector<WaitingDeparture>& before,
                           const WitnessMoment& moment);

/// For status and for whoever asked for the pass: what waits for a person, and the command.
std::string gone_at_once(std::uint64_t messages, const std::string& account);

/// What a person has accepted of it: it is not weighed again.
UidSet accepted_of(FolderId folder, UidValidity uid_validity,
                   const std::vector<WaitingDeparture>& before, const WitnessMoment& moment);

}  // namespace imapkeep
