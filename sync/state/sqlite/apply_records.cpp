#include "sync/state/sqlite/apply_records.h"

#include <map>
#include <optional>

#include "sync/imap/types/date_time.h"
#include "sync/state/sqlite/account_rows.h"
#include "sync/state/sqlite/folder_rows.h"
#include "sync/state/sqlite/keyword_set.h"
#include "sync/state/sqlite/quarantine_rows.h"

namespace imapkeep {
namespace {

/// Only where internal_date does not say it: what is stored keeps the date that it has when the
/// server tells another one of the same bytes, and internal_date cannot say a moment before 1970.
std::optional<std::int64_t> told_date(const MessageRecord& record) {
  const auto told = record.date.empty() ? std::nullopt : parse_date_time(record.date);
  return told != record.internal_date ? told : std::nullopt;
}

/// Visits the records of one transaction and sums up what they do to the folders' counts, so that a
/// folder's row is written once.
class Applying {
 public:
  Applying(Database& database, AccountId account) : database_(database), account_(account) {}

  Result<Done> operator()(const MessageRecord& record);
  Result<Done> operator()(const FlagsRecord& record);
  Result<Done> operator()(const GoneRecord& record);
  Result<Done> operator()(const FolderRecord& record) {
    return put_folder(database_, account_, record);
  }
  // An intention: the FolderRecord that follows says what became of it.
  Result<Done> operator()(const FolderRenamingRecord&) { return Done{}; }
  Result<Done> operator()(const FolderGoneRecord& record);
  Result<Done> operator()(const QuarantineRecord& record);
  Result<Done> operator()(const OwnerRecord& record) {
    return put_owner(database_, account_, {record.host, record.user, record.authzid});
  }
  Result<Done> operator()(const NotedRecord&) { return Done{}; }

  Result<Done> write_counts();

 private:
  Result<std::optional<std::uint64_t>> live_size(const MessageKey& key);
  Result<Done> end_quarantine_of(const MessageKey& key);

  Database& database_;
  AccountId account_;
  std::map<FolderId, FolderDelta> deltas_;
};

Result<std::optional<std::uint64_t>> Applying::live_size(const MessageKey& key) {
  Query row = database_.query(
      "SELECT size FROM message WHERE account = ? AND folder = ? AND uid_validity = ? AND uid = ?",
      account_.value, key.folder.value, key.uid_validity.value, key.uid.value);
  std::optional<std::uint64_t> size;
  if (row.next()) size = row.u64(0);
  if (auto status = row.status(); !status) return status.error();
  return size;
}

Result<Done> Applying::end_quarantine_of(const MessageKey& key) {
  const auto ended = end_quarantine(database_, account_, key);
  if (!ended) return ended.error();
  if (*ended) --deltas_[key.folder].quarantined;
  return Done{};
}

Result<Done> Applying::operator()(const MessageRecord& record) {
  const MessageKey& key = record.key;
  const auto replaced = live_size(key);
  if (!replaced) return replaced.error();
  const auto keywords = keyword_set_id(database_, record.flags.keywords);
  if (!keywords) return keywords.error();

  constexpr std::string_view kInsert =
      "INSERT OR REPLACE INTO message (account, folder, uid_validity, uid, internal_date,"
      " rfc822_size, sha256, xxh3, size, crlf_size, number, flags, keyword_set, decided, server_id,"
      " doubtful, told_date)"
      " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, nullif(?, ''), nullif(?, ''), ?)";
  const MessageIdentity& identity = record.identity;
  const ByteView sha256(reinterpret_cast<const char*>(identity.sha256.bytes.data()),
                        identity.sha256.bytes.size());
  auto kept = database_.run(kInsert, account_.value, key.folder.value, key.uid_validity.value,
                            key.uid.value, record.internal_date, record.rfc822_size, Blob{sha256},
                            identity.xxh3, identity.size, identity.crlf_size, record.number,
                            record.flags.bits(), *keywords, static_cast<int>(record.decided),
                            record.server_id, record.doubtful, told_date(record));
  if (!kept) return kept;

  FolderDelta& delta = deltas_[key.folder];
  if (*replaced) {
    delta.stored_bytes -= static_cast<std::int64_t>(**replaced);
  } else {
    ++delta.stored;
  }
  delta.stored_bytes += static_cast<std::int64_t>(identity.size);
  return end_quarantine_of(key);
}

Result<Done> Applying::operator()(const FlagsRecord& record) {
  const auto keywords = keyword_set_id(database_, record.flags.keywords);
  if (!keywords) return keywords.error();
  const MessageKey& key = record.key;
  return database_.run(
      "UPDATE message SET flags = ?, keyword_set = ?"
      " WHERE account = ? AND folder = ? AND uid_validity = ? AND uid = ?",
      record.flags.bits(), *keywords, account_.value, key.folder.value, key.uid_validity.value,
      key.uid.value);
}

Result<Done> Applying::operator()(const GoneRecord& record) {
  const MessageKey& key = record.key;
  const auto size = live_size(key);
  if (!size) return size.error();
  if (*size) {
    auto removed = database_.run(
        "DELETE FROM message WHERE account = ? AND folder = ? AND uid_validity = ? AND uid = ?",
        account_.value, key.folder.value, key.uid_validity.value, key.uid.value);
    if (!removed) return removed;
    FolderDelta& delta = deltas_[key.folder];
    --delta.stored;
    delta.stored_bytes -= static_cast<std::int64_t>(**size);
  }
  return end_quarantine_of(key);
}

Result<Done> Applying::operator()(const FolderGoneRecord& record) {
  const auto ended = end_quarantines(database_, account_, record.id);
  if (!ended) return ended.error();
  deltas_[record.id].quarantined -= *ended;
  return mark_folder_gone(database_, account_, record.id);
}

Result<Done> Applying::operator()(const QuarantineRecord& record) {
  const auto is_new = put_quarantine(database_, account_, record);
  if (!is_new) return is_new.error();
  if (*is_new) ++deltas_[record.key.folder].quarantined;
  return Done{};
}

Result<Done> Applying::write_counts() {
  for (const auto& [folder, delta] : deltas_) {
    if (auto done = add_to_folder(database_, account_, folder, delta); !done) return done;
  }
  return Done{};
}

/// The folder that a record needs to be there; 0: none.
struct FolderOf {
  FolderId operator()(const MessageRecord& record) const { return record.key.folder; }
  FolderId operator()(const FlagsRecord& record) const { return record.key.folder; }
  FolderId operator()(const GoneRecord& record) const { return record.key.folder; }
  FolderId operator()(const QuarantineRecord& record) const { return record.key.folder; }
  FolderId operator()(const FolderGoneRecord& record) const { return record.id; }
  template <class Other>
  FolderId operator()(const Other&) const {
    return {};
  }
};

/// Which folders records have named; asked once for each.
class NamedFolders {
 public:
  NamedFolders(Database& database, AccountId account) : database_(database), account_(account) {}

