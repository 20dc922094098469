// What leaves the mirror, when, and who has to say so: docs/synchronisation.md §5.
#include <catch2/catch.hpp>

#include "sync/state/sqlite/read_ledger.h"
#include "tests/sync/follow/keeper_world.h"

using namespace imapkeep;
using std::chrono::minutes;

namespace {

std::string mail(int number) {
  return "From: a@example.org\r\nSubject: number " + std::to_string(number) + "\r\n\r\nText.\r\n";
}

void fill(ModelImapServer& server, const std::string& folder, int first, int last) {
  if (!server.has_folder(folder)) server.create_folder(folder);
  for (int i = first; i <= last; ++i) server.deliver(folder, mail(i));
}

void empty(ModelImapServer& server, const std::string& folder) {
  while (!server.box(folder).messages.empty()) {
    server.expunge(folder, server.box(folder).messages.begin()->first);
  }
}

SyncOutcome complete(MirrorWorld& world) {
  SyncOutcome outcome = world.sync();
  if (outcome.error) FAIL(outcome.error->what);
  CHECK(outcome.owed == std::vector<std::string>{});
  return outcome;
}

std::size_t waiting(MirrorWorld& world, bool for_person) {
  const auto reports = read_ledger(world.state.file("ledger.sqlite"));
  REQUIRE(reports);
  std::size_t messages = 0;
  for (const WaitingDeparture& one : reports->front().waiting) {
    if (one.for_person == for_person) messages += one.uids.count();
  }
  return messages;
}

}  // namespace

TEST_CASE("a departure against evidence at hand does not happen") {
  MirrorWorld world;
  world.options.keep_expunged = GENERATE(true, false);
  fill(world.server, "INBOX", 1, 5);
  fill(world.server, "Archive", 20, 25);
  complete(world);
  const SeenMessages before = world.on_disk();
  ModelFaults& faults = world.server.box("INBOX").faults;

  SECTION("STATUS says five, EXAMINE and both lists say two") {
    if (GENERATE(true, false)) world.server.capabilities.erase("LIST-STATUS");
    world.server.before_command = [&](const std::string& command) {
      if (command.starts_with("EXAMINE")) faults.overlooked = {1, 3, 5};
      return true;
    };
    world.server.set_flags("INBOX", 2, {"\\Seen"});  // or nobody would look
  }
  SECTION("only the STATUS that came with LIST says five") {
    world.server.before_command = [&](const std::string& command) {
      if (command.starts_with("EXAMINE")) faults.overlooked = {1, 3, 5};
      return true;
    };
    world.server.rewrite = [&](const std::string& line) {
      std::string said = line;
      const auto five = said.find("MESSAGES 5");
      const bool asked = world.server.commands().back().starts_with("STATUS");
      if (asked && five != std::string::npos) said.replace(five, 10, "MESSAGES 2");
      return said + "\r\n";
    };
    world.server.set_flags("INBOX", 2, {"\\Seen"});  // or nobody would look
  }
  SECTION("five other UIDs are listed, and none of them can be fetched") {
    empty(world.server, "INBOX");
    fill(world.server, "INBOX", 6, 10);
    faults.omit_body = {6, 7, 8, 9, 10};
    if (GENERATE(true, false)) faults.omit_facts = faults.omit_body;
  }
  SECTION("three are there and two others cannot be fetched") {
    world.server.expunge("INBOX", 4);
    world.server.expunge("INBOX", 5);
    fill(world.server, "INBOX", 6, 7);
    faults.refuse_body = {6, 7};
  }
  for (int pass = 0; pass < 4; ++pass) {
    const SyncOutcome outcome = world.sync();
    if (outcome.error) FAIL(outcome.error->what);
    world.time.advance(minutes(5));
  }
  for (const SeenMessage& message : before) {
    const auto same = [&](const SeenMessage& other) { return other.bytes == message.bytes; };
    const auto now = world.on_disk();
    CHECK(std::any_of(now.begin(), now.end(), same));
  }
  CHECK(world.kept().empty());
}

