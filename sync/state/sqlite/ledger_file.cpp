#include "sync/state/sqlite/ledger_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <optional>

#include "sync/state/sqlite/mappable.h"
#include "sync/state/sqlite/schema.h"

namespace imapkeep {
namespace {

std::string said(const std::string& path, const std::string& what, int code) {
  return "the ledger " + printable_utf8(path) + " " + what + ": " + std::strerror(code);
}

// WAL: readers (`status`) and the writer do not wait for each other. NORMAL: a power cut may take
// back the last transactions, never tear one; the ledger is then behind the journal, which is where
// it may be (docs/decisions/0003). Checkpoints are fsyncs, and messages hit the XXH3 index at
// random: seldom and together is three times faster than SQLite's 1000 pages.
constexpr const char* kManners =
    "PRAGMA journal_mode = WAL;"
    "PRAGMA wal_autocheckpoint = 4000;"
    "PRAGMA journal_size_limit = 33554432;";
// Where nothing may be mapped (mappable.h) there is no WAL, whose index is shared memory. The lock
// was held alone until here, which is how a ledger is brought out of WAL without that memory.
constexpr const char* kUnmappedManners =
    "PRAGMA journal_mode = TRUNCATE;"
    "PRAGMA locking_mode = NORMAL;";
constexpr const char* kCommonManners =
    "PRAGMA synchronous = NORMAL;"
    "PRAGMA temp_store = MEMORY;"
    "PRAGMA cache_size = -4000";

// Folder names are private, so the file is made for its owner only; SQLite gives -wal and -shm the
// same mode. Tells whether the file is new.
Result<bool> make_private(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file >= 0) {
    ::close(file);
    return true;
  }
  if (errno != EEXIST) return store_error(said(path, "cannot be made", errno), errno);
  struct stat facts {};
  if (::stat(path.c_str(), &facts) != 0) {
    return store_error(said(path, "cannot be opened", errno), errno);
  }
  if (!S_ISREG(facts.st_mode)) {
    return store_error("there should be a file at " + printable_utf8(path) +
                       " and there is a directory or a device: move it away, the ledger is then "
                       "made again from the journals");
  }
  return false;
}

// What the last writer has left beside the file: SQLite's log, empty when it closed in order. Its
// mtime is then made the file's own, so that a ledger which somebody else has written to since (a
// copy that was put back, a tool) is known for one.
std::optional<struct stat> facts_of(const std::string& path) {
  struct stat facts {};
  if (::stat(path.c_str(), &facts) != 0) return std::nullopt;
  return facts;
}

bool closed_cleanly(const std::string& path) {
  const auto file = facts_of(path);
  const auto wal = facts_of(path + "-wal");
  const auto journal = facts_of(path + "-journal");
  if ((wal && wal->st_size != 0) || (journal && journal->st_size != 0)) return false;
  const auto& left = wal ? wal : journal;
  return file && left && left->st_mtim.tv_sec == file->st_mtim.tv_sec &&
         left->st_mtim.tv_nsec == file->st_mtim.tv_nsec;
}

void say_closed(const std::string& path) {
  const auto file = facts_of(path);
  if (!file) return;
  const std::array<struct timespec, 2> times{file->st_mtim, file->st_mtim};
  for (const char* log : {"-wal", "-journal"}) {
    const auto left = facts_of(path + log);
    // One that cannot be set only costs a check at the next opening.
    if (left && left->st_size == 0)
      (void)::utimensat(AT_FDCWD, (path + log).c_str(), times.data(), 0);
  }
}

// Without WAL its files are nothing: they were left there by a close in order.
Result<Done> leave_wal(Database& database, const std::string& path) {
  Query mode = database.query("PRAGMA journal_mode");
  const bool row = mode.next();
  if (auto status = mode.status(); !status) return status;
  if (!row || mode.bytes(0) != "truncate") {
    return store_error("the ledger " + printable_utf8(path) +
                           " cannot be brought out of WAL mode: somebody else reads it",
                       0, Remedy::kRetryLater);
  }
  for (const char* file : {"-wal", "-shm"}) (void)std::remove((path + file).c_str());
  return Done{};
}

// Why the file cannot be our ledger, if it cannot. An Error is something else: no permission, no
// space, somebody holds it.
Result<std::optional<std::string>> unfit(Database& database, const std::string& path, bool clean,
                                         bool may_map) {
  const auto damage = [&](const Error& error) -> Result<std::optional<std::string>> {
    if (database.damaged()) return std::optional<std::string>("it is damaged (" + error.what + ")");
    if (database.is_misfit()) {
      return std::optional<std::string>("it is not as imapkeep makes it (" + error.what + ")");
    }
    return error;
  };
  if (!may_map) {
    if (auto done = database.script("PRAGMA locking_mode = EXCLUSIVE"); !done) return done.error();
  }
  const auto state = schema_state(database, ledger_migrations());
  if (!state) return damage(state.error());
  if (*state == SchemaState::kForeign) return std::optional<std::string>("it is not a ledger");
  if (*state == SchemaState::kLater) {
    return std::optional<std::string>("it was written by a later version of imapkeep");
  }
  const std::string manners = may_map ? kManners : kUnmappedManners;
  if (auto done = database.script(manners + kCommonManners); !done) return damage(done.error());
  if (!may_map) {
    if (auto done = leave_wal(database, path); !done) return damage(done.error());
  }
  if (*state != SchemaState::kCurrent) {
    if (auto done = migrate(database, ledger_migrations()); !done) return damage(done.error());
  }
  // As our own writer left it: nobody has taken anything out since.
  const bool is_as_left = clean && *state == SchemaState::kCurrent;
  if (is_as_left) return std::optional<std::string>();
  if (!clean) {
    Query check = database.query("PRAGMA quick_check(1)");
    const bool row = check.next();
    if (auto status = check.status(); !status) return damage(status.error());
    if (!row || check.bytes(0) != "ok") {
      return std::optional<std::string>("it is damaged (" + check.string(0) + ")");
    }
  }
  const auto missing = missing_part(database);
  if (!missing) return damage(missing.error());
  if (*missing) return std::optional<std::string>("it is not whole (" + **missing + ")");
  return std::optional<std::string>();
}

}  // namespace

