// What the cases of store_suite.h share: a store with two folders, INBOX (1) and Archive (2), a
// writer that has it open, the ledger of that writer, and a reader beside it.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "tests/support/store_suite.h"

namespace imapkeep::store_test {

inline constexpr std::int64_t kThen = 1771568830;  ///< an INTERNALDATE
inline const std::string kLetter = "Subject: x\r\n\r\nhello\n";
/// Everything that a program may take for something else: NUL, 8 bits, every line end, none at all.
inline const std::string kOddLetter =
    std::string("Subject: \xe4\xf6\xff\r\nX: a\0b\r\n\r\n", 24) + "From x\n.\r\n\r\r\n\n\rlast";

class SuiteBench {
 public:
  explicit SuiteBench(StoreUnderTest& store)
      : under(store), writer([&store] { store.work(); }), reader(store.reader()) {
    start();
    Batch batch;
    batch.new_folders = {folder(1, "INBOX"), folder(2, "Archive")};
    commit(batch);
  }

  // ---- the writer

  /// A new process, which opens the store.
  void start() {
    writer.store = under.writer();
    const auto opened = writer.open_with(ledger);
    if (!opened) FAIL(opened.error().what);
  }
  void kill() {
    writer.store.reset();
    under.kill();
    reader = under.reader();
  }
  void close() {
    const auto closed = writer.close();
    if (!closed) FAIL(closed.error().what);
    writer.store.reset();
  }
  void commit(const Batch& batch) {
    const auto done = writer.commit_with(ledger, batch);
    if (!done) FAIL(done.error().what);
  }
  NewMessage message(std::uint32_t in, std::uint32_t uid, const std::string& bytes,
                     const std::string& letters = "S", std::int64_t date = kThen) {
    NewMessage made = writer.message({in}, ledger.folders.at({in}).path, uid, bytes, date, letters);
    if (writer.last_durable.error) FAIL(writer.last_durable.error->what);
    std::vector<std::uint32_t> taken;
    for (const auto& [key, record] : ledger.live) {
      if (!(record.identity == made.record.identity)) continue;
      if (key.folder.value == in && record.internal_date == date) taken.push_back(record.number);
      if (record.internal_date == date) made.same_bytes = ledger.place(record);
    }
    std::sort(taken.begin(), taken.end());
    made.taken_numbers = TakenNumbers::of(taken);
    return made;
  }
  MessageRecord store(std::uint32_t in, std::uint32_t uid, const std::string& bytes,
                      const std::string& letters = "S", std::int64_t date = kThen) {
    Batch batch;
    batch.messages.push_back(message(in, uid, bytes, letters, date));
    commit(batch);
    return ledger.live.at({{in}, {1}, {uid}});
  }
  GoneRecord depart(const MessageRecord& record, GoneTo to,
                    const MessageRecord* other_copy = nullptr) {
    Batch batch;
    const MessageKey key = record.key;  // the record may be the one that the ledger drops
    batch.departures.push_back({key, ledger.place(record), to});
    if (other_copy) batch.departures.front().other_copy = ledger.place(*other_copy);
    commit(batch);
    REQUIRE(ledger.gone.back().key == key);
    return ledger.gone.back();
  }
  [[nodiscard]] const std::string& path(std::uint32_t id) const {
    return ledger.folders.at({id}).path;
  }

  // ---- the reader

