// What the ledger's tables are, as numbered migrations: a released one is never edited, the next is
// added behind it. SQLite's user_version is the number of the last one carried out, application_id
// says whose file it is, and both change in the transaction of the tables themselves.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "daemon/base/result.h"
#include "sync/state/sqlite/sqlite_database.h"

namespace imapkeep {

inline constexpr std::int64_t kLedgerApplicationId = 0x494d4b50;  // "IMKP"

std::span<const std::string_view> ledger_migrations();

/// How a database stands to a list of migrations.
enum class SchemaState {
  kEmpty,    ///< no tables, nobody's: ours to fill
  kCurrent,  ///< all migrations are carried out
  kEarlier,  ///< some are still to do
  kLater,    ///< written by a later version of this program
  kForeign,  ///< not a ledger
};

Result<SchemaState> schema_state(Database& database, std::span<const std::string_view> migrations);

/// What a ledger of this version should hold and this one does not, in words; nothing: it is all
/// there. Tables, their columns, and the indexes that are named in statements.
Result<std::optional<std::string>> missing_part(Database& database);

/// Carries out what is missing, all or nothing. For kEmpty and kEarlier.
Result<Done> migrate(Database& database, std::span<const std::string_view> migrations);

}  // namespace imapkeep
