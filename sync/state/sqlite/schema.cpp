#include "sync/state/sqlite/schema.h"

#include <array>
#include <functional>
#include <map>

namespace imapkeep {
namespace {

// A million messages are a million rows here, so a message is integers and one blob, keyed without
// a rowid; its index serves both the search for messages that are alike (taken_numbers.h) and that
// for equal bytes. Unsigned 64-bit numbers are kept as the signed ones of the same bits.
constexpr std::string_view kFirst = R"sql(
CREATE TABLE account (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  store_id TEXT NOT NULL,
  segment INTEGER NOT NULL,
  offset INTEGER NOT NULL,
  opened_ms INTEGER NOT NULL,
  complete_ms INTEGER NOT NULL
);
CREATE TABLE folder (
  account INTEGER NOT NULL,
  id INTEGER NOT NULL,
  name BLOB NOT NULL,
  encoding INTEGER NOT NULL,
  delimiter INTEGER NOT NULL,
  path TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  gone INTEGER NOT NULL DEFAULT 0,
  missing_since_ms INTEGER NOT NULL DEFAULT 0,
  stored INTEGER NOT NULL DEFAULT 0,
  stored_bytes INTEGER NOT NULL DEFAULT 0,
  quarantined INTEGER NOT NULL DEFAULT 0,
  uid_validity INTEGER NOT NULL DEFAULT 0,
  uid_next INTEGER NOT NULL DEFAULT 0,
  messages INTEGER NOT NULL DEFAULT 0,
  highest_mod_seq INTEGER NOT NULL DEFAULT 0,
  complete INTEGER NOT NULL DEFAULT 0,
  cur_mtime_ns INTEGER NOT NULL DEFAULT 0,
  listed_at_ms INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (account, id)
) WITHOUT ROWID;
CREATE TABLE keyword_set (
  id INTEGER PRIMARY KEY,
  words BLOB NOT NULL UNIQUE
);
CREATE TABLE message (
  account INTEGER NOT NULL,
  folder INTEGER NOT NULL,
  uid_validity INTEGER NOT NULL,
  uid INTEGER NOT NULL,
  internal_date INTEGER NOT NULL,
  rfc822_size INTEGER NOT NULL,
  sha256 BLOB NOT NULL,
  xxh3 INTEGER NOT NULL,
  size INTEGER NOT NULL,
  crlf_size INTEGER NOT NULL,
  number INTEGER NOT NULL,
  flags INTEGER NOT NULL,
  keyword_set INTEGER NOT NULL,
  decided INTEGER NOT NULL,
  server_id TEXT,
  PRIMARY KEY (account, folder, uid_validity, uid)
) WITHOUT ROWID;
CREATE INDEX message_by_xxh3 ON message (account, xxh3);
CREATE TABLE quarantine (
  account INTEGER NOT NULL,
  folder INTEGER NOT NULL,
  uid_validity INTEGER NOT NULL,
  uid INTEGER NOT NULL,
  reason TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  since_ms INTEGER NOT NULL,
  PRIMARY KEY (account, folder, uid_validity, uid)
) WITHOUT ROWID;
CREATE TABLE pass (
  account INTEGER PRIMARY KEY,
  started_ms INTEGER NOT NULL,
  ended_ms INTEGER NOT NULL,
  outcome TEXT NOT NULL,
  detail TEXT NOT NULL,
  stored INTEGER NOT NULL,
  stored_bytes INTEGER NOT NULL,
  gone INTEGER NOT NULL
);
)sql";

// The indexes of doubt and size are of few rows: what a server announced and then sent otherwise.
// Equal bytes are looked for under one date: a folder may hold ten thousand of the same.
constexpr std::string_view kSecond = R"sql(
ALTER TABLE message ADD COLUMN doubtful TEXT;
ALTER TABLE message ADD COLUMN told_date INTEGER;
ALTER TABLE folder ADD COLUMN mailbox_id TEXT NOT NULL DEFAULT '';
ALTER TABLE folder ADD COLUMN doubted_from INTEGER NOT NULL DEFAULT 0;
ALTER TABLE folder ADD COLUMN vain_checks INTEGER NOT NULL DEFAULT 0;
ALTER TABLE folder ADD COLUMN renumbered INTEGER NOT NULL DEFAULT 0;
CREATE INDEX message_of_doubt ON message (account, folder) WHERE doubtful IS NOT NULL;
CREATE INDEX message_of_other_size ON message (account, folder)
  WHERE rfc822_size <> size AND rfc822_size <> 0;
CREATE TABLE waiting (
  account INTEGER NOT NULL,
  folder INTEGER NOT NULL,
  uid_validity INTEGER NOT NULL,
  since_ms INTEGER NOT NULL,
  for_person INTEGER NOT NULL,
  uids TEXT NOT NULL,
  PRIMARY KEY (account, folder, uid_validity, since_ms, for_person)
) WITHOUT ROWID;
ALTER TABLE account ADD COLUMN has_owner INTEGER NOT NULL DEFAULT 0;
ALTER TABLE account ADD COLUMN owner_host TEXT NOT NULL DEFAULT '';
ALTER TABLE account ADD COLUMN owner_user TEXT NOT NULL DEFAULT '';
ALTER TABLE account ADD COLUMN owner_authzid TEXT NOT NULL DEFAULT '';
DROP INDEX message_by_xxh3;
CREATE INDEX message_by_xxh3 ON message (account, xxh3, internal_date);
ALTER TABLE account ADD COLUMN store_inode INTEGER NOT NULL DEFAULT 0;
ALTER TABLE account ADD COLUMN store_born_ns INTEGER NOT NULL DEFAULT 0;
ALTER TABLE account ADD COLUMN store_file_system TEXT NOT NULL DEFAULT '';
ALTER TABLE account ADD COLUMN unproven INTEGER NOT NULL DEFAULT 0;
)sql";

