// SQLite with our manners: one connection that owns its prepared statements, every failure an Error
// of Trouble::kStore, no statement left open. A Query is one use of a prepared statement: it binds
// its arguments in order, walks the rows, and resets the statement when it goes out of scope. The
// first failure sticks: next() is false from then on, and status() says why.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/base/bytes.h"
#include "daemon/base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace imapkeep {

class Database;

/// Bound as NULL.
struct Null {};
/// Bound as a BLOB; must stay alive as long as the Query.
struct Blob {
  ByteView bytes;
};

class Query {
 public:
  Query(Query&& other) noexcept;
  Query& operator=(Query&&) = delete;
  ~Query();

  /// Steps to the next row. False: no more rows, or a failure.
  bool next();
  [[nodiscard]] Result<Done> status() const;

  // Columns of the current row, from 0. NULL reads as 0 and as empty.
  [[nodiscard]] std::int64_t i64(int column) const;
  [[nodiscard]] std::uint64_t u64(int column) const;  ///< the same 64 bits
  [[nodiscard]] std::uint32_t u32(int column) const;
  [[nodiscard]] bool boolean(int column) const { return i64(column) != 0; }
  [[nodiscard]] bool is_null(int column) const;
  /// TEXT or BLOB; valid until the next step.
  [[nodiscard]] ByteView bytes(int column) const;
  [[nodiscard]] std::string string(int column) const { return std::string(bytes(column)); }

 private:
  friend class Database;
  Query(Database& database, sqlite3_stmt* statement, int code);

  void bind(std::int64_t value);
  void bind(std::uint64_t value) { bind(static_cast<std::int64_t>(value)); }
  void bind(std::uint32_t value) { bind(static_cast<std::int64_t>(value)); }
  void bind(int value) { bind(static_cast<std::int64_t>(value)); }
  void bind(bool value) { bind(static_cast<std::int64_t>(value ? 1 : 0)); }
  void bind(std::string_view text);
  void bind(const std::string& text) { bind(std::string_view(text)); }
  void bind(const char* text) = delete;  // would be a bool
  void bind(Blob blob);
  void bind(const std::optional<std::int64_t>& value) {
    if (value) {
      bind(*value);
    } else {
      bind(Null{});
    }
  }
  void bind(Null);
  void take(int code);

  Database* database_;
  sqlite3_stmt* statement_;
  int code_;
  int bound_ = 0;
  Error error_;
};

class Database {
 public:
  enum class Mode { kWrite, kRead, kReadClosed, kReadMending };

  /// kWrite makes the file when there is none. kReadClosed reads a file that nobody has open and
  /// whose directory cannot be written to. kReadMending may take back what an interrupted writer
  /// left half done.
  /// `patience_ms`: for how long it is waited for others who write to it; then the error is
  /// kRetryLater.
  static Result<std::unique_ptr<Database>> open(const std::string& path, Mode mode,
                                                int patience_ms = kPatienceMs);
  static constexpr int kPatienceMs = 10'000;
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database();

  /// `sql` is one statement; it is prepared once. A statement has one Query at a time.
  template <class... Values>
  [[nodiscard]] Query query(std::string_view sql, const Values&... values) {
    Query query = start(sql);
    (query.bind(values), ...);
    return query;
  }
  /// A statement whose rows, if any, are of no interest.
  template <class... Values>
  Result<Done> run(std::string_view sql, const Values&... values) {
    Query query = this->query(sql, values...);
    while (query.next()) continue;
    return query.status();
  }
  /// Several statements without arguments, not kept.
  Result<Done> script(const std::string& sql);

  [[nodiscard]] bool in_transaction() const;
  /// A call of the system failed, or a lock was not to be had: SQLite may hold on to a lock that it
  /// could not give back, and then nothing goes on until the file is opened again.
  [[nodiscard]] bool is_unsure() const { return unsure_; }
  /// Rows that the last INSERT, UPDATE or DELETE touched.
  [[nodiscard]] std::int64_t changes() const;
  [[nodiscard]] std::int64_t last_id() const;
  /// Some call found that the file is not what SQLite wrote.
  [[nodiscard]] bool damaged() const { return damaged_; }
  /// The newest failure: a statement does not go with the tables that are in the file.
  [[nodiscard]] bool is_misfit() const { return misfit_; }

 private:
  friend class Query;
  Database(sqlite3* handle, std::string path);
  Query start(std::string_view sql);
  Error error(int code);

  sqlite3* handle_;
  std::string path_;
  bool damaged_ = false;
  bool misfit_ = false;
  bool unsure_ = false;
  std::map<std::string, sqlite3_stmt*, std::less<>> statements_;
};

/// All or nothing: rolled back unless commit() was reached.
class Transaction {
 public:
  static Result<Transaction> begin(Database& database);
  Transaction(Transaction&& other) noexcept : database_(other.database_) {
    other.database_ = nullptr;
  }
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();
  Result<Done> commit();

 private:
  explicit Transaction(Database& database) : database_(&database) {}
  Database* database_;
};

}  // namespace imapkeep
