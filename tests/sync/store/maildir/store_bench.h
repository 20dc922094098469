// A Maildir store on a model disk, driven step by step, and the least of a ledger that a mirror
// needs: it knows what the journal's records say, and nothing else.
#pragma once

#include <catch2/catch.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sync/store/maildir/maildir_name.h"
#include "sync/store/maildir/maildir_store.h"
#include "tests/support/fixed_random.h"
#include "tests/support/inline_workers.h"
#include "tests/support/log_probe.h"
#include "tests/support/memory_files.h"
#include "tests/support/unpacked_frame.h"

namespace imapkeep::store_test {

inline const std::string kRoot = "/srv/mail/work";
inline const std::string kHost = "imap.example.org";

class WallClock final : public Clock {
 public:
  MonoTime mono_now() const override { return MonoTime{}; }
  WallTime wall_now() const override { return now; }
  WallTime now = from_unix_ms(1795428000000);  // 2026-11-23T10:00:00Z
};

/// A function of the records, as the real ledger is.
struct ModelLedger {
  std::string store_id;
  JournalPosition end;
  std::map<MessageKey, MessageRecord> live;
  std::map<FolderId, FolderRecord> folders;
  std::vector<GoneRecord> gone;

  void apply(const std::vector<Record>& records) {
    for (const Record& record : records) {
      if (const auto* message = std::get_if<MessageRecord>(&record)) live[message->key] = *message;
      if (const auto* folder = std::get_if<FolderRecord>(&record)) folders[folder->id] = *folder;
      if (const auto* flags = std::get_if<FlagsRecord>(&record)) {
        const auto found = live.find(flags->key);
        if (found != live.end()) found->second.flags = flags->flags;
      }
      if (const auto* left = std::get_if<GoneRecord>(&record)) {
        live.erase(left->key);
        gone.push_back(*left);
      }
      if (const auto* left = std::get_if<FolderGoneRecord>(&record)) folders.erase(left->id);
    }
  }
  [[nodiscard]] StoredPlace place(const MessageRecord& record) const {
    return {folders.at(record.key.folder).path,
            record.internal_date,
            record.identity.xxh3,
            record.identity.size,
            record.identity.crlf_size,
            record.number,
            record.flags,
            record.key};
  }
  [[nodiscard]] std::string file(const MessageRecord& record) const {
    const MaildirStem stem{record.internal_date, record.identity.xxh3, record.identity.size,
                           record.identity.crlf_size};
    return kRoot + "/" + folders.at(record.key.folder).path + "/cur/" +
           maildir_file(maildir_base(stem, record.number, maildir_host(kHost)),
                        record.flags.maildir_letters());
  }
};

inline Flags flags_of(const std::string& letters) { return Flags::from_maildir_letters(letters); }

inline FolderRecord folder(std::uint32_t id, const std::string& name) {
  FolderRecord record;
  record.id = {id};
  record.name = {name, NameEncoding::kUtf8};
  record.delimiter = '/';
  return record;
}

class StoreBench {
 public:
  explicit StoreBench(MemoryDisk& on, std::string account = "work", std::string host = kHost)
      : disk(on), account_(std::move(account)), host_(std::move(host)) {
    start();
  }

  /// A new process.
  void start() {
    options.path = kRoot;
    store = std::make_unique<MaildirStore>(disk, workers, clock, random, log.log(), options, host_,
                                           account_);
  }
  void stop() { store.reset(); }

