#include "sync/state/sqlite/read_ledger.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "sync/state/sqlite/account_rows.h"
#include "sync/state/sqlite/folder_rows.h"
#include "sync/state/sqlite/mappable.h"
#include "sync/state/sqlite/message_rows.h"
#include "sync/state/sqlite/quarantine_rows.h"
#include "sync/state/sqlite/remark_rows.h"
#include "sync/state/sqlite/schema.h"
#include "sync/state/sqlite/waiting_rows.h"

namespace imapkeep {
namespace {

Error unreadable(const std::string& path, const std::string& why, int os_code = 0) {
  return store_error("the ledger " + printable_utf8(path) + " cannot be read: " + why, os_code);
}

Result<Done> check_file(const std::string& path) {
  struct stat facts {};
  if (::stat(path.c_str(), &facts) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) {
      return store_error("there is no ledger at " + printable_utf8(path) +
                             ": nothing has been mirrored yet, or `state` in the configuration "
                             "names another directory",
                         errno);
    }
    return unreadable(path, std::strerror(errno), errno);
  }
  if (!S_ISREG(facts.st_mode)) return unreadable(path, "it is not a file");
  return Done{};
}

Result<Done> check_schema(Database& database, const std::string& path) {
  const auto state = schema_state(database, ledger_migrations());
  if (!state) return state.error();
  switch (*state) {
    case SchemaState::kCurrent:
      return Done{};
    case SchemaState::kEmpty:
      return unreadable(path, "it is empty; nothing has been mirrored yet");
    case SchemaState::kEarlier:
      return unreadable(path,
                        "an earlier version of imapkeep wrote it; the next `imapkeep sync` "
                        "or `run` brings it up to date");
    case SchemaState::kLater:
      return unreadable(path, "a later version of imapkeep wrote it");
    case SchemaState::kForeign:
      break;
  }
  return unreadable(path, "it is not a ledger");
}

Result<std::vector<AccountReport>> read_accounts(Database& database) {
  // One read transaction: counts and lists are of the same moment.
  if (auto begun = database.run("BEGIN"); !begun) return begun.error();
  auto accounts = all_accounts(database);
  if (!accounts) return accounts.error();
  std::vector<AccountReport> reports;
  for (const AccountRow& row : *accounts) {
    const AccountId id = row.account.id;
    auto pass = last_pass(database, id);
    if (!pass) return pass.error();
    auto folders = folder_rows(database, id, false);
    if (!folders) return folders.error();
    auto quarantined = quarantine_rows(database, id);
    if (!quarantined) return quarantined.error();
    auto waiting = waiting_rows(database, id);
    if (!waiting) return waiting.error();
    auto other_sizes = count_other_sizes(database, id, UINT64_MAX);
    if (!other_sizes) return other_sizes.error();
    auto doubtful = doubtful_messages(database, id, kMostDoubtful);
    if (!doubtful) return doubtful.error();
    auto since = left_out_since(database, id);
    if (!since) return since.error();
    reports.push_back({row.name, row.account.store_id, row.opened_ms, row.complete_ms,
                       *std::move(pass), *std::move(folders), *std::move(quarantined),
                       *std::move(waiting), *other_sizes, *std::move(doubtful), *std::move(since)});
  }
  return reports;
}

Result<std::vector<AccountReport>> read_with(const std::string& path, Database::Mode mode,
                                             int patience_ms, bool alone = false) {
  auto database = Database::open(path, mode, patience_ms);
  if (!database) return database.error();
  if (alone) {
    if (auto done = (*database)->script("PRAGMA locking_mode = EXCLUSIVE"); !done) {
      return done.error();
    }
  }
  if (auto ours = check_schema(**database, path); !ours) return ours.error();
  return read_accounts(**database);
}

/// SQLite's format of a file: 2 at this place when it is in WAL mode, however it was closed.
bool is_in_wal_mode(const std::string& path) {
  constexpr std::streamoff kReadVersion = 19;
  std::ifstream file(path, std::ios::binary);
  file.seekg(kReadVersion);
  return file.get() == 2;
}

bool has_content(const std::string& path) {
  struct stat facts {};
  return ::stat(path.c_str(), &facts) == 0 && facts.st_size > 0;
}

}  // namespace

Result<std::vector<AccountReport>> read_ledger(const std::string& path, ReadOptions options) {
  if (auto there = check_file(path); !there) return there.error();
  // In WAL mode where nothing may be mapped (mappable.h): an earlier version has left it so, or it
  // was copied here.
  const bool in_wal = has_content(path + "-wal");
  const bool alone = !options.may_map.value_or(may_be_mapped(path)) && is_in_wal_mode(path);
  // SQLite reads a file in WAL mode only where it may make a -shm file beside it. In a directory
  // that cannot be written to that fails, and the file can be read as it is when nobody has it
  // open.
  auto reports = read_with(path, alone ? Database::Mode::kReadMending : Database::Mode::kRead,
                           options.patience_ms, alone);
  // Somebody is changing its pages now: as they are they say what was never true.
  const auto is_busy = [&] { return !reports && reports.error().remedy == Remedy::kRetryLater; };
  // Without WAL, what an interrupted writer left half done is taken back by whoever comes next.
  if (!reports && !alone && !is_busy() && has_content(path + "-journal")) {
    reports = read_with(path, Database::Mode::kReadMending, options.patience_ms);
  }
  if (is_busy()) {
    return store_error("the ledger " + printable_utf8(path) +
                           " is being written to, and has been for some seconds: ask again (" +
                           reports.error().what + ")",
                       0, Remedy::kRetryLater);
  }
  if (reports || in_wal) return reports;
  auto still = read_with(path, Database::Mode::kReadClosed, options.patience_ms);
  return still ? std::move(still) : std::move(reports);
}

}  // namespace imapkeep
