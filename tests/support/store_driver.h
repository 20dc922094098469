// A MessageStore driven step by step, and the least of a ledger that a mirror needs: it knows what
// the journal's records say, and nothing else.
#pragma once

#include <catch2/catch.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "daemon/base/clock.h"
#include "sync/store/message_store.h"

namespace imapkeep::store_test {

class WallClock final : public Clock {
 public:
  MonoTime mono_now() const override { return MonoTime{}; }
  WallTime wall_now() const override { return now; }
  WallTime now = from_unix_ms(1795428000000);  // 2026-11-23T10:00:00Z
};

/// A function of the records, as the real ledger is.
struct RecordLedger {
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
};

inline Flags flags_of(const std::string& letters) { return Flags::from_maildir_letters(letters); }

inline FolderRecord folder(std::uint32_t id, const std::string& name) {
  FolderRecord record;
  record.id = {id};
  record.name = {name, NameEncoding::kUtf8};
  record.delimiter = '/';
  return record;
}

class StoreDriver {
 public:
  /// `pump`: lets everything that was asked for happen.
  explicit StoreDriver(std::function<void()> pump) : pump_(std::move(pump)) {}

  template <class T, class Call>
  Result<T> wait(const Call& call) {
    std::optional<Result<T>> answer;
    const Operation operation = call([&answer](Result<T> result) { answer = std::move(result); });
    CHECK_FALSE(answer);  // never from inside the call
    pump_();
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
  /// Receives a message; its error stays in `last_durable`.
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
  Result<Done> open_with(RecordLedger& ledger) {
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
  Result<Done> commit_with(RecordLedger& ledger, Batch batch) {
    auto committed = commit(std::move(batch));
    if (!committed) return committed.error();
    ledger.apply(committed->records);
    ledger.end = committed->end;
    return Done{};
  }

  std::unique_ptr<MessageStore> store;
  DurableMessage last_durable;

 private:
  std::function<void()> pump_;
};

}  // namespace imapkeep::store_test
