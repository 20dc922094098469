// What a pass asks about messages. Every answer walks an index in order: the primary key for
// windows and UID sets, the XXH3 index for messages that are alike, and for equal bytes.
#pragma once

#include <vector>

#include "sync/state/ledger.h"
#include "sync/state/sqlite/sqlite_database.h"

namespace imapkeep {

Result<UidSet> stored_uids(Database& database, AccountId account, FolderId folder,
                           UidValidity uid_validity);
Result<std::vector<KnownMessage>> message_window(Database& database, AccountId account,
                                                 FolderId folder, UidValidity uid_validity,
                                                 Uid from, std::size_t limit);
/// Ascending; UIDs that are not live are left out.
Result<std::vector<KnownMessage>> known_messages(Database& database, AccountId account,
                                                 FolderId folder, UidValidity uid_validity,
                                                 const UidSet& uids);
/// Ascending.
Result<std::vector<UidValidity>> generations(Database& database, AccountId account,
                                             FolderId folder);
Result<std::vector<NameFacts>> name_facts(Database& database, AccountId account,
                                          const std::vector<NameQuestion>& questions);
Result<std::vector<std::optional<LiveCopy>>> live_elsewhere(
    Database& database, AccountId account, const std::vector<KnownMessage>& leaving,
    const UidsByPlace* also_leaving = nullptr);

/// Live messages that have another size than the server announced; counted no further than `most`.
Result<std::uint64_t> count_other_sizes(Database& database, AccountId account, std::uint64_t most);
/// Live messages whose bytes are in doubt, at most `most` of them, by folder and UID.
Result<std::vector<DoubtfulMessage>> doubtful_messages(Database& database, AccountId account,
                                                       std::uint64_t most);

}  // namespace imapkeep
