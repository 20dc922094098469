// One bad message among many, wherever it is met, costs itself and not what was asked for with it.
#include <catch2/catch.hpp>

#include "sync/pass/suspects.h"
#include "tests/sync/pass/mirror_world.h"

using namespace imapkeep;

namespace {

std::string mail(int number) {
  return "Subject: number " + std::to_string(number) + "\r\n\r\nhello\r\n";
}

void fill(MirrorWorld& world, const std::string& folder, int count) {
  for (int i = 1; i <= count; ++i) world.server.deliver(folder, mail(i), {"\\Seen"});
}

void check_complete(const SyncOutcome& outcome) {
  if (outcome.error) FAIL(outcome.error->what);
  CHECK(outcome.owed == std::vector<std::string>{});
}

std::size_t in_folder(const MirrorWorld& world, const std::string& folder) {
  std::size_t count = 0;
  for (const auto& seen : world.on_disk()) count += seen.folder == folder ? 1 : 0;
  return count;
}

std::string journal(const MirrorWorld& world) {
  std::string text;
  for (const auto& [path, bytes] : world.tree()) {
    if (path.starts_with(".imapkeep/journal/")) text += bytes;
  }
  return text;
}

std::uint64_t served_in(const MirrorWorld& world, const std::string& folder) {
  std::uint64_t served = 0;
  for (std::uint32_t uid = 1; uid <= 40; ++uid) served += world.server.bodies_served(folder, uid);
  return served;
}

/// The UID that a FETCH response with a body begins with; 0: it is none.
std::uint32_t body_of(const std::string& line) {
  const auto uid = line.find("(UID ");
  if (uid == std::string::npos || line.find("BODY[] {") == std::string::npos) return 0;
  return static_cast<std::uint32_t>(std::stoul(line.substr(uid + 5)));
}

}  // namespace

TEST_CASE("a server that counts sizes wrongly is mirrored, however often the connection is lost") {
  MirrorWorld world;
  fill(world, "INBOX", 300);
  auto& faults = world.server.box("INBOX").faults;
  const bool shorter = GENERATE(false, true);
  if (GENERATE(false, true)) world.server.capabilities.erase("LIST-STATUS");
  for (std::uint32_t uid = 1; uid <= 300; ++uid) faults.wrong_size[uid] = shorter ? 1000 : 7;
  int bodies = 0;
  world.server.rewrite = [&](const std::string& line) {
    const auto uid = body_of(line);
    if (uid != 0) faults.disconnect_at.clear();
    if (uid != 0 && ++bodies % 100 == 0) faults.disconnect_at.insert(uid);
    return line + "\r\n";
  };
  check_complete(world.sync());
  CHECK(world.on_disk() == world.on_server());
  CHECK(world.server.bodies_served() < (shorter ? 1500U : 700U));
  CHECK(world.leftovers().empty());
}

TEST_CASE("what was asked for twice is kept when the connection is lost behind it") {
  MirrorWorld world;
  fill(world, "INBOX", 1500);
  auto& faults = world.server.box("INBOX").faults;
  for (std::uint32_t uid = 1; uid <= 1500; ++uid) faults.wrong_size[uid] = 1000;
  int bodies = 0;
  std::set<std::uint32_t> twice;
  world.server.rewrite = [&](const std::string& line) {
    const auto uid = body_of(line);
    faults.disconnect_at.clear();
    if (uid != 0 && ++bodies == 1400) {
      faults.disconnect_at.insert(uid);
      for (std::uint32_t each = 1; each <= 1500; ++each) {
        if (each != uid && world.server.bodies_served("INBOX", each) == 2) twice.insert(each);
      }
    }
    return line + "\r\n";
  };
  check_complete(world.sync());
  CHECK(world.on_disk() == world.on_server());
  CHECK(twice.size() > 300);
  for (const std::uint32_t uid : twice) CHECK(world.server.bodies_served("INBOX", uid) == 2);
}

