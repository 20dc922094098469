// A store that has been opened on an empty model disk, with two folders: INBOX (1) and Archive (2).
#pragma once

#include <string>

#include "tests/sync/store/maildir/store_bench.h"

namespace imapkeep::store_test {

inline constexpr std::int64_t kDate = 1771568830;
inline const std::string kMail = "Subject: x\r\n\r\nhello\n";

struct Store {
  MemoryDisk disk;
  StoreBench bench{disk};
  ModelLedger ledger;

  Store() {
    make_disk(disk);
    REQUIRE(bench.open_with(ledger));
    Batch batch;
    batch.new_folders = {folder(1, "INBOX"), folder(2, "Archive")};
    commit(batch);
  }
  void commit(const Batch& batch) {
    const auto done = bench.commit_with(ledger, batch);
    if (!done) FAIL(done.error().what);
  }
  NewMessage message(std::uint32_t in, std::uint32_t uid, const std::string& bytes,
                     const std::string& letters = "S", std::int64_t date = kDate) {
    NewMessage message =
        bench.message({in}, ledger.folders.at({in}).path, uid, bytes, date, letters);
    REQUIRE_FALSE(bench.last_durable.error);
    return message;
  }
  MessageRecord store(std::uint32_t in, std::uint32_t uid, const std::string& bytes,
                      const std::string& letters = "S") {
    Batch batch;
    batch.messages.push_back(message(in, uid, bytes, letters));
    for (const auto& [key, record] : ledger.live) {
      const auto& made = batch.messages.front().record;
      if (key.folder.value != in || !(record.identity == made.identity)) continue;
      batch.messages.front().taken_numbers = TakenNumbers::of({record.number});
      batch.messages.front().same_bytes = ledger.place(record);
    }
    commit(batch);
    return ledger.live.at({{in}, {1}, {uid}});
  }
  [[nodiscard]] std::string path(const MessageRecord& record) const { return ledger.file(record); }
  [[nodiscard]] Departure departure(const MessageRecord& record, GoneTo to) const {
    return {record.key, ledger.place(record), to};
  }
};

}  // namespace imapkeep::store_test
