#include "sync/state/sqlite/sqlite_database.h"

#include <sqlite3.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace imapkeep {
namespace {

bool means_damage(int code) {
  const int primary = code & 0xff;
  return primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB;
}

bool means_misfit(int code) {
  const int primary = code & 0xff;
  return primary == SQLITE_ERROR || primary == SQLITE_CONSTRAINT || primary == SQLITE_MISMATCH;
}

bool means_unsure(int code) {
  const int primary = code & 0xff;
  return primary == SQLITE_IOERR || primary == SQLITE_BUSY || primary == SQLITE_CANTOPEN ||
         primary == SQLITE_PROTOCOL;
}

struct Advice {
  Remedy remedy;
  std::string_view hint;
};

// Full disks empty and other writers finish; for the rest a person is needed.
Advice advice_for(int code, int os_code) {
  switch (code & 0xff) {
    case SQLITE_FULL:
      return {Remedy::kRetryLater, "; make room on its disk"};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:  // a lock of the WAL was not to be had, perhaps one that we hold
                           // ourselves
      return {Remedy::kRetryLater, "; another program holds it"};
    case SQLITE_NOMEM:
      return {Remedy::kRetryLater, ""};
    case SQLITE_READONLY:
      return {Remedy::kNeedsOperator,
              "; check its owner and permissions, and whether its disk is mounted read-only"};
    default:
      break;
  }
  switch (os_code) {
    case ENOSPC:
      return {Remedy::kRetryLater, "; make room on its disk"};
    case EDQUOT:
      return {Remedy::kRetryLater, "; make room on its disk, or raise the quota"};
    case EMFILE:
    case ENFILE:
      return {Remedy::kRetryLater, "; raise the limit of open files"};
    case ENOMEM:
    case EAGAIN:
    case ENOLCK:
      return {Remedy::kRetryLater, ""};
    case EACCES:
    case EPERM:
    case EROFS:
      return {Remedy::kNeedsOperator,
              "; check its owner and permissions, and whether its disk is mounted read-only"};
    case EIO:
      return {Remedy::kNeedsOperator, "; look at the kernel's log: the device may be faulty"};
    default:
      return {Remedy::kNeedsOperator, ""};
  }
}

Error ledger_error(const std::string& path, int code, const char* said, int os_code) {
  std::string what = "the ledger " + printable_utf8(path) + " cannot be used: " + said;
  if (os_code != 0) what += std::string(" (") + std::strerror(os_code) + ")";
  const Advice advice = advice_for(code, os_code);
  what += advice.hint;
  return store_error(std::move(what), os_code, advice.remedy);
}

int open_flags(Database::Mode mode) {
  if (mode == Database::Mode::kWrite) return SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  if (mode == Database::Mode::kRead) return SQLITE_OPEN_READONLY;
  if (mode == Database::Mode::kReadMending) return SQLITE_OPEN_READWRITE;
  return SQLITE_OPEN_READONLY | SQLITE_OPEN_URI;
}

// SQLite's URI form is the only way to say "immutable"; what has a meaning in it is escaped.
std::string immutable_uri(const std::string& path) {
  std::string uri = "file:";
  for (const char byte : path) {
    if (byte == '%' || byte == '?' || byte == '#') {
      uri += '%' + to_hex(ByteView(&byte, 1));
    } else {
      uri += byte;
    }
  }
  return uri + "?immutable=1";
}

}  // namespace

Query::Query(Database& database, sqlite3_stmt* statement, int code)
    : database_(&database), statement_(statement), code_(code) {
  if (code_ != SQLITE_OK) error_ = database.error(code_);
}

Query::Query(Query&& other) noexcept
    : database_(other.database_),
      statement_(std::exchange(other.statement_, nullptr)),
      code_(other.code_),
      bound_(other.bound_),
      error_(std::move(other.error_)) {}