LedgerFile::~LedgerFile() {
  if (!database_) return;
  database_.reset();
  say_closed(path_);
}

Result<Database*> LedgerFile::database() {
  if (lost_) {
    return store_error("the ledger " + printable_utf8(path_) + " was found damaged (" +
                       opening_.reason +
                       "): start imapkeep again, it is then made again from the journals");
  }
  if (database_ == nullptr) {
    opening_ = {};
    auto opened = open();
    if (!opened) return opened.error();
    if (was_open_ && opening_.created) {
      lost_ = true;
      if (opening_.reason.empty()) opening_.reason = "it was not there any more";
      return database();
    }
    was_open_ = true;
    database_ = *std::move(opened);
  }
  return database_.get();
}

void LedgerFile::check_after_work() {
  if (database_ == nullptr) return;
  if (!database_->damaged()) {
    if (database_->is_unsure()) database_.reset();
    return;
  }
  lost_ = true;
  database_.reset();
  // When it cannot be moved, the next start will find it and say why.
  if (auto moved = move_aside("SQLite found its pages torn"); !moved) return;
}

Result<std::unique_ptr<Database>> LedgerFile::open() {
  for (int attempt = 0;; ++attempt) {
    const auto made = make_private(path_);
    if (!made) return made.error();
    opening_.created = *made;
    const bool clean = *made || closed_cleanly(path_);

    auto database = Database::open(path_, Database::Mode::kWrite);
    if (!database) return database.error();
    const auto why = unfit(**database, path_, clean, may_map_.value_or(may_be_mapped(path_)));
    if (!why) return why.error();
    if (!*why) return database;
    if (attempt > 0) {
      return store_error("the ledger " + printable_utf8(path_) +
                         " was just made and cannot be used: " + **why);
    }
    (*database).reset();
    if (auto moved = move_aside(**why); !moved) return moved.error();
  }
}

Result<Done> LedgerFile::move_aside(std::string reason) {
  std::string target;
  struct stat facts {};
  for (int n = 1;; ++n) {
    target = path_ + ".damaged-" + std::to_string(n);
    if (::lstat(target.c_str(), &facts) != 0) break;
  }
  // The file first: a -wal without it is dropped by SQLite, it without its -wal might pass as
  // whole.
  if (std::rename(path_.c_str(), target.c_str()) != 0) {
    return store_error(said(path_, "is unusable and cannot be moved aside", errno), errno);
  }
  for (const char* suffix : {"-wal", "-shm", "-journal"}) {
    if (std::rename((path_ + suffix).c_str(), (target + suffix).c_str()) == 0) continue;
    if (errno == ENOENT) continue;
    return store_error(said(path_ + suffix, "cannot be moved aside", errno), errno);
  }
  opening_.moved_to = target;
  opening_.reason = std::move(reason);
  return Done{};
}

}  // namespace imapkeep
