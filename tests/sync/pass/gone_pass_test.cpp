// The second witness: what the server must say once more before a message that its list lacked
// leaves the mirror. Fake store and ledger, and a model server that is asked for real.
#include "sync/pass/gone_pass.h"

#include <catch2/catch.hpp>

#include "tests/sync/pass/fake_ledger.h"
#include "tests/sync/pass/fake_store.h"
#include "tests/sync/pass/mirror_world.h"

using namespace imapkeep;

namespace {

UidSet set(const std::string& text) { return text.empty() ? UidSet() : *UidSet::parse(text); }

/// Knows UIDs 1 to 4 of one folder, and answers at once.
class SmallLedger final : public FakeLedger {
 public:
  explicit SmallLedger(SimWorld& time) : time_(time) {}
  UidSet stored = set("1:4");
  UidSet live_elsewhere_too;
  std::vector<WaitingDeparture> waits;

  Operation waiting(AccountId, Completion<std::vector<WaitingDeparture>> done) override {
    return time_.soon([this, done] { done(waits); });
  }
  Operation set_waiting(AccountId, std::vector<WaitingDeparture> now,
                        Completion<Done> done) override {
    waits = std::move(now);
    return time_.soon([done] { done(Done{}); });
  }
  Operation quarantined(AccountId, Completion<std::vector<QuarantinedMessage>> done) override {
    return time_.soon([done] { done(std::vector<QuarantinedMessage>{}); });
  }
  Operation stored_uids(AccountId, FolderId, UidValidity, Completion<UidSet> done) override {
    return time_.soon([this, done] { done(stored); });
  }
  Operation messages(AccountId, FolderId folder, UidValidity uid_validity, UidSet uids,
                     Completion<std::vector<KnownMessage>> done) override {
    std::vector<KnownMessage> known;
    uids.intersect(stored).for_each([&](Uid uid) {
      KnownMessage message;
      message.key = {folder, uid_validity, uid};
      known.push_back(message);
    });
    return time_.soon([known, done] { done(known); });
  }
  Operation live_elsewhere(AccountId, std::vector<KnownMessage> leaving,
                           std::shared_ptr<const UidsByPlace>,
                           Completion<std::vector<std::optional<LiveCopy>>> done) override {
    std::vector<std::optional<LiveCopy>> copies;
    for (const KnownMessage& message : leaving) {
      copies.emplace_back();
      if (!live_elsewhere_too.contains(message.key.uid)) continue;
      copies.back() = LiveCopy{message, "Archive"};
      copies.back()->message.key.folder = FolderId{2};
    }
    return time_.soon([copies, done] { done(copies); });
  }
  Operation apply(AccountId, std::vector<Record>, JournalPosition,
                  std::vector<FolderCursor> cursors, Completion<Done> done) override {
    for (const FolderCursor& cursor : cursors) written.push_back(cursor);
    return time_.soon([done] { done(Done{}); });
  }
  std::vector<FolderCursor> written;

 private:
  SimWorld& time_;
};

struct Bench {
  MirrorWorld world;
  FakeStore store;
  SmallLedger ledger{world.time};
  Unstored unstored;
  MirrorOptions options;
  GonePass::Unstored owed;
  std::unique_ptr<imap::SourceConnection> connection;
  std::string left;  ///< "kept 3 moved 4"

  Bench() {
    for (int i = 0; i < 4; ++i) world.server.deliver("INBOX", "mail " + std::to_string(i));
    world.server.expunge("INBOX", 3);
  }

  Absence absence(const std::string& uids) {
    const ModelMailbox& box = world.server.box("INBOX");
    Absence absence;
    absence.folder.record.id = FolderId{1};
    absence.folder.record.path = "INBOX";
    absence.folder.record.name = MailboxName{"INBOX"};
    absence.folder.stored = 4;
    absence.generation = UidValidity{box.uid_validity};
    absence.current = absence.generation;
    absence.uids = set(uids);
    absence.listed = set("1:4").minus(absence.uids);
    absence.afterwards.folder = FolderId{1};
    absence.afterwards.complete = true;
    absence.afterwards.uid_next = 5;
    return absence;
  }

