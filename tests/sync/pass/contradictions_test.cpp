// What a server says in one answer and contradicts in another, and what it never answers: the
// others are mirrored, and nothing that may be missing is called complete.
#include <algorithm>
#include <catch2/catch.hpp>
#include <utility>

#include "tests/sync/pass/mirror_world.h"

using namespace imapkeep;
using std::chrono::minutes;

namespace {

std::string mail(const std::string& what) { return "Subject: " + what + "\r\n\r\nhello\r\n"; }

void fill(MirrorWorld& world) {
  for (const std::string folder : {"A", "B", "C"}) world.server.create_folder(folder);
  for (const std::string folder : {"INBOX", "A", "B", "C"}) {
    for (int i = 1; i <= 4; ++i) world.server.deliver(folder, mail(folder + std::to_string(i)));
  }
}

void plain(MirrorWorld& world) { world.server.capabilities = {"IMAP4rev1", "AUTH=PLAIN"}; }

void check_complete(const SyncOutcome& outcome) {
  if (outcome.error) FAIL(outcome.error->what);
  CHECK(outcome.owed == std::vector<std::string>{});
}

bool asked_last(const MirrorWorld& world, const std::string& command) {
  return !world.server.commands().empty() && world.server.commands().back().starts_with(command);
}

/// Where the nth command stands that begins so.
std::size_t asked_at(const MirrorWorld& world, const std::string& command, int nth) {
  const auto& commands = world.server.commands();
  for (std::size_t i = 0; i < commands.size(); ++i) {
    if (commands[i].starts_with(command) && --nth == 0) return i;
  }
  return commands.size();
}

}  // namespace

TEST_CASE("a mailbox that EXAMINE alone calls empty is not believed") {
  MirrorWorld world;
  fill(world);
  const bool known = GENERATE(false, true);
  const bool is_plain = GENERATE(false, true);
  INFO((known ? "known" : "new") << (is_plain ? ", plain" : ""));
  if (is_plain) plain(world);
  if (known) {
    check_complete(world.sync());
    world.server.deliver("A", mail("new"));
    world.time.advance(minutes(10));
  }
  world.server.rewrite = [&](const std::string& line) -> std::string {
    const bool lie = asked_last(world, "EXAMINE \"A\"") && line.ends_with(" EXISTS");
    return (lie ? "* 0 EXISTS" : line) + "\r\n";
  };
  const SyncOutcome outcome = world.sync();
  if (outcome.error) FAIL(outcome.error->what);
  CHECK(world.on_disk() == world.on_server());  // the list of UIDs was asked for all the same
  REQUIRE(outcome.owed.size() == 1);
  CHECK(outcome.owed[0].starts_with("A: the server lists "));
  CHECK(outcome.owed[0].ends_with(" UIDs of 0 messages"));
  world.server.rewrite = nullptr;
  check_complete(world.sync());
  CHECK(world.on_disk() == world.on_server());
  CHECK(world.kept().empty());
}

TEST_CASE("EXAMINE and the list of UIDs against STATUS: the folder is owed") {
  MirrorWorld world;
  fill(world);
  check_complete(world.sync());
  world.server.deliver("A", mail("5"));
  world.server.before_command = [&](const std::string& command) {
    if (command.starts_with("EXAMINE")) world.server.box("A").faults.overlooked = {2, 5};
    return true;
  };
  const SyncOutcome outcome = world.sync();
  if (outcome.error) FAIL(outcome.error->what);
  REQUIRE(outcome.owed.size() == 1);
  CHECK(outcome.owed[0] == "A: STATUS says 5 messages and EXAMINE 3; the next pass looks again");
  world.server.before_command = nullptr;
  world.server.box("A").faults = {};
  check_complete(world.sync());
  CHECK(world.on_disk() == world.on_server());
}

TEST_CASE("mail that goes between LIST and EXAMINE, or comes behind it, owes nothing") {
  MirrorWorld world;
  fill(world);
  check_complete(world.sync());
  world.time.advance(minutes(10));
  world.server.set_flags("A", 1, {"\\Seen"});  // or nobody would look
  bool gone = false;
  const std::string comes = GENERATE("", "told at once", "told by NOOP");
  INFO(comes);
  world.server.before_command = [&](const std::string& command) {
    if (command.starts_with("EXAMINE \"A\"") && !std::exchange(gone, true)) {
      world.server.expunge("A", 2);
    }
    if (!comes.empty() && command.starts_with("STATUS \"A\"")) {
      world.server.deliver("A", mail("late"));
      world.server.deliver("A", mail("later"));
    }
    return true;
  };
  std::string held;
  world.server.rewrite = [&](const std::string& line) -> std::string {
    const bool is_news = line.ends_with(" EXISTS") && asked_last(world, "STATUS \"A\"");
    if (is_news && comes == "told by NOOP") {
      held = line + "\r\n";
      return "";
    }
    const bool is_end = asked_last(world, "NOOP") && line.find(" OK ") != std::string::npos;
    return (is_end ? std::exchange(held, "") : "") + line + "\r\n";
  };
  check_complete(world.sync());
  CHECK(gone);
  world.server.before_command = nullptr;
  world.server.rewrite = nullptr;
  check_complete(world.sync());
  CHECK(world.on_disk() == world.on_server());
}