  template <class T, class Call>
  Result<T> wait(const Call& call) {
    std::optional<Result<T>> answer;
    const Operation operation = call([&answer](Result<T> result) { answer = std::move(result); });
    CHECK_FALSE(answer);  // never from inside the call
    workers.pump();
    REQUIRE(answer);
    return std::move(*answer);
  }
  Result<StoreFacts> open(const std::string& expected = "") {
    return wait<StoreFacts>([&](auto done) { return store->open(expected, std::move(done)); });
  }
  Result<Committed> commit(Batch batch) {
    return wait<Committed>(
        [&](auto done) { return store->commit(std::move(batch), std::move(done)); });
  }
  Result<JournalChunk> read(JournalPosition from) {
    return wait<JournalChunk>(
        [&](auto done) { return store->read_journal(from, std::move(done)); });
  }
  DurableMessage receive(IncomingId incoming, const std::string& bytes, std::int64_t date) {
    for (std::size_t at = 0; at < bytes.size(); at += 1000) {
      store->append(incoming, ByteView(bytes).substr(at, 1000));
    }
    store->end(incoming, date);
    const auto durable = wait<std::vector<DurableMessage>>(
        [&](auto done) { return store->make_durable({incoming}, std::move(done)); });
    if (!durable) return {incoming, durable.error(), {}};
    REQUIRE(durable->size() == 1);
    return durable->front();
  }
  /// Receives a message; its error stays in `last_sealed`.
  NewMessage message(FolderId in, const std::string& path, std::uint32_t uid,
                     const std::string& bytes, std::int64_t date, const std::string& letters) {
    NewMessage message;
    message.incoming = store->begin();
    message.folder_path = path;
    last_durable = receive(message.incoming, bytes, date);
    message.record.key = {in, {1}, {uid}};
    message.record.internal_date = date;
    message.record.rfc822_size = bytes.size();
    message.record.identity = last_durable.identity;
    message.record.flags = flags_of(letters);
    return message;
  }
  Result<Done> close() {
    return wait<Done>([&](auto done) { return store->close(std::move(done)); });
  }

  /// Opens, and hears what the journal says beyond the ledger.
  Result<Done> open_with(ModelLedger& ledger) {
    const auto facts = open(ledger.store_id);
    if (!facts) return facts.error();
    if (ledger.store_id.empty()) ledger.store_id = facts->store_id;
    if (facts->journal_end < ledger.end) return store_error("the ledger is ahead");
    while (ledger.end < facts->journal_end) {
      auto chunk = read(ledger.end);
      if (!chunk) return chunk.error();
      ledger.apply(chunk->records);
      if (chunk->next == ledger.end) return store_error("the journal's end is not where it said");
      ledger.end = chunk->next;
    }
    return Done{};
  }
  Result<Done> commit_with(ModelLedger& ledger, Batch batch) {
    auto committed = commit(std::move(batch));
    if (!committed) return committed.error();
    ledger.apply(committed->records);
    ledger.end = committed->end;
    return Done{};
  }

  MemoryDisk& disk;
  InlineWorkers workers;
  WallClock clock;
  FixedRandom random;
  LogProbe log;
  MaildirOptions options{kRoot, 0};
  std::unique_ptr<MaildirStore> store;
  DurableMessage last_durable;

 private:
  std::string account_;
  std::string host_;
};

/// Of a path below ROOT in the live tree or in gone/: the message that is in it.
inline std::string mail_at(const MemoryDisk& disk, const std::string& path) {
  const std::string bytes = disk.files().at(kRoot + "/" + path);
  return path.ends_with(".zst") ? unpacked_frame(bytes) : bytes;
}

inline void make_disk(MemoryDisk& disk) { disk.put("/srv/mail/", ""); }

/// Paths below ROOT of everything in the live tree's cur/ and new/, or in gone/.
inline std::vector<std::string> mail_files(const MemoryDisk& disk, bool gone = false) {
  std::vector<std::string> found;
  for (const auto& [path, bytes] : disk.files()) {
    if (path.compare(0, kRoot.size() + 1, kRoot + "/") != 0) continue;
    const std::string below_root = path.substr(kRoot.size() + 1);
    const std::string kept = ".imapkeep/gone/";
    const bool in_gone = below_root.compare(0, kept.size(), kept) == 0;
    const bool own = below_root.starts_with(".imapkeep") || below_root.starts_with("INBOX/tmp/");
    if (gone ? in_gone : !own) found.push_back(below_root);
  }
  return found;
}

}  // namespace imapkeep::store_test
