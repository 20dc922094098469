// Bodies that are not as long as announced, through a whole pass.
#include <catch2/catch.hpp>

#include "sync/plan/body_check.h"
#include "sync/state/sqlite/read_ledger.h"
#include "tests/sync/pass/mirror_world.h"

using namespace imapkeep;

namespace {

const std::string kInvention =
    "From: System Administrator <root@localhost>\r\nSubject: message unavailable\r\n\r\n"
    "This message is no longer available on the server.\r\n";

std::string mail(int number, std::size_t size = 300) {
  std::string text = "Subject: number " + std::to_string(number) + "\r\n\r\n";
  while (text.size() < size) text += "Line after line of it.\r\n";
  return text;
}

void fill(MirrorWorld& world, int messages) {
  for (int i = 1; i <= messages; ++i) {
    world.server.deliver("INBOX", mail(i), {}, 1'700'000'000 + i);
  }
}

std::multiset<std::string> bodies(const MirrorWorld& world) {
  std::multiset<std::string> all;
  for (const auto& seen : world.on_disk()) all.insert(seen.bytes);
  return all;
}

void check_complete(const SyncOutcome& outcome) {
  if (outcome.error) FAIL(outcome.error->what);
  CHECK(outcome.owed == std::vector<std::string>{});
}

std::string journal(const MirrorWorld& world) {
  std::string text;
  for (const auto& [path, bytes] : world.tree()) {
    if (path.starts_with(".imapkeep/journal/")) text += bytes;
  }
  return text;
}

}  // namespace

TEST_CASE("a body that was cut is asked for again, and comes") {
  MirrorWorld world;
  fill(world, 3);
  auto& faults = world.server.box("INBOX").faults;
  if (GENERATE(true, false)) world.server.capabilities.erase("LIST-STATUS");  // no opening
  faults.bodies_before[2] = {"Subject: number 2\r\n\r\n"};
  const bool again = GENERATE(false, true);
  // In an opening the line may have been given away: then it is fetched in a visit of its own.
  if (again) faults.bodies_before[3] = {mail(3) + ")\r\n* 4 FETCH (UID 4 BODY[] {3}\r\n"};
  check_complete(world.sync());
  CHECK(world.on_disk() == world.on_server());
  CHECK(journal(world).find("doubtful") == std::string::npos);
  CHECK(world.leftovers().empty());
}

TEST_CASE("a body that comes twice in the same way is the message") {
  MirrorWorld world;
  fill(world, 3);
  auto& faults = world.server.box("INBOX").faults;
  std::string body;
  SECTION("shorter than announced") { body = "Subject: short\r\n\r\n"; }
  SECTION("longer") { body = mail(2, 900); }
  faults.other_body[2] = body;
  check_complete(world.sync());
  CHECK(bodies(world) == std::multiset<std::string>{mail(1), body, mail(3)});
  CHECK(journal(world).find("doubtful") == std::string::npos);
  CHECK(world.server.bodies_served("INBOX", 2) >= 2);
  CHECK(world.log.contains("kept with another size than announced"));
  const auto reports = read_ledger(world.state.file("ledger.sqlite"));
  REQUIRE(reports);
  CHECK(reports->at(0).other_sizes == 1);
  CHECK(reports->at(0).doubtful.empty());
  CHECK(world.leftovers().empty());
}

TEST_CASE("two different bodies, and none as announced: the longer one is kept and in doubt") {
  MirrorWorld world;
  fill(world, 3);
  world.server.capabilities.erase("LIST-STATUS");
  auto& faults = world.server.box("INBOX").faults;
  const std::string first = GENERATE(as<std::string>(), "Subject: one\r\n\r\n", mail(2, 900));
  const std::string second = mail(7, 600);
  faults.bodies_before[2] = {first};
  faults.other_body[2] = second;
  check_complete(world.sync());
  const std::string longer = first.size() > second.size() ? first : second;
  CHECK(bodies(world) == std::multiset<std::string>{mail(1), longer, mail(3)});
  CHECK(journal(world).find("doubtful") != std::string::npos);
  const auto reports = read_ledger(world.state.file("ledger.sqlite"));
  REQUIRE(reports);
  REQUIRE(reports->at(0).doubtful.size() == 1);
  CHECK(reports->at(0).doubtful.at(0).key.uid == Uid{2});
  CHECK(world.leftovers().empty());
}

TEST_CASE("equally long and different: in doubt, too") {
  MirrorWorld world;
  fill(world, 3);
  world.server.capabilities.erase("LIST-STATUS");
  auto& faults = world.server.box("INBOX").faults;
  faults.bodies_before[2] = {"Subject: one\r\n\r\n"};
  faults.other_body[2] = "Subject: two\r\n\r\n";
  check_complete(world.sync());
  CHECK(world.on_disk().size() == 3);
  CHECK(journal(world).find("doubtful") != std::string::npos);
  CHECK(world.leftovers().empty());
}

TEST_CASE("the second time nothing comes: what came first is kept and in doubt") {
  MirrorWorld world;
  fill(world, 3);
  world.server.capabilities.erase("LIST-STATUS");
  auto& faults = world.server.box("INBOX").faults;
  faults.bodies_before[2] = {"Subject: one\r\n\r\n"};
  bool looked = false;
  world.server.before_command = [&](const std::string& command) {
    looked = looked || command.starts_with("NOOP");
    if (looked) {
      SECTION("NIL") { faults.nil_body.insert(2); }
      SECTION("empty") { faults.other_body[2] = ""; }
      SECTION("nothing") { faults.omit_body.insert(2); }
      SECTION("a refusal") { faults.refuse_body.insert(2); }
    }
    return true;
  };
  check_complete(world.sync());
  CHECK(looked);
  CHECK(bodies(world).contains("Subject: one\r\n\r\n"));
  CHECK(journal(world).find("doubtful") != std::string::npos);
}

TEST_CASE("a message that is gone when it is asked for again was none") {
  MirrorWorld world;
  fill(world, 3);
  if (GENERATE(true, false)) world.server.capabilities.erase("LIST-STATUS");
  auto& faults = world.server.box("INBOX").faults;
  faults.bodies_before[2] = {"Subject: not available\r\n\r\n"};
  world.server.before_command = [&](const std::string& command) {
    if (command.starts_with("NOOP") && world.server.box("INBOX").messages.contains(2)) {
      world.server.expunge("INBOX", 2);
    }
    return true;
  };
  check_complete(world.sync());
  CHECK(bodies(world) == std::multiset<std::string>{mail(1), mail(3)});
  CHECK(world.kept().empty());
  CHECK(world.leftovers().empty());
}

TEST_CASE("what Courier makes up for a message is never mail") {
  MirrorWorld world;
  fill(world, 3);
  if (GENERATE(true, false)) world.server.capabilities.erase("LIST-STATUS");
  world.server.capabilities.erase("ID");
  world.server.greeting = "* OK Courier-IMAP ready. Copyright 1998-2019";
  auto& faults = world.server.box("INBOX").faults;
  faults.other_body[2] = kInvention;
  if (GENERATE(true, false)) faults.wrong_size[2] = kInvention.size();
  SECTION("it has been expunged, which NOOP tells") {
    world.server.before_command = [&](const std::string& command) {
      if (command.starts_with("NOOP") && world.server.box("INBOX").messages.contains(2)) {
        world.server.expunge("INBOX", 2);
      }
      return true;
    };
    check_complete(world.sync());
  }
  SECTION("its file cannot be read: it is owed until it can") {
    const auto outcome = world.sync();
    REQUIRE(!outcome.error);
    REQUIRE(outcome.owed.size() == 1);
    CHECK(outcome.owed.at(0).find("words of its own") != std::string::npos);
    faults.other_body.clear();
    faults.wrong_size.clear();
    check_complete(world.sync());
    CHECK(world.on_disk() == world.on_server());
  }
  CHECK_FALSE(bodies(world).contains(kInvention));
  CHECK(world.kept().empty());
}

TEST_CASE("a server that counts all sizes wrongly is not asked twice for all of them") {
  MirrorWorld world;
  fill(world, 300);
  world.server.capabilities.erase("LIST-STATUS");
  auto& faults = world.server.box("INBOX").faults;
  const bool shorter = GENERATE(false, true);
  for (std::uint32_t uid = 1; uid <= 300; ++uid) faults.wrong_size[uid] = shorter ? 1000 : 7;
  check_complete(world.sync());
  CHECK(world.on_disk() == world.on_server());
  // Too long ones only until it is known; too short ones always.
  if (shorter) {
    CHECK(world.server.bodies_served() == 600);
  } else {
    CHECK(world.server.bodies_served() < 600);
  }
  world.server.forget_counts();
  for (int i = 301; i <= 340; ++i) {
    const auto uid = world.server.deliver("INBOX", mail(i));
    faults.wrong_size[uid] = shorter ? 1000 : 7;
  }
  check_complete(world.sync());
  CHECK(world.on_disk() == world.on_server());
  CHECK(world.server.bodies_served() == (shorter ? 80 : 40));
}

TEST_CASE("a second question that costs the connection is not put again") {
  MirrorWorld world;
  fill(world, 3);
  world.server.capabilities.erase("LIST-STATUS");
  auto& faults = world.server.box("INBOX").faults;
  faults.other_body[2] = "Subject: short\r\n\r\n";
  bool looked = false;
  world.server.before_command = [&](const std::string& command) {
    if (command.starts_with("EXAMINE")) {
      looked = false;
      faults.disconnect_at.clear();
    }
    if (command.starts_with("NOOP")) looked = true;
    if (looked) faults.disconnect_at.insert(2);
    return true;
  };
  check_complete(world.sync());
  CHECK(bodies(world) == std::multiset<std::string>{mail(1), "Subject: short\r\n\r\n", mail(3)});
  CHECK(journal(world).find("doubtful") != std::string::npos);
}