TEST_CASE("one bad message in a renamed folder stops nothing") {
  MirrorWorld world;
  world.server.create_folder("Old");
  fill(world, "INBOX", 3);
  fill(world, "Old", 30);
  check_complete(world.sync());
  world.server.rename_folder("Old", "Fresh");
  world.server.deliver("INBOX", mail(100));
  auto& faults = world.server.box("Fresh").faults;
  world.server.forget_counts();
  SECTION("it costs the connection: others recognise the folder") {
    faults.fatal_facts = {30};
    faults.fatal = GENERATE(as<std::string>(), "", "* BYE Internal error");
    const SyncOutcome outcome = world.sync();
    if (outcome.error) FAIL(outcome.error->what);
    CHECK(in_folder(world, "Fresh") == 30);
    CHECK(in_folder(world, "Old") == 0);
    CHECK(served_in(world, "Fresh") == 0);
  }
  SECTION("they all do: it is mirrored as a new one") {
    int asked = 0;
    world.server.before_command = [&](const std::string& command) {
      return command.find("UID FETCH 21:30 (UID FLAGS") == std::string::npos &&
             (command.find("UID FETCH 11:20 (UID FLAGS") == std::string::npos || ++asked > 1);
    };
    const SyncOutcome outcome = world.sync();
    if (outcome.error) FAIL(outcome.error->what);
    CHECK(in_folder(world, "Fresh") == 30);
    CHECK(served_in(world, "Fresh") == 30);
  }
  SECTION("it is refused: mirrored as a new one") {
    faults.refuse_facts = {30};
    const SyncOutcome outcome = world.sync();
    if (outcome.error) FAIL(outcome.error->what);
    CHECK(in_folder(world, "Fresh") == 30);
    CHECK(served_in(world, "Fresh") == 30);
  }
  SECTION("the folder cannot be examined without a loss: it alone is owed") {
    world.server.before_command = [&](const std::string& command) {
      return command.find("EXAMINE \"Fresh\"") == std::string::npos;
    };
    const SyncOutcome outcome = world.sync();
    if (outcome.error) FAIL(outcome.error->what);
    CHECK(outcome.owed.size() == 1);
  }
  CHECK(in_folder(world, "INBOX") == 4);
}

TEST_CASE("a bad message among those whose flags are asked for costs a few questions") {
  MirrorWorld world;
  fill(world, "INBOX", 1500);
  check_complete(world.sync());
  const bool condstore = GENERATE(true, false);
  if (!condstore) world.server.capabilities.erase("CONDSTORE");
  auto& faults = world.server.box("INBOX").faults;
  for (std::uint32_t uid = 1; uid <= 1500; ++uid) world.server.set_flags("INBOX", uid, {"\\Draft"});
  world.server.deliver("INBOX", mail(9999));
  world.server.forget_counts();
  SECTION("one") {
    faults.refuse_facts = {700};
    const SyncOutcome outcome = world.sync();
    if (outcome.error) FAIL(outcome.error->what);
    REQUIRE(outcome.owed.size() == 1);
    CHECK(outcome.owed[0].find("flags of 1 message (UID 700)") != std::string::npos);
    CHECK(world.server.count("UID FETCH") < 60);
  }
  SECTION("ten: the limit is for servers that refuse everything") {
    for (std::uint32_t uid = 100; uid <= 1000; uid += 100) faults.refuse_facts.insert(uid);
    const SyncOutcome outcome = world.sync();
    if (outcome.error) FAIL(outcome.error->what);
    REQUIRE(outcome.owed.size() == 1);
    CHECK(outcome.owed[0].find("flags of 10 messages (UID 1000 and lower)") != std::string::npos);
    CHECK(world.server.count("UID FETCH") < 400);
  }
  SECTION("all: new mail is fetched all the same") {
    for (std::uint32_t uid = 1; uid <= 1500; ++uid) faults.refuse_facts.insert(uid);
    const SyncOutcome outcome = world.sync();
    if (outcome.error) FAIL(outcome.error->what);
    REQUIRE(outcome.owed.size() == 1);
    CHECK(outcome.owed[0].find("flags of 1500 messages") != std::string::npos);
    CHECK(world.server.count("UID FETCH") < 80);
  }
  CHECK(in_folder(world, "INBOX") == 1501);
  faults.refuse_facts.clear();
  check_complete(world.sync());
  CHECK(world.on_disk() == world.on_server());
}

