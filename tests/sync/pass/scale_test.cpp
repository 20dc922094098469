// What a pass costs where there is much of something, and what it does not ask for twice.
#include <catch2/catch.hpp>
#include <ctime>

#include "sync/pass/absence_review.h"
#include "tests/sync/pass/mirror_world.h"

using namespace imapkeep;

namespace {

void check_complete(const SyncOutcome& outcome) {
  if (outcome.error) FAIL(outcome.error->what);
  CHECK(outcome.owed == std::vector<std::string>{});
}

std::string mail(const std::string& subject) {
  return "From: a@example.org\r\nSubject: " + subject + "\r\n\r\nhello\r\n";
}

}  // namespace

// The cube of this number takes minutes; most of what is measured here is the server's and the
// disk's model.
TEST_CASE("an unchanged pass over two thousand folders looks at each of them once") {
  MirrorWorld world;
  for (int i = 0; i < 2000; ++i) world.server.create_folder("F/" + std::to_string(i));
  check_complete(world.sync());
  world.server.forget_counts();
  const std::clock_t before = std::clock();
  check_complete(world.sync());
  CHECK((std::clock() - before) / CLOCKS_PER_SEC < 20);
  CHECK(world.server.count("EXAMINE") == 0);
  CHECK(world.server.count("STATUS") == 0);
}

// The square of this number takes minutes.
TEST_CASE("what is gone from ten thousand folders is weighed folder by folder") {
  constexpr std::uint32_t kFolders = 10'000;
  SimWorld time;
  LogProbe log;
  const TemporaryDirectory state;
  SimWorkers workers(time);
  SqliteLedger ledger(workers, time, state.file("ledger.sqlite"));
  Operation operation;
  const auto wait = [&](const auto& asked) {
    REQUIRE(time.run_until([&] { return bool(asked); }));
  };

  std::optional<AccountId> account;
  operation = ledger.open_account(
      "work", [&](const Result<LedgerAccount>& opened) { account = opened->id; });
  wait(account);
  std::vector<Record> records;
  std::vector<Absence> absences;
  std::vector<WaitingDeparture> before;
  AbsenceReview::Question question;
  for (std::uint32_t i = 1; i <= kFolders; ++i) {
    LedgerFolder folder;
    folder.record.id = FolderId{i};
    folder.record.path = "F" + std::to_string(i);
    folder.record.name.raw = folder.record.path;
    folder.stored = 2;
    records.push_back(folder.record);
    for (std::uint32_t uid = 1; uid <= 2; ++uid) {
      MessageRecord message;
      message.key = {folder.record.id, UidValidity{7}, Uid{uid}};
      message.identity.sha256.bytes[0] =
          static_cast<decltype(message.identity.sha256.bytes)::value_type>(uid);
      message.identity.xxh3 = std::uint64_t{i} * 2 + uid;
      records.push_back(std::move(message));
    }
    question.looked_at.insert(folder.record.id);
    const UidSet gone = UidSet::of(Uid{2}, Uid{2});
    before.push_back({folder.record.id, UidValidity{7}, gone, 1, false});
    absences.push_back({Absence::Of::kMessages, folder, UidValidity{7}, UidValidity{7}, gone,
                        FolderCursor{}, UidSet::of(Uid{1}, Uid{1})});
  }
  std::optional<Result<Done>> stored;
  operation = ledger.apply(*account, std::move(records), {1, 1}, {},
                           [&](Result<Done> done) { stored = std::move(done); });
  wait(stored);
  REQUIRE(*stored);
  stored.reset();
  operation = ledger.set_waiting(*account, std::move(before),
                                 [&](Result<Done> done) { stored = std::move(done); });
  wait(stored);
  REQUIRE(*stored);

  question.account = *account;
  question.keep = false;
  question.stored = 3 * kFolders;
  question.moment = {unix_ms(time.wall_now()), unix_ms(time.wall_now())};
  AbsenceReview review({ledger, time, log.log()}, std::move(question), std::move(absences));
  std::optional<Result<AbsenceReview::Outcome>> outcome;
  const std::clock_t began = std::clock();
  operation =
      review.start([&](Result<AbsenceReview::Outcome> reviewed) { outcome = std::move(reviewed); });
  wait(outcome);
  CHECK((std::clock() - began) / CLOCKS_PER_SEC < 10);
  REQUIRE(*outcome);
  CHECK((*outcome)->may_depart.size() == kFolders);
}

TEST_CASE("a renamed folder is known by its bytes where the server tells another date") {
  MirrorWorld world;
  ModelImapServer& server = world.server;
  server.create_folder("Old");
  for (int i = 0; i < 5; ++i) server.deliver("Old", mail("number " + std::to_string(i)));
  const auto early = server.deliver("Old", mail("from 1969"), {}, 0);
  check_complete(world.sync());
  server.rename_folder("Old", "Moved");
  server.box("Moved").messages.at(early).internal_date = 4'294'967'295;  // as Dovecot says it then
  server.forget_counts();
  SECTION("the same bytes") {
    check_complete(world.sync());
    CHECK(server.bodies_served() == 1);  // compared, not stored
    CHECK(world.on_disk() == world.on_server());
    world.time.advance(std::chrono::minutes(5));
    check_complete(world.sync());
    CHECK(world.kept().empty());
  }
  SECTION("others of the same size") {
    server.box("Moved").messages.at(early).body = mail("from 1968");
    check_complete(world.sync());
    CHECK(server.bodies_served() == 7);
    world.time.advance(std::chrono::minutes(5));
    check_complete(world.sync());
    CHECK(world.on_disk() == world.on_server());
    CHECK(world.kept() == std::multiset<std::string>{mail("from 1969")});
  }
  SECTION("the body does not come") {
    server.box("Moved").faults.omit_body.insert(early);
    world.sync();
    CHECK(server.bodies_served() >= 5);  // a new folder, then
    server.box("Moved").faults.omit_body.clear();
    world.time.advance(std::chrono::minutes(5));
    check_complete(world.sync());
    check_complete(world.sync());
    CHECK(world.on_disk() == world.on_server());
  }
}

TEST_CASE("where the flags of every message have come, the UIDs are not asked for again") {
  MirrorWorld world;
  ModelImapServer& server = world.server;
  server.capabilities = {"IMAP4rev1"};  // like Courier
  server.box("INBOX").faults.no_uid_next = true;
  for (int i = 0; i < 5; ++i) server.deliver("INBOX", mail("number " + std::to_string(i)));
  check_complete(world.sync());
  server.forget_counts();
  std::size_t searches = 0;
  SECTION("nothing has changed") {}
  SECTION("flags have") { server.set_flags("INBOX", 2, {"\\Seen"}); }
  SECTION("mail has come") {
    server.deliver("INBOX", mail("new"));
    searches = 1;
  }
  SECTION("mail has gone") {
    server.expunge("INBOX", 3);
    searches = 1;  // the second witness: the answer itself is the first
  }
  SECTION("one has come for one that has gone") {
    server.expunge("INBOX", 3);
    server.deliver("INBOX", mail("new"));
    searches = 2;
  }
  SECTION("the same while the flags are told") {
    server.behind_fetch = [&, done = false](const std::string&) mutable {
      if (std::exchange(done, true)) return;
      server.expunge("INBOX", 3);
      server.deliver("INBOX", mail("new"));
    };
    searches = 2;
  }
  check_complete(world.sync());
  CHECK(server.count("UID SEARCH") == searches);
  server.behind_fetch = nullptr;
  check_complete(world.sync());
  CHECK(world.on_disk() == world.on_server());
}
