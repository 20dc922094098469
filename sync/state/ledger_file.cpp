#include "sync/state/ledger_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <optional>

#include "sync/state/schema.h"

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
    "PRAGMA synchronous = NORMAL;"
    "PRAGMA wal_autocheckpoint = 4000;"
    "PRAGMA journal_size_limit = 33554432;"
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

// A -wal file that is left over means that the last writer did not close: a crash, or a power cut.
bool closed_cleanly(const std::string& path) {
  struct stat facts {};
  return ::stat((path + "-wal").c_str(), &facts) != 0 || facts.st_size == 0;
}

// Why the file cannot be our ledger, if it cannot. An Error is something else: no permission, no
// space, somebody holds it.
Result<std::optional<std::string>> unfit(Database& database, bool clean) {
  const auto damage = [&](const Error& error) -> Result<std::optional<std::string>> {
    if (database.damaged()) return std::optional<std::string>("it is damaged (" + error.what + ")");
    return error;
  };
  const auto state = schema_state(database, ledger_migrations());
  if (!state) return damage(state.error());
  if (*state == SchemaState::kForeign) return std::optional<std::string>("it is not a ledger");
  if (*state == SchemaState::kLater) {
    return std::optional<std::string>("it was written by a later version of imapkeep");
  }
  if (auto done = database.script(kManners); !done) return damage(done.error());
  if (*state != SchemaState::kCurrent) {
    if (auto done = migrate(database, ledger_migrations()); !done) return damage(done.error());
  }
  if (!clean) {
    Query check = database.query("PRAGMA quick_check(1)");
    const bool row = check.next();
    if (auto status = check.status(); !status) return damage(status.error());
    if (!row || check.bytes(0) != "ok") {
      return std::optional<std::string>("it is damaged (" + check.string(0) + ")");
    }
  }
  return std::optional<std::string>();
}

}  // namespace

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
    database_ = *std::move(opened);
  }
  return database_.get();
}

void LedgerFile::check_after_work() {
  if (database_ == nullptr || !database_->damaged()) return;
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
    const bool clean = closed_cleanly(path_);

    auto database = Database::open(path_, Database::Mode::kWrite);
    if (!database) return database.error();
    const auto why = unfit(**database, clean);
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
  for (const char* suffix : {"-wal", "-shm"}) {
    if (std::rename((path_ + suffix).c_str(), (target + suffix).c_str()) == 0) continue;
    if (errno == ENOENT) continue;
    return store_error(said(path_ + suffix, "cannot be moved aside", errno), errno);
  }
  opening_.moved_to = target;
  opening_.reason = std::move(reason);
  return Done{};
}

}  // namespace imapkeep
