// Servers that answer in pieces, leave something out, or die at one message: the rest goes on.
#include <catch2/catch.hpp>

#include "tests/sync/pass/mirror_world.h"

using namespace imapkeep;

namespace {

std::string mail(int number) {
  return "Subject: number " + std::to_string(number) + "\r\n\r\nhello\r\n";
}

/// INBOX with many messages, and two folders behind it.
void fill(MirrorWorld& world, int count = 1500) {
  world.server.create_folder("Archive");
  world.server.create_folder("Sent");
  for (int i = 1; i <= count; ++i) world.server.deliver("INBOX", mail(i), {"\\Seen", "Work"});
  for (int i = 1; i <= 3; ++i) world.server.deliver("Archive", mail(i));
  world.server.deliver("Sent", mail(7));
}

void check_complete(const SyncOutcome& outcome) {
  if (outcome.error) FAIL(outcome.error->what);
  CHECK(outcome.owed == std::vector<std::string>{});
}

std::string first_of(const std::vector<std::string>& sentences) {
  return sentences.empty() ? "" : sentences.front();
}

}  // namespace

TEST_CASE("facts and flags that come in two responses are those of one message") {
  MirrorWorld world;
  fill(world, 300);
  world.server.box("INBOX").faults.split_facts = true;
  SECTION("one after the other") {}
  SECTION("without an opening") { world.server.capabilities.erase("LIST-STATUS"); }
  SECTION("nothing but IMAP4rev1") { world.server.capabilities = {"IMAP4rev1"}; }
  check_complete(world.sync());
  CHECK(world.on_disk() == world.on_server());
  world.server.set_flags("INBOX", 7, {"\\Flagged", "other"});
  check_complete(world.sync());
  CHECK(world.on_disk() == world.on_server());
}

TEST_CASE("an answer without FLAGS is not \"no flags\"") {
  MirrorWorld world;
  fill(world, 5);
  world.server.box("INBOX").faults.omit_flags = {3};
  SECTION("every extension") {}
  SECTION("without an opening") { world.server.capabilities.erase("LIST-STATUS"); }
  SECTION("no CONDSTORE") { world.server.capabilities.erase("CONDSTORE"); }
  SECTION("only in the first answer") {
    world.server.capabilities.erase("LIST-STATUS");
    int asked = 0;
    world.server.before_command = [&](const std::string& command) {
      if (command.find("INTERNALDATE") != std::string::npos && ++asked == 2) {
        world.server.box("INBOX").faults.omit_flags.clear();
      }
      return true;
    };
    check_complete(world.sync());
    CHECK(world.on_disk() == world.on_server());
    return;
  }
  const SyncOutcome outcome = world.sync();
  if (outcome.error) FAIL(outcome.error->what);
  CHECK(world.on_disk().size() == 9);  // its mail is stored all the same
  CHECK(first_of(outcome.owed) ==
        "INBOX: the server does not say the flags of 1 message (UID 3); the mail itself is stored, "
        "and the next pass asks again");
  // Nothing has changed on the server: no mod-sequence would tell that these flags were never read.
  world.server.box("INBOX").faults.omit_flags.clear();
  check_complete(world.sync());
  CHECK(world.on_disk() == world.on_server());
}

TEST_CASE("flags of a stored message that are left out of an answer are asked for again") {
  MirrorWorld world;
  fill(world, 5);
  check_complete(world.sync());
  world.server.set_flags("INBOX", 2, {"\\Answered"});
  world.server.box("INBOX").faults.omit_flags = {2};
  const SyncOutcome outcome = world.sync();
  REQUIRE(outcome.owed.size() == 1);
  CHECK(outcome.owed[0].find("flags of 1 message (UID 2)") != std::string::npos);
  world.server.box("INBOX").faults.omit_flags.clear();
  check_complete(world.sync());
  CHECK(world.on_disk() == world.on_server());
}

TEST_CASE("a message that costs the connection is found, and everything else goes on") {
  MirrorWorld world;
  world.server_options.silence_deadline = std::chrono::seconds(60);
  fill(world);
  ModelFaults& faults = world.server.box("INBOX").faults;
  const auto how = GENERATE(values<std::string>(
      {"", "silence",
       "* BYE FETCH failed: Internal error occurred. Refer to server log for more information.",
       "* BYE [UNAVAILABLE] later", "* 1 FETCH (UID 1 BODY[] {3}\r\nabcdef)"}));
  const auto where = GENERATE(values<std::string>({"facts", "body"}));
  INFO(how << " at " << where);
  faults.fatal = how;
  (where == "facts" ? faults.fatal_facts : faults.fatal_body) = {777};
  const SyncOutcome outcome = world.sync();
  if (outcome.error) FAIL(outcome.error->what);
  REQUIRE(outcome.owed.size() == 1);
  CHECK(outcome.owed[0].starts_with(
      "INBOX, UID 777: the connection is lost when this message is asked for: "));
  CHECK(world.on_disk().size() == 1503);
  CHECK(world.server.logins() <= 20);

  // Again: one more try, and no new record.
  const auto logins = world.server.logins();
  const auto before = world.tree();
  const SyncOutcome again = world.sync();
  if (again.error) FAIL(again.error->what);
  CHECK(again.owed == outcome.owed);
  CHECK(world.tree() == before);
  CHECK(world.server.logins() <= logins + 3);

  // Until the server is mended.
  faults.fatal_facts.clear();
  faults.fatal_body.clear();
  check_complete(world.sync());
  CHECK(world.on_disk() == world.on_server());
}