  template <class T, class Call>
  Result<T> ask(const Call& call) {
    return writer.wait<T>(call);
  }
  Result<StoreSummary> open(const std::string& expected = "") {
    return ask<StoreSummary>([&](auto done) { return reader->open(expected, std::move(done)); });
  }
  /// Opened anew: what is there now.
  StoreSummary look() {
    auto described = open(ledger.store_id);
    if (!described) FAIL(described.error().what);
    return *described;
  }
  std::vector<StoredEntry> list(const std::string& folder_path, StoreArea area = StoreArea::kLive) {
    const auto listing = reader->list(folder_path, area);
    std::vector<StoredEntry> all;
    while (true) {
      auto some =
          ask<std::vector<StoredEntry>>([&](auto done) { return listing->next(std::move(done)); });
      if (!some) FAIL(some.error().what);
      if (some->empty()) break;
      CHECK(some->size() <= 4096);  // in pieces
      for (StoredEntry& entry : *some) all.push_back(std::move(entry));
    }
    std::sort(all.begin(), all.end(),
              [](const auto& a, const auto& b) { return a.place < b.place; });
    return all;
  }
  std::vector<StoredEntry> list_kept(std::uint32_t id) { return list(path(id), StoreArea::kKept); }
  std::vector<std::string> folders(StoreArea area = StoreArea::kLive) {
    auto found = ask<std::vector<std::string>>(
        [&](auto done) { return reader->folders(area, std::move(done)); });
    if (!found) FAIL(found.error().what);
    return *found;
  }
  std::vector<Result<StoredEntry>> find(const std::vector<SoughtMessage>& messages) {
    auto found = ask<std::vector<Result<StoredEntry>>>(
        [&](auto done) { return reader->find(messages, std::move(done)); });
    if (!found) FAIL(found.error().what);
    REQUIRE(found->size() == messages.size());
    return *found;
  }
  Result<StoredEntry> find(const MessageRecord& record) {
    return find(std::vector<SoughtMessage>{{ledger.place(record)}}).front();
  }
  Result<StoredEntry> find(const MessageRecord& record, const GoneRecord& gone) {
    return find(std::vector<SoughtMessage>{{ledger.place(record), gone}}).front();
  }
  /// Block by block, to the end; the identity that the end tells must be that of the bytes.
  Result<std::string> read(const BytesPlace& place) {
    const auto stream = reader->read(place);
    std::string bytes;
    while (true) {
      auto block = ask<MessageBlock>([&](auto done) { return stream->next(std::move(done)); });
      if (!block) return block.error();
      CHECK(block->bytes.size() <= 1U << 20);  // bounded memory
      bytes += block->bytes;
      if (!block->end) {
        REQUIRE_FALSE(block->bytes.empty());  // or nobody knows when it ends
        continue;
      }
      CHECK(block->end->sha256 == Sha256::of(bytes));
      CHECK(block->end->xxh3 == Xxh3::of(bytes));
      CHECK(block->end->size == bytes.size());
      return bytes;
    }
  }
  std::string read(const StoredEntry& entry) {
    auto bytes = read(entry.place);
    if (!bytes) FAIL(bytes.error().what);
    return *bytes;
  }
  std::string read(const MessageRecord& record) {
    const auto found = find(record);
    if (!found) FAIL(found.error().what);
    return read(*found);
  }
  Result<MessageIdentity> check(const BytesPlace& place) {
    auto checked = ask<std::vector<Result<MessageIdentity>>>(
        [&](auto done) { return reader->check({place}, std::move(done)); });
    if (!checked) FAIL(checked.error().what);
    REQUIRE(checked->size() == 1);
    return checked->front();
  }
  std::vector<Result<HeaderBytes>> headers(const std::vector<BytesPlace>& places,
                                           std::size_t longest) {
    auto read = ask<std::vector<Result<HeaderBytes>>>(
        [&](auto done) { return reader->read_headers(places, longest, std::move(done)); });
    if (!read) FAIL(read.error().what);
    REQUIRE(read->size() == places.size());
    return *read;
  }
  Result<JournalChunk> journal_chunk(JournalPosition from) {
    return ask<JournalChunk>(
        [&](auto done) { return reader->read_journal(from, std::move(done)); });
  }
  std::vector<Record> journal(JournalPosition from = {}) {
    std::vector<Record> records;
    while (true) {
      auto chunk = journal_chunk(from);
      if (!chunk) FAIL(chunk.error().what);
      for (Record& record : chunk->records) records.push_back(std::move(record));
      if (chunk->at_end) return records;
      REQUIRE(chunk->next != from);
      from = chunk->next;
    }
  }
  template <class R>
  std::vector<R> journal_of() {
    std::vector<R> found;
    for (const Record& record : journal()) {
      if (const auto* one = std::get_if<R>(&record)) found.push_back(*one);
    }
    return found;
  }
  [[nodiscard]] Result<std::vector<StoredPlace>> missing(
      const std::vector<MessageRecord>& records) {
    std::vector<StoredPlace> places;
    for (const MessageRecord& record : records) places.push_back(ledger.place(record));
    return ask<std::vector<StoredPlace>>([&](auto done) {
      return writer.store->find_missing(places.front().folder_path, places, std::move(done));
    });
  }

  StoreUnderTest& under;
  StoreDriver writer;
  RecordLedger ledger;
  std::unique_ptr<StoreReader> reader;
};

/// Nothing is changed while it lives.
class Untouched {
 public:
  explicit Untouched(StoreUnderTest& under)
      : under_(under), everything_(under.everything()), changes_(under.changes()) {}
  ~Untouched() {
    CHECK(under_.changes() == changes_);
    CHECK(under_.everything() == everything_);
  }
  Untouched(const Untouched&) = delete;
  Untouched& operator=(const Untouched&) = delete;

 private:
  StoreUnderTest& under_;
  std::string everything_;
  std::uint64_t changes_;
};

inline std::vector<StoredEntry> of_kind(const std::vector<StoredEntry>& entries,
                                        StoredEntry::Kind kind) {
  std::vector<StoredEntry> found;
  for (const StoredEntry& entry : entries) {
    if (entry.kind == kind) found.push_back(entry);
  }
  return found;
}

/// An error that concerns one message and says something.
inline bool is_of_message(const Error& error) {
  return error.trouble == Trouble::kMessage && error.remedy == Remedy::kSkipMessage &&
         error.what.size() > 20;
}

}  // namespace imapkeep::store_test