  void add(const Record& record) {
    if (const auto* folder = std::get_if<FolderRecord>(&record)) named_[folder->id] = true;
  }
  Result<bool> has(FolderId folder) {
    const auto known = named_.find(folder);
    if (known != named_.end()) return known->second;
    Query row = database_.query("SELECT 1 FROM folder WHERE account = ? AND id = ?", account_.value,
                                folder.value);
    const bool found = row.next();
    if (auto status = row.status(); !status) return status.error();
    return named_[folder] = found;
  }

 private:
  Database& database_;
  AccountId account_;
  std::map<FolderId, bool> named_;
};

}  // namespace

Result<Done> apply_records(Database& database, AccountId account,
                           const std::vector<Record>& records, JournalPosition end,
                           const std::vector<FolderCursor>& cursors) {
  auto transaction = Transaction::begin(database);
  if (!transaction) return transaction.error();
  Applying applying(database, account);
  for (const Record& record : records) {
    if (auto done = std::visit(applying, record); !done) return done;
  }
  if (auto done = applying.write_counts(); !done) return done;
  for (const FolderCursor& cursor : cursors) {
    if (auto done = put_cursor(database, account, cursor); !done) return done;
  }
  if (auto done = set_journal_end(database, account, end); !done) return done;
  return transaction->commit();
}

Result<std::uint64_t> replay_records(Database& database, AccountId account,
                                     const std::vector<Record>& records, JournalPosition end) {
  auto transaction = Transaction::begin(database);
  if (!transaction) return transaction.error();
  Applying applying(database, account);
  NamedFolders folders(database, account);
  std::uint64_t void_records = 0;
  for (const Record& record : records) {
    folders.add(record);
    const FolderId folder = std::visit(FolderOf{}, record);
    const auto named = folder == FolderId{} ? Result<bool>(true) : folders.has(folder);
    if (!named) return named.error();
    if (!*named) {
      ++void_records;
      continue;
    }
    if (auto done = std::visit(applying, record); !done) return done.error();
  }
  if (auto done = applying.write_counts(); !done) return done.error();
  if (auto done = set_journal_end(database, account, end); !done) return done.error();
  if (auto done = transaction->commit(); !done) return done.error();
  return void_records;
}

}  // namespace imapkeep