TEST_CASE("a list as long as the mailbox says, of messages that are not there") {
  MirrorWorld world;
  fill(world, "INBOX", 3);
  world.server.create_folder("Sent");
  fill(world, "Sent", 2);
  if (GENERATE(false, true)) world.server.capabilities.erase("LIST-STATUS");
  auto& faults = world.server.box("INBOX").faults;
  faults.extra_search = "1:5000";
  world.server.rewrite = [](const std::string& line) {
    return (line == "* 3 EXISTS" ? "* 5000 EXISTS" : line) + "\r\n";
  };
  const SyncOutcome outcome = world.sync();
  if (outcome.error) FAIL(outcome.error->what);
  CHECK(world.on_disk() == world.on_server());
  CHECK(outcome.owed ==
        std::vector<std::string>{"INBOX: the server lists 4997 messages and does not show them; "
                                 "ask whoever runs it"});
  CHECK(journal(world).find("quarantine") == std::string::npos);
  faults.extra_search.clear();
  world.server.rewrite = nullptr;
  check_complete(world.sync());
}

TEST_CASE("an opening holds no more than as many messages can need") {
  MirrorWorld world;
  fill(world, "INBOX", 3);
  auto& box = world.server.box("INBOX");
  box.uid_next = 4'000'000;  // the opening asks for all UIDs below
  box.faults.split_facts = true;
  bool noise = true;
  world.server.rewrite = [&](const std::string& line) {
    std::string text;
    if (line.starts_with("* 1 FETCH (UID 1 FLAGS") && std::exchange(noise, false)) {
      for (int uid = 1000; uid < 1100; ++uid) {
        text += "* 1 FETCH (UID " + std::to_string(uid) + " FLAGS (noise))\r\n";
      }
    }
    return text + line + "\r\n";
  };
  check_complete(world.sync());
  CHECK(world.on_disk() == world.on_server());
  // The flags that came behind the noise were not taken in, and their messages asked for again.
  CHECK(world.server.bodies_served() == 6);
}

TEST_CASE("of a group of suspects only the convicted one is left out") {
  MirrorWorld world;
  fill(world, "INBOX", 5);
  world.server.capabilities.erase("LIST-STATUS");
  auto& faults = world.server.box("INBOX").faults;
  faults.omit_body = {5};
  REQUIRE(world.sync().owed.size() == 1);
  // Asked for alone, it now costs the connection; meanwhile there are others in its window.
  faults.omit_body.clear();
  faults.fatal_body = {5};
  bool cut = false;
  world.server.before_command = [&](const std::string& command) {
    const bool facts = command.find("INTERNALDATE") != std::string::npos;
    if (command.starts_with("UID FETCH 5 (UID BODY")) {
      for (int i = 6; i <= 9; ++i) world.server.deliver("INBOX", mail(i));
    }
    return !(facts && command.starts_with("UID FETCH 5:9 ") && !std::exchange(cut, true));
  };
  const SyncOutcome outcome = world.sync();
  if (outcome.error) FAIL(outcome.error->what);
  CHECK(cut);
  CHECK(in_folder(world, "INBOX") == 8);
  CHECK(outcome.owed.size() == 1);
}

TEST_CASE("bad messages that were mended, or are known for long, do not count against a folder") {
  Suspects suspects;
  const FolderId folder{3};
  const Suspects::Place place{folder, UidValidity{9}};
  const MonoTime start = MonoTime{} + std::chrono::hours(5);
  for (std::uint32_t uid = 1; uid <= 30; ++uid) {
    for (int strike = 0; strike < Suspects::kStrikes; ++strike) {
      suspects.connection_lost(UidSet::of(Uid{uid}, Uid{uid}), place, "lost", start);
    }
  }
  CHECK(suspects.convictions_in(folder, start) == 30);
  CHECK(suspects.convictions_in(FolderId{4}, start) == 0);
  for (std::uint32_t uid = 1; uid <= 25; ++uid)
    suspects.arrived({folder, UidValidity{9}, Uid{uid}});
  CHECK(suspects.convictions_in(folder, start) == 5);
  // A later run has found none of them.
  CHECK(suspects.convictions_in(folder, start + std::chrono::minutes(10)) == 0);
}