// What `status` says of the last pass beside numbers (remark_rows.h).
constexpr std::string_view kThird = R"sql(
CREATE TABLE remark (
  account INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  place INTEGER NOT NULL,
  text TEXT NOT NULL,
  since_ms INTEGER NOT NULL,
  PRIMARY KEY (account, kind, place)
) WITHOUT ROWID;
)sql";

// What a store says of a folder is its own affair (folder_token.h). The Maildir store's digits are
// those of the number that stood here, so that no folder is looked at again because of this.
constexpr std::string_view kFourth = R"sql(
ALTER TABLE folder ADD COLUMN token BLOB NOT NULL DEFAULT x'';
UPDATE folder SET token = CAST(CAST(cur_mtime_ns AS TEXT) AS BLOB) WHERE cur_mtime_ns <> 0;
ALTER TABLE folder DROP COLUMN cur_mtime_ns;
)sql";

constexpr std::array<std::string_view, 4> kMigrations{kFirst, kSecond, kThird, kFourth};

// What the migrations together make. An index has no columns here.
struct Part {
  std::string_view name;
  std::string_view columns;
};
constexpr std::array kParts{
    Part{"account",
         "id,name,store_id,segment,offset,opened_ms,complete_ms,has_owner,owner_host,owner_user,"
         "owner_authzid,store_inode,store_born_ns,store_file_system,unproven"},
    Part{"folder",
         "account,id,name,encoding,delimiter,path,at_ms,gone,missing_since_ms,stored,stored_bytes,"
         "quarantined,uid_validity,uid_next,messages,highest_mod_seq,complete,listed_at_ms,"
         "mailbox_id,doubted_from,vain_checks,renumbered,token"},
    Part{"keyword_set", "id,words"},
    Part{"message",
         "account,folder,uid_validity,uid,internal_date,rfc822_size,sha256,xxh3,size,crlf_size,"
         "number,flags,keyword_set,decided,server_id,doubtful,told_date"},
    Part{"message_by_xxh3", ""},
    Part{"message_of_doubt", ""},
    Part{"message_of_other_size", ""},
    Part{"pass", "account,started_ms,ended_ms,outcome,detail,stored,stored_bytes,gone"},
    Part{"quarantine", "account,folder,uid_validity,uid,reason,attempts,since_ms"},
    Part{"remark", "account,kind,place,text,since_ms"},
    Part{"waiting", "account,folder,uid_validity,since_ms,for_person,uids"},
};

Result<std::int64_t> number(Database& database, std::string_view sql) {
  Query query = database.query(sql);
  if (query.next()) return query.i64(0);
  if (auto status = query.status(); !status) return status.error();
  return std::int64_t{0};
}

}  // namespace

std::span<const std::string_view> ledger_migrations() { return kMigrations; }

Result<SchemaState> schema_state(Database& database, std::span<const std::string_view> migrations) {
  const auto owner = number(database, "PRAGMA application_id");
  if (!owner) return owner.error();
  const auto version = number(database, "PRAGMA user_version");
  if (!version) return version.error();
  const auto tables = number(database, "SELECT count(*) FROM sqlite_schema");
  if (!tables) return tables.error();

  if (*owner == 0 && *version == 0 && *tables == 0) return SchemaState::kEmpty;
  if (*owner != kLedgerApplicationId || *version <= 0 || *tables == 0) return SchemaState::kForeign;
  const auto newest = static_cast<std::int64_t>(migrations.size());
  if (*version > newest) return SchemaState::kLater;
  return *version == newest ? SchemaState::kCurrent : SchemaState::kEarlier;
}

Result<std::optional<std::string>> missing_part(Database& database) {
  std::map<std::string, std::string, std::less<>> found;
  Query row = database.query(
      "SELECT p.name, (SELECT group_concat(c.name, ',') FROM pragma_table_info(p.name) AS c)"
      " FROM sqlite_schema AS p WHERE p.sql IS NOT NULL");
  while (row.next()) found.emplace(row.string(0), row.string(1));
  if (auto status = row.status(); !status) return status.error();
  for (const Part& part : kParts) {
    const auto at = found.find(part.name);
    const bool whole = at != found.end() && (part.columns.empty() || at->second == part.columns);
    if (!whole) return std::optional<std::string>(part.name);
  }
  return std::optional<std::string>();
}

Result<Done> migrate(Database& database, std::span<const std::string_view> migrations) {
  auto transaction = Transaction::begin(database);
  if (!transaction) return transaction.error();
  const auto version = number(database, "PRAGMA user_version");
  if (!version) return version.error();
  for (auto at = static_cast<std::size_t>(*version); at < migrations.size(); ++at) {
    if (auto done = database.script(std::string(migrations[at])); !done) return done.error();
  }
  const std::string marks = "PRAGMA application_id = " + std::to_string(kLedgerApplicationId) +
                            "; PRAGMA user_version = " + std::to_string(migrations.size());
  if (auto done = database.script(marks); !done) return done.error();
  return transaction->commit();
}

}  // namespace imapkeep