TEST_CASE("with on_expunge: remove the second witness comes from a later pass") {
  MirrorWorld world;
  world.options.keep_expunged = false;
  fill(world.server, "INBOX", 1, 5);
  fill(world.server, "Archive", 20, 25);
  complete(world);
  world.server.expunge("INBOX", 2);
  complete(world);
  CHECK(world.on_disk().size() == 11);
  CHECK(waiting(world, false) == 1);
  world.time.advance(minutes(1));
  complete(world);
  CHECK(world.on_disk().size() == 11);

  SECTION("and then it leaves") {
    world.time.advance(minutes(2));
    complete(world);
    CHECK(world.on_disk() == world.on_server());
    CHECK(waiting(world, false) == 0);
  }
  SECTION("it is there again") {
    // As a server that had overlooked it.
    world.server.box("INBOX").messages[2] = {2, {}, 1'700'000'000, mail(2), 1};
    world.time.advance(minutes(2));
    complete(world);
    CHECK(world.on_disk() == world.on_server());
    CHECK(waiting(world, false) == 0);
  }
  SECTION("a folder fails: nothing is removed, and it goes on waiting") {
    world.server.box("Archive").faults.refuse_examine = "NO [SERVERBUG] oops";
    world.server.set_flags("Archive", 1, {"\\Seen"});  // or nobody would look
    world.time.advance(minutes(2));
    CHECK(world.sync().owed.size() == 1);
    CHECK(world.on_disk().size() == 11);
    CHECK(waiting(world, false) == 1);
    world.server.box("Archive").faults = {};
    complete(world);
    CHECK(world.on_disk() == world.on_server());
  }
  CHECK(world.kept().empty());
}

TEST_CASE("with on_expunge: remove nothing is unlinked while a message is owed") {
  MirrorWorld world;
  world.options.keep_expunged = false;
  fill(world.server, "INBOX", 1, 5);
  fill(world.server, "Archive", 20, 25);
  complete(world);
  world.server.expunge("INBOX", 2);
  complete(world);
  world.time.advance(minutes(5));
  // It may be the very message that has left INBOX: nobody has seen its bytes.
  const auto owed = world.server.deliver("Archive", mail(30));
  world.server.box("Archive").faults.refuse_body = {owed};
  CHECK(world.sync().owed.size() == 1);
  CHECK(world.on_disk().size() == 10);
  CHECK(world.kept() == std::multiset<std::string>{mail(2)});

  world.server.box("Archive").faults = {};
  complete(world);
  world.server.expunge("INBOX", 3);
  complete(world);
  world.time.advance(minutes(5));
  complete(world);
  CHECK(world.on_disk() == world.on_server());
  CHECK(world.kept() == std::multiset<std::string>{mail(2)});  // nothing is owed any more
}

TEST_CASE("a folder that is emptied under keep departs after two passes") {
  MirrorWorld world;
  fill(world.server, "INBOX", 1, 5);
  fill(world.server, "Archive", 20, 25);
  complete(world);
  empty(world.server, "INBOX");
  complete(world);
  CHECK(world.on_disk().size() == 11);
  fill(world.server, "INBOX", 30, 30);
  complete(world);
  CHECK(world.on_disk().size() == 12);
  world.time.advance(minutes(2));
  complete(world);
  CHECK(world.on_disk() == world.on_server());
  CHECK(world.kept().size() == 5);
}

TEST_CASE("with on_expunge: remove nobody is asked about Trash that was emptied") {
  MirrorWorld world;
  world.options.keep_expunged = false;
  world.server.create_folder("Rubbish", {"\\Trash"});
  fill(world.server, "INBOX", 1, 5);
  fill(world.server, "Rubbish", 20, 25);
  complete(world);
  empty(world.server, "Rubbish");
  complete(world);
  CHECK(waiting(world, false) == 6);
  world.time.advance(minutes(5));
  complete(world);
  CHECK(world.on_disk() == world.on_server());
}

TEST_CASE("a mailbox that only EXAMINE calls empty loses nothing") {
  MirrorWorld world;
  world.server.capabilities.erase("LIST-STATUS");
  fill(world.server, "INBOX", 1, 5);
  fill(world.server, "Archive", 20, 25);
  complete(world);
  empty(world.server, "Archive");
  world.server.box("Archive").faults.refuse_status = "BAD not of this folder";
  for (int pass = 0; pass < 3; ++pass) {
    const SyncOutcome outcome = world.sync();
    if (outcome.error) FAIL(outcome.error->what);
    CHECK(world.on_disk().size() == 11);
    world.time.advance(minutes(5));
  }
  world.server.box("Archive").faults = {};
  complete(world);
  CHECK(world.on_disk() == world.on_server());
  CHECK(world.kept().size() == 6);
}

TEST_CASE("a folder that is emptied into another one has moved, at once") {
  MirrorWorld world;
  fill(world.server, "INBOX", 1, 5);
  fill(world.server, "Archive", 20, 25);
  complete(world);
  for (std::uint32_t uid = 1; uid <= 5; ++uid) world.server.move("INBOX", uid, "Archive");
  complete(world);
  CHECK(world.on_disk() == world.on_server());
  CHECK(world.kept().empty());
}

TEST_CASE("what is too much at once waits for a person") {
  MirrorWorld world;
  world.options.keep_expunged = true;
  fill(world.server, "INBOX", 1, 150);
  fill(world.server, "Archive", 201, 260);
  std::size_t gone = 0;
  std::vector<std::string> folders{"INBOX"};
  const std::string what = GENERATE("all mail", "more than half", "with remove: one folder");
  INFO(what);
  if (what == "all mail") {
    complete(world);
    empty(world.server, "INBOX");
    empty(world.server, "Archive");
    gone = 210;
    folders = {"Archive", "INBOX"};
  }
  if (what == "more than half") {
    complete(world);
    for (std::uint32_t uid = 1; uid <= 120; ++uid) world.server.expunge("INBOX", uid);
    gone = 120;
  }
  if (what == "with remove: one folder") {
    world.options.keep_expunged = false;
    fill(world.server, "Small", 300, 303);
    complete(world);
    empty(world.server, "Small");
    gone = 4;
    folders = {"Small"};
  }
  const SeenMessages before = world.on_disk();
  for (int pass = 0; pass < 3; ++pass) {
    world.server.deliver("INBOX", mail(1000 + pass));
    const SyncOutcome outcome = world.sync();
    if (outcome.error) FAIL(outcome.error->what);
    REQUIRE(outcome.owed.size() == folders.size());
    for (const std::string& sentence : outcome.owed) {
      CHECK(sentence.find("imapkeep sync --accept-gone work") != std::string::npos);
    }
    CHECK(outcome.stored == 1);  // new mail comes all the same
    CHECK(world.on_disk().size() == before.size() + pass + 1);
    world.time.advance(minutes(5));
  }
  CHECK(waiting(world, true) == gone);

  SECTION("and leaves when one has said so") {
    world.accept_gone = true;
    complete(world);
    CHECK(world.on_disk() == world.on_server());
    CHECK(world.kept().size() == (world.options.keep_expunged ? gone : 0));
    CHECK(waiting(world, true) == 0);
  }
  SECTION("what goes after a person was told is not accepted with it") {
    // Everything else, and the connection is lost behind the STATUS of the second witness: when the
    // pass is begun again, all of it waits for a person already.
    const std::size_t told = world.on_disk().size();
    for (const auto& box : std::map(world.server.boxes())) empty(world.server, box.first);
    bool lost = false;
    world.server.before_command = [&](const std::string& command) {
      return !command.starts_with("STATUS") || std::exchange(lost, true);
    };
    world.accept_gone = true;
    CHECK_FALSE(world.sync().owed.empty());
    CHECK(lost);
    CHECK(world.on_disk().size() == told - gone);
    CHECK(world.kept().size() == (world.options.keep_expunged ? gone : 0));
    CHECK(waiting(world, true) == told - gone);
  }
}

TEST_CASE("with on_expunge: remove new mail does not speak for a folder that was emptied") {
  MirrorWorld world;
  world.options.keep_expunged = false;
  fill(world.server, "INBOX", 1, 20);
  fill(world.server, "Archive", 101, 160);
  SECTION("the folder was made anew") {
    complete(world);
    world.server.bump_uid_validity("INBOX");
    empty(world.server, "INBOX");
    fill(world.server, "INBOX", 21, 21);
  }
  SECTION("it is visited, and the new mail stored, before the pass that weighs") {
    KeeperProcess process(world);
    REQUIRE(process.settle());
    world.time.advance(minutes(1));
    empty(world.server, "INBOX");
    fill(world.server, "INBOX", 21, 21);
    world.time.advance(minutes(10));
    CHECK(world.log.contains("new mail kept"));
    CHECK(world.on_disk().size() == 81);
    process.stop();
  }
  for (int pass = 0; pass < 3; ++pass) {
    const SyncOutcome outcome = world.sync();
    if (outcome.error) FAIL(outcome.error->what);
    CHECK(outcome.owed.size() == 1);
    CHECK(world.on_disk().size() == 81);
    CHECK(waiting(world, true) == 20);
    world.time.advance(minutes(5));
  }
  world.accept_gone = true;
  complete(world);
  CHECK(world.on_disk() == world.on_server());
}

TEST_CASE("a folder that is numbered anew asks nobody for the few that are not there any more") {
  MirrorWorld world;
  world.options.keep_expunged = GENERATE(true, false);
  fill(world.server, "INBOX", 1, 20);
  fill(world.server, "Archive", 101, 160);
  complete(world);
  world.server.expunge("INBOX", 3);
  world.server.bump_uid_validity("INBOX");
  for (int pass = 0; pass < 3; ++pass) {
    complete(world);
    world.time.advance(minutes(5));
  }
  CHECK(world.on_disk() == world.on_server());
  CHECK(world.kept().size() == (world.options.keep_expunged ? 1 : 0));
}

TEST_CASE("a message lives elsewhere when any copy of it stays, whatever becomes of another") {
  MirrorWorld world;
  world.options.keep_expunged = false;
  fill(world.server, "Archive", 101, 160);
  fill(world.server, "INBOX", 1, 5);
  fill(world.server, "Leaves", 1, 5);
  fill(world.server, "Leaves", 6, 9);
  complete(world);
  fill(world.server, "Stays", 1, 5);  // later, so that the ledger comes to it last
  complete(world);
  empty(world.server, "INBOX");
  for (std::uint32_t uid = 1; uid <= 5; ++uid) world.server.expunge("Leaves", uid);
  for (int pass = 0; pass < 3; ++pass) {
    complete(world);
    CHECK(waiting(world, true) == 0);
    world.time.advance(minutes(5));
  }
  CHECK(world.on_disk() == world.on_server());
}

TEST_CASE("a stored message that is quarantined leaves by two witnesses like any other") {
  MirrorWorld world;
  fill(world.server, "INBOX", 1, 5);
  fill(world.server, "Archive", 20, 25);
  complete(world);
  // Its file is away when the server does not show it either, and then it is back.
  const auto tree = world.tree();
  const auto file = std::find_if(tree.begin(), tree.end(), [](const auto& one) {
    return one.first.starts_with("INBOX/cur/") && one.second == mail(3);
  });
  REQUIRE(file != tree.end());
  const std::string path = std::string(MirrorWorld::kRoot) + "/" + file->first;
  world.disk.remove(path);
  world.server.box("INBOX").faults.omit_body = {3};
  CHECK(world.sync().owed.size() == 1);
  world.disk.put(path, file->second);
  world.server.expunge("INBOX", 3);
  if (GENERATE(false, true)) world.server.bump_uid_validity("INBOX");
  world.server.box("INBOX").faults = {};
  for (int pass = 0; pass < 3; ++pass) {
    const SyncOutcome outcome = world.sync();
    if (outcome.error) FAIL(outcome.error->what);
    world.time.advance(minutes(5));
  }
  complete(world);
  CHECK(world.on_disk() == world.on_server());
  CHECK(world.kept() == std::multiset<std::string>{mail(3)});
}

TEST_CASE("accepting what nobody was told of lets nothing go") {
  MirrorWorld world;
  fill(world.server, "INBOX", 1, 5);
  complete(world);
  const SeenMessages before = world.on_disk();
  empty(world.server, "INBOX");
  world.accept_gone = true;
  CHECK(world.sync().owed.size() == 1);
  CHECK(world.on_disk() == before);
  world.time.advance(std::chrono::seconds(1));
  complete(world);
  CHECK(world.on_disk().empty());
  CHECK(world.kept().size() == 5);
}

TEST_CASE("a folder of which all mail waits for a person stays as a whole") {
  MirrorWorld world;
  world.options.keep_expunged = false;
  fill(world.server, "INBOX", 1, 5);
  fill(world.server, "Archive", 20, 25);
  complete(world);
  world.server.delete_folder("Archive");
  complete(world);
  world.time.advance(minutes(5));
  CHECK(world.sync().owed.size() == 1);
  CHECK(world.on_disk().size() == 11);
  world.time.advance(minutes(5));
  world.accept_gone = true;
  complete(world);
  CHECK(world.on_disk() == world.on_server());
  complete(world);
}
