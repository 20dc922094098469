// A store that keeps nothing and writes down what it is asked. Durability and commits end when the
// test says so; what a recorder does not ask for fails the test.
#pragma once

#include <catch2/catch.hpp>
#include <deque>
#include <string>
#include <vector>

#include "sync/store/message_store.h"

namespace imapkeep {

class FakeStore final : public MessageStore {
 public:
  std::vector<std::string> asked;  ///< "durable 1,2", "commit 2 messages", "abandon 3"
  std::deque<Pending<std::vector<DurableMessage>>> durable_waits;
  std::deque<std::vector<IncomingId>> durable_of;
  std::deque<Pending<Committed>> commit_waits;
  std::deque<Batch> batches;
  std::vector<TokenChange> token_changes;  ///< what the next commit does to folders

  /// The oldest that waits.
  void end_durable(std::optional<Error> error = std::nullopt) {
    REQUIRE_FALSE(durable_waits.empty());
    auto wait = std::move(durable_waits.front());
    auto incoming = std::move(durable_of.front());
    durable_waits.pop_front();
    durable_of.pop_front();
    if (error) return wait.complete(*error);
    std::vector<DurableMessage> answers;
    for (const IncomingId id : incoming) {
      DurableMessage answer{id, std::nullopt, {}};
      answer.identity.size = 100;
      answers.push_back(answer);
    }
    wait.complete(std::move(answers));
  }
  void end_commit(std::optional<Error> error = std::nullopt) {
    REQUIRE_FALSE(commit_waits.empty());
    auto wait = std::move(commit_waits.front());
    Batch batch = std::move(batches.front());
    commit_waits.pop_front();
    batches.pop_front();
    if (error) return wait.complete(*error);
    Committed committed;
    for (const NewMessage& message : batch.messages) committed.records.push_back(message.record);
    for (const QuarantineRecord& record : batch.quarantines) committed.records.push_back(record);
    committed.end.segment = 1;
    committed.end.offset = ++commits_;
    committed.token_changes = std::exchange(token_changes, {});
    wait.complete(std::move(committed));
  }

  IncomingId begin() override { return ++last_; }
  void append(IncomingId, ByteView) override {}
  void end(IncomingId, std::int64_t) override {}
  void abandon(IncomingId incoming) override {
    asked.push_back("abandon " + std::to_string(incoming));
  }
  [[nodiscard]] std::size_t backlog_bytes() const override { return 0; }
  void on_drained(std::function<void()>) override {}
  Operation make_durable(std::vector<IncomingId> incoming,
                         Completion<std::vector<DurableMessage>> done) override {
    std::string text = "durable";
    for (const IncomingId id : incoming) text += ' ' + std::to_string(id);
    asked.push_back(text);
    durable_of.push_back(std::move(incoming));
    durable_waits.emplace_back(std::move(done));
    return durable_waits.back().operation();
  }
  Operation commit(Batch batch, Completion<Committed> done) override {
    asked.push_back("commit " + std::to_string(batch.messages.size()));
    batches.push_back(std::move(batch));
    commit_waits.emplace_back(std::move(done));
    return commit_waits.back().operation();
  }

  Operation open(std::string, Completion<StoreFacts>) override { return unexpected(); }
  Operation read_journal(JournalPosition, Completion<JournalChunk>) override {
    return unexpected();
  }
  Operation check_space(std::uint64_t, Completion<Done>) override { return unexpected(); }
  Operation folder_token(std::string, FolderToken, Completion<FolderToken>) override {
    return unexpected();
  }
  Operation find_missing(std::string, std::vector<StoredPlace>,
                         Completion<std::vector<StoredPlace>>) override {
    return unexpected();
  }
  Operation read_headers(std::string, std::vector<StoredPlace>,
                         Completion<std::vector<std::optional<std::string>>>) override {
    return unexpected();
  }
  [[nodiscard]] std::string folder_path(const MailboxName&, char) const override { return {}; }
  Operation purge_gone(int, Completion<std::uint64_t>) override { return unexpected(); }
  void adoption_is_over(std::set<std::string>) override {}
  void rest() override {}
  Operation close(Completion<Done>) override { return unexpected(); }

 private:
  static Operation unexpected() {
    FAIL("the store was asked for something that no recorder needs");
    return {};
  }
  IncomingId last_ = 0;
  std::uint64_t commits_ = 0;
};

}  // namespace imapkeep
