// What a pass costs where there is much of something, and what it does not ask for twice.
#include <catch2/catch.hpp>
#include <ctime>

#include "tests/sync/mirror/mirror_world.h"

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