TEST_CASE("a stored message at whose flags the connection is lost") {
  MirrorWorld world;
  fill(world);
  check_complete(world.sync());
  ModelFaults& faults = world.server.box("INBOX").faults;
  const bool condstore = GENERATE(true, false);
  if (!condstore) world.server.capabilities.erase("CONDSTORE");
  faults.fatal = GENERATE(values<std::string>({"", "* BYE Internal error"}));
  faults.fatal_flags = {400};
  for (std::uint32_t uid = 300; uid < 500; ++uid) world.server.set_flags("INBOX", uid, {"\\Draft"});
  world.server.deliver("INBOX", mail(9999));
  world.server.deliver("Sent", mail(8));
  const SyncOutcome outcome = world.sync();
  if (outcome.error) FAIL(outcome.error->what);
  CAPTURE(outcome.owed, condstore);
  REQUIRE(outcome.owed.size() == 1);
  CHECK(
      outcome.owed[0].starts_with("INBOX: the server does not say the flags of 1 message "
                                  "(UID 400)"));
  CHECK(world.on_disk().size() == 1506);
  auto missing = world.on_server();
  for (const SeenMessage& message : world.on_disk()) {
    const auto found = missing.find(message);
    if (found != missing.end()) missing.erase(found);
  }
  CHECK(missing.size() == 1);
  faults.fatal_flags.clear();
  check_complete(world.sync());
  CHECK(world.on_disk() == world.on_server());
}

TEST_CASE("several bad messages in several folders, in one sync") {
  MirrorWorld world;
  fill(world, 400);
  for (const auto* folder : {"INBOX", "Archive"}) {
    world.server.box(folder).faults.fatal = "* BYE FETCH failed: Internal error occurred.";
  }
  world.server.box("INBOX").faults.fatal_facts = {17, 200, 201, 399};
  world.server.box("Archive").faults.fatal_body = {2};
  const SyncOutcome outcome = world.sync();
  if (outcome.error) FAIL(outcome.error->what);
  CHECK(outcome.owed.size() == 5);
  CHECK(world.on_disk().size() == 399);
}

TEST_CASE(
    "a folder of which every message costs the connection is left out, soon, for the others") {
  MirrorWorld world;
  fill(world, 60);
  ModelFaults& faults = world.server.box("INBOX").faults;
  faults.fatal = "* BYE Internal error";
  auto& fatal = GENERATE(true, false) ? faults.fatal_facts : faults.fatal_body;
  for (std::uint32_t uid = 1; uid <= 60; ++uid) fatal.insert(uid);
  const SyncOutcome outcome = world.sync();
  if (outcome.error) FAIL(outcome.error->what);
  CHECK(world.on_disk().size() == 4);
  CHECK(world.server.logins() <= 21);
  CHECK(std::any_of(outcome.owed.begin(), outcome.owed.end(), [](const std::string& sentence) {
    return sentence.starts_with("INBOX: the connection is lost there again and again: ");
  }));
}

TEST_CASE("a server that dies at every FETCH is given up, whatever it says") {
  MirrorWorld world;
  for (int folder = 0; folder < 40; ++folder) {
    const std::string name = "F" + std::to_string(folder);
    world.server.create_folder(name);
    for (int i = 0; i < 3; ++i) world.server.deliver(name, mail(i));
  }
  world.server.before_command = [&](const std::string& command) {
    if (!command.starts_with("UID FETCH")) return true;
    world.server.say_bye("Internal error");
    return false;
  };
  const SyncOutcome outcome = world.sync();
  INFO(world.server.logins() << " logins, " << outcome.owed.size() << " owed");
  for (const auto& sentence : outcome.owed) UNSCOPED_INFO(sentence);
  REQUIRE(outcome.error);
  CHECK(outcome.error->what.find("Internal error") != std::string::npos);
  CHECK(world.server.logins() < 100);
}

TEST_CASE("a list of UIDs that is far longer than the mailbox is not asked for one by one") {
  MirrorWorld world;
  fill(world, 6);
  world.server.capabilities.erase("LIST-STATUS");  // no opening
  world.server.box("INBOX").faults.extra_search = "1:4294967295";
  const SyncOutcome outcome = world.sync();
  if (outcome.error) FAIL(outcome.error->what);
  CHECK(world.on_disk() == world.on_server());
  REQUIRE(outcome.owed.size() == 1);
  CHECK(outcome.owed[0] == "INBOX: the server lists 4294967295 UIDs of 6 messages");
  CHECK(world.server.count("UID FETCH") < 12);
}

TEST_CASE("a message with thousands of keywords is stored with them") {
  MirrorWorld world;
  fill(world, 5);
  std::set<std::string> flags{"\\Seen"};
  for (int i = 0; i < 9000; ++i) flags.insert("keyword" + std::to_string(i));
  world.server.set_flags("INBOX", 2, flags);
  check_complete(world.sync());
  CHECK(world.on_disk() == world.on_server());
  flags.insert("another");
  world.server.set_flags("INBOX", 2, flags);
  check_complete(world.sync());
  world.server.set_flags("INBOX", 2, {"\\Draft"});
  check_complete(world.sync());
  CHECK(world.on_disk() == world.on_server());
}