TEST_CASE("an empty mailbox costs one STATUS, once") {
  MirrorWorld world;
  fill(world);
  plain(world);
  world.server.create_folder("Empty");
  world.server.deliver("Empty", mail("soon gone"));
  world.server.expunge("Empty", 1);
  world.server.create_folder("Never used");
  SECTION("STATUS of the open folder is refused") {
    world.server.box("Empty").faults.refuse_status = "BAD not of the folder that is open";
  }
  SECTION("STATUS agrees") {}
  check_complete(world.sync());
  CHECK(world.server.count("STATUS") == 1);
  world.server.forget_counts();
  check_complete(world.sync());
  CHECK(world.server.count("STATUS") == 0);
}

TEST_CASE("a folder that is never answered is owed, and all others are mirrored") {
  MirrorWorld world;
  fill(world);
  if (GENERATE(false, true)) plain(world);
  const bool known = GENERATE(false, true);
  const std::string where = GENERATE("EXAMINE", "UID SEARCH", "UID FETCH 5");
  const std::string how = GENERATE("silence", "the end");
  INFO(where << ", " << how << (known ? ", known" : ", new"));
  if (known || where != "EXAMINE") {
    check_complete(world.sync());
    for (const std::string folder : {"A", "C"}) world.server.deliver(folder, mail("new"));
    world.server.expunge("A", 2);  // or no list would be asked for
    world.time.advance(minutes(10));
  }
  world.server.forget_counts();
  world.server.rewrite = [&](const std::string& line) -> std::string {
    const auto& commands = world.server.commands();
    const auto opened = std::find_if(commands.rbegin(), commands.rend(), [](const auto& command) {
      return command.starts_with("EXAMINE ");
    });
    const bool lie = opened != commands.rend() && opened->starts_with("EXAMINE \"A\"") &&
                     asked_last(world, where) && line.find(" OK ") != std::string::npos &&
                     !line.starts_with("*");
    if (!lie) return line + "\r\n";
    if (how == "the end") world.network.last_link()->close();
    return "";
  };
  const SyncOutcome outcome = world.sync();
  if (outcome.error) FAIL(outcome.error->what);
  REQUIRE(outcome.owed.size() == 1);
  CHECK(outcome.owed[0].starts_with("A: the connection is lost there again and again: "));
  // The others come before it is tried again; a new folder is first tried without an opening.
  const bool opened = !known && world.server.capabilities.contains("LIST-STATUS");
  CHECK(asked_at(world, "EXAMINE \"C\"", 1) < asked_at(world, "EXAMINE \"A\"", opened ? 3 : 2));
  CHECK(world.server.count("EXAMINE \"A\"") <= 3);
  for (const SeenMessage& message : world.on_server()) {
    if (message.folder != "A") CHECK(world.on_disk().contains(message));
  }
  world.server.rewrite = nullptr;
  check_complete(world.sync());
  world.time.advance(minutes(10));
  check_complete(world.sync());
  CHECK(world.on_disk() == world.on_server());
}

TEST_CASE("two folders that are never answered do not hide the one behind them") {
  MirrorWorld world;
  fill(world);
  plain(world);
  world.server.rewrite = [&](const std::string& line) -> std::string {
    const bool bad = asked_last(world, "EXAMINE \"A\"") || asked_last(world, "EXAMINE \"B\"");
    return bad && !line.starts_with("*") ? "" : line + "\r\n";
  };
  const SyncOutcome outcome = world.sync();
  if (outcome.error) FAIL(outcome.error->what);
  CHECK(outcome.owed.size() == 2);
  CHECK(world.on_disk().size() == 8);  // INBOX and C
}

TEST_CASE("a list of folders with a line that cannot be read") {
  MirrorWorld world;
  fill(world);
  if (GENERATE(false, true)) plain(world);
  int lines = 0;
  const int times = GENERATE(1, 100);
  const bool left_out = GENERATE(false, true);
  world.server.rewrite = [&](const std::string& line) -> std::string {
    if (!line.starts_with("* LIST ") || !line.ends_with("\"B\"") || lines++ >= times) {
      return line + "\r\n";
    }
    return left_out ? "" : "* LIST (\r\n";
  };
  const SyncOutcome outcome = world.sync();
  if (outcome.error) FAIL(outcome.error->what);
  const bool told = world.server.capabilities.contains("LIST-STATUS");
  if (left_out) {
    // Only where its STATUS came with the list, somebody could know.
    if (times == 1 && told) CHECK(world.on_disk() == world.on_server());
    return;
  }
  if (times == 1) {
    CHECK(outcome.owed == std::vector<std::string>{});
    CHECK(world.on_disk() == world.on_server());
    return;
  }
  REQUIRE(outcome.owed.size() == 1);
  CHECK(
      outcome.owed[0].starts_with("(all): 1 line of the server's list of folders cannot be read"));
  CHECK(world.on_disk().size() == 12);
}
