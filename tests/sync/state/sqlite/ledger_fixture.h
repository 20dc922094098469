// A ledger in a directory of its own, and calls that wait for their answer.
#pragma once

#include <catch2/catch.hpp>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "sync/state/sqlite/sqlite_ledger.h"
#include "tests/support/inline_workers.h"

namespace imapkeep {

class FixedClock final : public Clock {
 public:
  MonoTime mono_now() const override { return MonoTime{}; }
  WallTime wall_now() const override { return from_unix_ms(now_ms); }
  std::int64_t now_ms = 1'700'000'000'000;
};

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "imapkeep-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator(path_)) {
      found.push_back(entry.path().filename().string());
    }
    std::sort(found.begin(), found.end());
    return found;
  }

 private:
  std::string path_;
};

/// One program's life with a ledger; destroy it and make another to "start again".
class LedgerSession {
 public:
  explicit LedgerSession(const std::string& path) : ledger_(workers_, clock_, path) {}

  /// Calls a member of the ledger and waits: session.call<UidSet>(&SqliteLedger::stored_uids, …).
  template <class T, class Method, class... Arguments>
  Result<T> call(Method method, Arguments... arguments) {
    std::optional<Result<T>> answer;
    const Operation operation = (ledger_.*method)(
        std::move(arguments)...,
        Completion<T>([&](Result<T> result) { answer.emplace(std::move(result)); }));
    REQUIRE_FALSE(answer.has_value());  // never inside the call
    workers_.pump();
    REQUIRE(answer.has_value());
    return std::move(*answer);
  }

  LedgerAccount account(const std::string& name = "work") {
    auto opened = call<LedgerAccount>(&SqliteLedger::open_account, name);
    REQUIRE(opened);
    return *opened;
  }
  Result<Done> try_apply(AccountId account, std::vector<Record> records,
                         std::vector<FolderCursor> cursors = {}) {
    return call<Done>(&SqliteLedger::apply, account, std::move(records), JournalPosition{1, 1},
                      std::move(cursors));
  }
  void apply(AccountId account, std::vector<Record> records,
             std::vector<FolderCursor> cursors = {}) {
    const auto done = try_apply(account, std::move(records), std::move(cursors));
    if (!done) FAIL(done.error().what);
  }
  std::vector<LedgerFolder> folders(AccountId account, bool with_gone = false) {
    auto answer = call<std::vector<LedgerFolder>>(&SqliteLedger::folders, account, with_gone);
    REQUIRE(answer);
    return *answer;
  }
  UidSet uids(AccountId account, FolderId folder, UidValidity generation) {
    auto answer = call<UidSet>(&SqliteLedger::stored_uids, account, folder, generation);
    REQUIRE(answer);
    return *answer;
  }
  std::vector<KnownMessage> window(AccountId account, FolderId folder, UidValidity generation,
                                   Uid from = Uid{1}, std::size_t limit = 1'000'000) {
    auto answer = call<std::vector<KnownMessage>>(&SqliteLedger::window, account, folder,
                                                  generation, from, limit);
    REQUIRE(answer);
    return *answer;
  }
  std::vector<KnownMessage> messages(AccountId account, FolderId folder, UidValidity generation,
                                     UidSet uids) {
    auto answer = call<std::vector<KnownMessage>>(&SqliteLedger::messages, account, folder,
                                                  generation, std::move(uids));
    REQUIRE(answer);
    return *answer;
  }
  std::vector<QuarantinedMessage> quarantined(AccountId account) {
    auto answer = call<std::vector<QuarantinedMessage>>(&SqliteLedger::quarantined, account);
    REQUIRE(answer);
    return *answer;
  }
  std::vector<NameFacts> name_facts(AccountId account, std::vector<NameQuestion> questions) {
    auto answer =
        call<std::vector<NameFacts>>(&SqliteLedger::name_facts, account, std::move(questions));
    REQUIRE(answer);
    return *answer;
  }
  std::vector<bool> live_elsewhere(AccountId account, std::vector<KnownMessage> leaving,
                                   const UidsByPlace& also_leaving = {}) {
    const auto answer = call<std::vector<std::optional<LiveCopy>>>(
        &SqliteLedger::live_elsewhere, account, leaving,
        std::make_shared<const UidsByPlace>(also_leaving));
    REQUIRE(answer);
    const auto& copies = *answer;
    std::vector<bool> found;
    for (std::size_t i = 0; i < copies.size(); ++i) {
      found.push_back(copies[i].has_value());
      if (copies[i]) CHECK(copies[i]->message.identity.sha256 == leaving[i].identity.sha256);
    }
    return found;
  }

  FixedClock& clock() { return clock_; }
  InlineWorkers& workers() { return workers_; }
  SqliteLedger& ledger() { return ledger_; }

 private:
  InlineWorkers workers_;
  FixedClock clock_;
  SqliteLedger ledger_;
};

inline MessageKey key_of(std::uint32_t folder, std::uint32_t generation, std::uint32_t uid) {
  return {FolderId{folder}, UidValidity{generation}, Uid{uid}};
}

inline MessageIdentity identity_of(const std::string& bytes) {
  return {Sha256::of(bytes), Xxh3::of(bytes), bytes.size(), bytes.size()};
}

inline MessageRecord message_of(MessageKey key, const std::string& bytes,
                                std::int64_t internal_date = 1'600'000'000) {
  MessageRecord record;
  record.key = key;
  record.internal_date = internal_date;
  record.rfc822_size = bytes.size();
  record.identity = identity_of(bytes);
  return record;
}

inline KnownMessage known_of(const MessageRecord& record) {
  KnownMessage known;
  known.key = record.key;
  known.internal_date = record.internal_date;
  known.rfc822_size = record.rfc822_size;
  known.identity = record.identity;
  known.number = record.number;
  known.flags = record.flags;
  known.doubtful = record.doubtful;
  return known;
}

inline FolderRecord folder_of(std::uint32_t id, const std::string& name) {
  return {FolderId{id}, {name, NameEncoding::kUtf7}, '/', name, 1};
}

}  // namespace imapkeep
