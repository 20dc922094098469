// A ledger that knows nothing and writes down what it is told. It answers when the test says so;
// what a recorder does not ask for fails the test.
#pragma once

#include <catch2/catch.hpp>
#include <deque>
#include <string>
#include <vector>

#include "sync/state/ledger.h"

namespace imapkeep {

class FakeLedger : public Ledger {
 public:
  std::vector<std::string> asked;  ///< "names 2", "apply 2 records 1 cursors"
  std::deque<Pending<std::vector<NameFacts>>> name_waits;
  std::deque<std::size_t> names;
  std::deque<Pending<Done>> apply_waits;
  std::deque<JournalPosition> apply_ends;
  std::deque<Pending<std::vector<QuarantinedMessage>>> quarantined_waits;

  void answer_names() {
    REQUIRE_FALSE(name_waits.empty());
    auto wait = std::move(name_waits.front());
    const std::size_t count = names.front();
    name_waits.pop_front();
    names.pop_front();
    wait.complete(std::vector<NameFacts>(count));
  }
  void end_apply(std::optional<Error> error = std::nullopt) {
    REQUIRE_FALSE(apply_waits.empty());
    auto wait = std::move(apply_waits.front());
    apply_waits.pop_front();
    wait.complete(error ? Result<Done>(*error) : Result<Done>(Done{}));
  }

  Operation apply(AccountId, std::vector<Record> records, JournalPosition end,
                  std::vector<FolderCursor> cursors, Completion<Done> done) override {
    asked.push_back("apply " + std::to_string(records.size()) + " records " +
                    std::to_string(cursors.size()) + " cursors");
    apply_ends.push_back(end);
    apply_waits.emplace_back(std::move(done));
    return apply_waits.back().operation();
  }
  Operation name_facts(AccountId, std::vector<NameQuestion> questions,
                       Completion<std::vector<NameFacts>> done) override {
    asked.push_back("names " + std::to_string(questions.size()));
    names.push_back(questions.size());
    name_waits.emplace_back(std::move(done));
    return name_waits.back().operation();
  }
  Operation quarantined(AccountId, Completion<std::vector<QuarantinedMessage>> done) override {
    quarantined_waits.emplace_back(std::move(done));
    return quarantined_waits.back().operation();
  }

  Operation open(Completion<LedgerOpening>) override { return unexpected(); }
  [[nodiscard]] bool is_lost() const override { return false; }
  Operation open_account(std::string, Completion<LedgerAccount>) override { return unexpected(); }
  Operation start_over(AccountId, std::string, Completion<Done>) override { return unexpected(); }
  Operation forget_former_names(AccountId, Completion<Done>) override { return unexpected(); }
  Operation replay(AccountId, std::vector<Record>, JournalPosition,
                   Completion<std::uint64_t>) override {
    return unexpected();
  }
  Operation remember_origin(AccountId, FileOrigin, bool, Completion<Done>) override {
    return unexpected();
  }
  Operation folders(AccountId, bool, Completion<std::vector<LedgerFolder>>) override {
    return unexpected();
  }
  Operation folder(AccountId, FolderId, Completion<std::optional<LedgerFolder>>) override {
    return unexpected();
  }
  Operation set_missing_since(AccountId, FolderId, std::int64_t, Completion<Done>) override {
    return unexpected();
  }
  Operation stored_uids(AccountId, FolderId, UidValidity, Completion<UidSet>) override {
    return unexpected();
  }
  Operation window(AccountId, FolderId, UidValidity, Uid, std::size_t,
                   Completion<std::vector<KnownMessage>>) override {
    return unexpected();
  }
  Operation messages(AccountId, FolderId, UidValidity, UidSet,
                     Completion<std::vector<KnownMessage>>) override {
    return unexpected();
  }
  Operation generations(AccountId, FolderId, Completion<std::vector<UidValidity>>) override {
    return unexpected();
  }
  Operation live_elsewhere(AccountId, std::vector<KnownMessage>, std::shared_ptr<const UidsByPlace>,
                           Completion<std::vector<std::optional<LiveCopy>>>) override {
    return unexpected();
  }
  Operation other_sizes(AccountId, std::uint64_t, Completion<std::uint64_t>) override {
    return unexpected();
  }
  Operation count_attempts(AccountId, std::vector<MessageKey>, Completion<Done>) override {
    return unexpected();
  }
  Operation waiting(AccountId, Completion<std::vector<WaitingDeparture>>) override {
    return unexpected();
  }
  Operation set_waiting(AccountId, std::vector<WaitingDeparture>, Completion<Done>) override {
    return unexpected();
  }
  Operation record_pass(AccountId, PassSummary, Completion<Done>) override { return unexpected(); }

 private:
  static Operation unexpected() {
    FAIL("the ledger was asked for something that no recorder needs");
    return {};
  }
};

}  // namespace imapkeep