  /// What has left by its end.
  Result<Done> run(const std::string& uids = "3") {
    connection = std::make_unique<imap::SourceConnection>(
        imap::SourceConnection::Deps{world.network, world.time, world.time, world.random,
                                     world.log.log()},
        world.server_options);
    bool opened = false;
    Operation operation =
        connection->open({"me", "", Secret("secret")}, [&](const Result<Done>&) { opened = true; });
    REQUIRE(world.time.run_until([&] { return opened; }));

    Recorder recorder({store, ledger, world.time, world.progress, unstored, world.log.log()},
                      AccountId{1}, JournalPosition{});
    AbsenceReview::Question question;
    question.account = AccountId{1};
    question.keep = options.keep_expunged;
    question.moment = {unix_ms(world.time.wall_now()), connection->made_ms(), std::nullopt};
    question.stored = 1000;
    question.looked_at = {FolderId{1}};
    GonePass pass({*connection, ledger, recorder, world.time, world.log.log()}, question, options,
                  {absence(uids)}, owed);
    std::optional<Result<Done>> ended;
    operation = pass.start([&](Result<Done> done) { ended = done; });
    const bool in_time = world.time.run_until([&] {
      while (!store.commit_waits.empty()) {
        for (const Departure& one : store.batches.front().departures) {
          left += left.empty() ? "" : " ";
          left += one.to == GoneTo::kKept    ? "kept "
                  : one.to == GoneTo::kMoved ? "moved "
                                             : "removed ";
          left += std::to_string(one.key.uid.value);
        }
        store.end_commit();
      }
      return ended.has_value();
    });
    REQUIRE(in_time);
    return *ended;
  }
  /// The cursor that was written behind it: nobody need look again.
  bool is_over() { return !ledger.written.empty() && ledger.written.back().complete; }
};

}  // namespace

TEST_CASE("gone pass: what STATUS, EXAMINE and a list agree on leaves for the kept area") {
  Bench bench;
  REQUIRE(bench.run());
  CHECK(bench.left == "kept 3");
  CHECK(bench.is_over());
  CHECK(bench.world.server.count("STATUS") == 1);
  CHECK(bench.world.server.count("EXAMINE") == 1);
}

TEST_CASE("gone pass: what lives on elsewhere has moved, and its name is unlinked") {
  Bench bench;
  bench.ledger.live_elsewhere_too = set("3");
  REQUIRE(bench.run());
  CHECK(bench.left == "moved 3");
}

TEST_CASE("gone pass: what the second list has again stays, and the rest leaves") {
  Bench bench;
  bench.world.server.expunge("INBOX", 2);
  // The first list lacked 2, 3 and 4.
  REQUIRE(bench.run("2:4"));
  CHECK(bench.left == "kept 2 kept 3");
}

TEST_CASE("gone pass: a witness that contradicts itself is none") {
  Bench bench;
  SECTION("the list is shorter than the mailbox") {
    bench.world.server.box("INBOX").faults.omit_search = {1};
  }
  SECTION("EXAMINE says fewer than STATUS") {
    bench.world.server.box("INBOX").faults.overlooked = {1};
  }
  SECTION("the mailbox is numbered anew") {
    bench.world.server.before_command = [&](const std::string& command) {
      if (command.starts_with("EXAMINE")) bench.world.server.bump_uid_validity("INBOX");
      return true;
    };
  }
  SECTION("it cannot be examined any more") {
    bench.world.server.box("INBOX").faults.refuse_examine = "NO later";
  }
  SECTION("the list is refused") { bench.world.server.refuse_next_search = "NO later"; }
  REQUIRE(bench.run());
  CHECK(bench.left.empty());
  CHECK_FALSE(bench.is_over());
  CHECK(bench.world.log.contains("absent messages stay for now"));
}

TEST_CASE("gone pass: an empty mailbox is believed only if STATUS says so, too") {
  Bench bench;
  for (const std::uint32_t uid : {1, 2, 4}) bench.world.server.expunge("INBOX", uid);
  bench.ledger.waits = {{FolderId{1}, UidValidity{bench.world.server.box("INBOX").uid_validity},
                         set("1:4"), unix_ms(bench.world.time.wall_now()) - 600'000, false}};
  SECTION("it does") {
    REQUIRE(bench.run("1:4"));
    CHECK(bench.left == "kept 1 kept 2 kept 3 kept 4");
    CHECK(bench.ledger.waits.empty());
  }
  SECTION("it is refused") {
    bench.world.server.box("INBOX").faults.refuse_status = "NO not now";
    REQUIRE(bench.run("1:4"));
    CHECK(bench.left.empty());
    CHECK(bench.ledger.waits.size() == 1);
  }
}

TEST_CASE("gone pass: with `remove` a message that may be owed elsewhere is kept all the same") {
  Bench bench;
  bench.options.keep_expunged = false;
  bench.ledger.waits = {{FolderId{1}, UidValidity{bench.world.server.box("INBOX").uid_validity},
                         set("3"), unix_ms(bench.world.time.wall_now()) - 600'000, false}};
  SECTION("all is stored") {
    REQUIRE(bench.run());
    CHECK(bench.left == "removed 3");
  }
  SECTION("a message is owed: it may be this one, moved") {
    bench.owed.messages = true;
    REQUIRE(bench.run());
    CHECK(bench.left == "kept 3");
  }
  SECTION("a folder failed: nothing leaves") {
    bench.owed.folders = true;
    REQUIRE(bench.run());
    CHECK(bench.left.empty());
  }
}

TEST_CASE("gone pass: a connection that is lost ends it, and nothing has left") {
  Bench bench;
  const std::string at = GENERATE("STATUS", "EXAMINE", "UID SEARCH");
  bench.world.server.before_command = [at](const std::string& command) {
    return !command.starts_with(at);
  };
  CHECK_FALSE(bench.run());
  CHECK(bench.left.empty());
}