Query::~Query() {
  if (statement_ == nullptr) return;
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

void Query::take(int code) {
  code_ = code;
  if (code != SQLITE_OK && code != SQLITE_ROW && code != SQLITE_DONE) {
    error_ = database_->error(code);
  }
}

bool Query::next() {
  if (code_ != SQLITE_OK && code_ != SQLITE_ROW) return false;
  take(sqlite3_step(statement_));
  return code_ == SQLITE_ROW;
}

Result<Done> Query::status() const {
  if (code_ == SQLITE_OK || code_ == SQLITE_ROW || code_ == SQLITE_DONE) return Done{};
  return error_;
}

bool Query::is_null(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

std::int64_t Query::i64(int column) const { return sqlite3_column_int64(statement_, column); }
std::uint64_t Query::u64(int column) const { return static_cast<std::uint64_t>(i64(column)); }
std::uint32_t Query::u32(int column) const { return static_cast<std::uint32_t>(i64(column)); }

ByteView Query::bytes(int column) const {
  const void* data = sqlite3_column_blob(statement_, column);
  if (data == nullptr) return {};
  return {static_cast<const char*>(data),
          static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

void Query::bind(std::int64_t value) {
  if (code_ == SQLITE_OK) take(sqlite3_bind_int64(statement_, ++bound_, value));
}
void Query::bind(std::string_view text) {
  if (code_ != SQLITE_OK) return;
  // A null pointer would bind NULL, and an empty text is not nothing.
  const char* data = text.data() == nullptr ? "" : text.data();
  take(sqlite3_bind_text64(statement_, ++bound_, data, text.size(), SQLITE_TRANSIENT, SQLITE_UTF8));
}
void Query::bind(Blob blob) {
  if (code_ != SQLITE_OK) return;
  const char* data = blob.bytes.data() == nullptr ? "" : blob.bytes.data();
  take(sqlite3_bind_blob64(statement_, ++bound_, data, blob.bytes.size(), SQLITE_STATIC));
}
void Query::bind(Null) {
  if (code_ == SQLITE_OK) take(sqlite3_bind_null(statement_, ++bound_));
}

Database::Database(sqlite3* handle, std::string path) : handle_(handle), path_(std::move(path)) {}

Result<std::unique_ptr<Database>> Database::open(const std::string& path, Mode mode,
                                                 int patience_ms) {
  sqlite3* handle = nullptr;
  const std::string name = mode == Mode::kReadClosed ? immutable_uri(path) : path;
  // One thread at a time, the strand's: SQLite's own mutexes are not needed.
  const int code =
      sqlite3_open_v2(name.c_str(), &handle, open_flags(mode) | SQLITE_OPEN_NOMUTEX, nullptr);
  if (code != SQLITE_OK) {
    const int os_code = handle == nullptr ? 0 : sqlite3_system_errno(handle);
    const Error error = ledger_error(path, code, sqlite3_errstr(code), os_code);
    sqlite3_close(handle);
    return error;
  }
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_busy_timeout(handle, patience_ms);
  // An orderly close empties the log and leaves it there: removing it, and making the next one
  // durable, would be a third of what the disk has to do in a pass that finds nothing.
  int stay = 1;
  if (mode == Mode::kWrite) sqlite3_file_control(handle, "main", SQLITE_FCNTL_PERSIST_WAL, &stay);
  return std::unique_ptr<Database>(new Database(handle, path));
}

Database::~Database() {
  for (auto& [sql, statement] : statements_) sqlite3_finalize(statement);
  sqlite3_close(handle_);
}

Error Database::error(int code) {
  if (means_damage(code)) damaged_ = true;
  misfit_ = means_misfit(code);
  if (means_unsure(code)) unsure_ = true;
  const int primary = code & 0xff;
  const bool from_system = primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN ||
                           primary == SQLITE_FULL || primary == SQLITE_READONLY;
  return ledger_error(path_, code, sqlite3_errmsg(handle_),
                      from_system ? sqlite3_system_errno(handle_) : 0);
}

Query Database::start(std::string_view sql) {
  if (auto kept = statements_.find(sql); kept != statements_.end()) {
    return {*this, kept->second, SQLITE_OK};
  }
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return {*this, nullptr, code};
  statements_.emplace(sql, statement);
  return {*this, statement, SQLITE_OK};
}

Result<Done> Database::script(const std::string& sql) {
  const int code = sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return error(code);
  return Done{};
}

bool Database::in_transaction() const { return sqlite3_get_autocommit(handle_) == 0; }

std::int64_t Database::changes() const { return sqlite3_changes64(handle_); }
std::int64_t Database::last_id() const { return sqlite3_last_insert_rowid(handle_); }

Result<Transaction> Transaction::begin(Database& database) {
  // IMMEDIATE: waiting for another writer happens here, where nothing is half done.
  if (auto begun = database.run("BEGIN IMMEDIATE"); !begun) return begun.error();
  return Transaction(database);
}

Transaction::~Transaction() {
  // After some failures (a full disk) SQLite has already rolled back by itself.
  if (database_ == nullptr || !database_->in_transaction()) return;
  if (auto back = database_->run("ROLLBACK"); !back) return;
}

Result<Done> Transaction::commit() {
  auto committed = database_->run("COMMIT");
  if (committed) database_ = nullptr;
  return committed;
}

}  // namespace imapkeep
