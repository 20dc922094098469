// A message that is longer than a session lasts (cut_body.h).
#include <catch2/catch.hpp>

#include "tests/sync/pass/mirror_world.h"

using namespace imapkeep;

namespace {

constexpr std::size_t kMega = 1U << 20;

/// Every line of it is another one.
std::string big(std::size_t size, const std::string& kind = "line") {
  std::string text = "Subject: big\r\n\r\n";
  for (int i = 0; text.size() < size; ++i) text += kind + " " + std::to_string(i) + "\r\n";
  return text;
}

void fill(MirrorWorld& world) {
  for (int i = 1; i <= 5; ++i) {
    const bool is_big = i == 3;
    world.server.deliver("INBOX", is_big ? big(12 * kMega) : "Subject: x\r\n\r\nsmall\r\n", {},
                         1'700'000'000 + i);
  }
  world.server.create_folder("Sent");
  world.server.deliver("Sent", "Subject: sent\r\n\r\nx\r\n", {}, 1'700'000'000);
}

}  // namespace

TEST_CASE("a message that is longer than a session is fetched in parts, and nobody is blamed") {
  MirrorWorld world;
  fill(world);
  world.server.session_octets = 5 * kMega / 2;
  world.server.session_end = GENERATE(as<std::string>(), "", "* BYE [UNAVAILABLE] later",
                                      "* BYE Session expired, please login again");
  INFO(world.server.session_end);
  const SyncOutcome outcome = world.sync();
  if (outcome.error) FAIL(outcome.error->what);
  CHECK(outcome.owed == std::vector<std::string>{});
  CHECK(world.on_disk() == world.on_server());
  CHECK(world.server.logins() <= 9);
  CHECK(world.server.count("UID FETCH 3 (UID BODY.PEEK[]<0.4096>)") >= 3);
  CHECK(world.server.count("UID FETCH 3 (UID BODY.PEEK[]<") >= 3);
}

TEST_CASE("tokens that end in the middle of a message cost it nothing") {
  MirrorWorld world;
  fill(world);
  world.credentials.lives = std::chrono::seconds(1);
  world.server.session_octets = 5 * kMega / 2;
  const SyncOutcome outcome = world.sync();
  if (outcome.error) FAIL(outcome.error->what);
  CHECK(outcome.owed == std::vector<std::string>{});
  CHECK(world.on_disk() == world.on_server());
}

TEST_CASE("a rest that is not the rest of what is here is not taken for it") {
  MirrorWorld world;
  fill(world);
  world.server.session_octets = 5 * kMega / 2;
  // From the second session on the server tells another message, or cannot tell parts; then it is
  // asked for whole, and sessions last.
  const auto how = GENERATE(as<std::string>(), "another", "another head", "another end", "shorter",
                            "whole", "NO cannot", "BAD <>");
  INFO(how);
  world.server.before_command = [&](const std::string& command) {
    if (command.find("BODY.PEEK[]<") == std::string::npos) return true;
    world.server.session_octets.reset();
    std::string& body = world.server.box("INBOX").messages.at(3).body;
    if (how == "another head") body.replace(9, 3, "BIG");
    if (how == "another end") body.replace(2 * kMega, kMega, std::string(kMega, 'e'));
    if (how == "another") world.server.box("INBOX").messages.at(3).body = big(12 * kMega, "thing");
    if (how == "shorter") world.server.box("INBOX").messages.at(3).body = big(kMega);
    if (how == "whole" || how.ends_with("cannot") || how.ends_with(">")) {
      world.server.parts_are = how;
    }
    return true;
  };
  const SyncOutcome outcome = world.sync();
  if (outcome.error) FAIL(outcome.error->what);
  CHECK(world.on_disk().size() == 6);
  std::size_t found = 0;
  for (const auto& seen : world.on_disk()) {
    found += seen.bytes == world.server.box("INBOX").messages.at(3).body ? 1 : 0;
  }
  CHECK(found == 1);
  CHECK(world.server.count("UID FETCH 3 (UID BODY.PEEK[]<") <= 2);
  CHECK(world.server.bodies_served("INBOX", 3) >= 2);  // it was fetched whole
}

TEST_CASE("a session that brings nothing does not cost what is here") {
  MirrorWorld world;
  fill(world);
  int parts = 0;
  world.server.before_command = [&](const std::string& command) {
    const bool is_rest = command.find("BODY.PEEK[]<") != std::string::npos &&
                         command.find("BODY.PEEK[]<0.") == std::string::npos;
    if (is_rest) ++parts;
    world.server.session_octets = parts == 0              ? 5 * kMega / 2
                                  : is_rest && parts == 1 ? 9000
                                                          : 99 * kMega;
    return true;
  };
  const SyncOutcome outcome = world.sync();
  if (outcome.error) FAIL(outcome.error->what);
  CHECK(outcome.owed == std::vector<std::string>{});
  CHECK(world.on_disk() == world.on_server());
  CHECK(parts == 2);
  CHECK(world.server.count("UID FETCH 3 (UID BODY.PEEK[])") == 1);
}

TEST_CASE("a message at whose same octet every session ends is given up, and soon") {
  MirrorWorld world;
  fill(world);
  world.server.session_octets = 5 * kMega / 2;
  world.server.before_command = [&](const std::string& command) {
    if (command.find("BODY.PEEK[]<") != std::string::npos) world.server.session_octets = 5000;
    if (command.find("BODY.PEEK[])") != std::string::npos)
      world.server.session_octets = 5 * kMega / 2;
    return true;
  };
  const SyncOutcome outcome = world.sync();
  if (outcome.error) FAIL(outcome.error->what);
  REQUIRE(outcome.owed.size() == 1);
  CHECK(outcome.owed[0].starts_with("INBOX, UID 3: the connection is lost when this message"));
  CHECK(world.on_disk().size() == 5);
  CHECK(world.server.logins() <= 12);
  for (const auto& [path, bytes] : world.tree()) CHECK(bytes.size() < kMega);
}
