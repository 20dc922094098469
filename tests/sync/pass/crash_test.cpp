// The plug is pulled before every step: at every change of the disk (kill and power cut), and with
// the connection cut after every so many bytes. Whatever happened, the next pass makes the mirror
// exact, doubles nothing, and leaves nothing in tmp.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>

#include "tests/support/sanitized.h"
#include "tests/sync/pass/mirror_world.h"

using namespace imapkeep;

namespace {

void furnish(ModelImapServer& server) {
  server.create_folder("A");
  for (int i = 1; i <= 3; ++i) {
    server.deliver("INBOX", "Subject: " + std::to_string(i) + "\r\n\r\nbody\r\n", {}, 1000 + i);
  }
  server.deliver("A", "Subject: 1\r\n\r\nbody\r\n", {"\\Seen"}, 1001);
}

/// What happens between a first pass and the one that is interrupted.
using Story = void (*)(ModelImapServer&);

struct Case {
  const char* name;
  bool first_pass;
  Story story;
};

const Case kCases[] = {
    {"a first mirror", false, [](ModelImapServer&) {}},
    {"new mail, flags, an expunge and a move", true,
     [](ModelImapServer& server) {
       server.deliver("A", "Subject: new\r\n\r\n", {}, 5000);
       server.set_flags("INBOX", 1, {"\\Seen", "\\Flagged"});
       server.expunge("INBOX", 2);
       server.move("INBOX", 3, "A");
     }},
    {"a move and an expunge behind it", true,
     [](ModelImapServer& server) {
       server.move("INBOX", 1, "A");
       server.expunge("INBOX", 2);
     }},
    {"a renamed folder", true, [](ModelImapServer& server) { server.rename_folder("A", "B/C"); }},
    {"a new UIDVALIDITY", true, [](ModelImapServer& server) { server.bump_uid_validity("INBOX"); }},
};

bool has_bytes(const SeenMessages& messages, const std::string& bytes) {
  return std::any_of(messages.begin(), messages.end(),
                     [&](const SeenMessage& message) { return message.bytes == bytes; });
}

void check_recovers(MirrorWorld& world) {
  const SyncOutcome outcome = world.sync();
  if (outcome.error) FAIL(outcome.error->what);
  CHECK(outcome.owed.empty());
  // A rename whose sample was lost again and again is a new folder and a missing one, which leaves
  // by two lists minutes apart.
  if (world.log.contains("folder looked renamed and is not")) {
    for (int passes = 0; passes < 3; ++passes) {
      world.time.advance(std::chrono::minutes(3));
      CHECK_FALSE(world.sync().error);
    }
  }
  CHECK(world.on_disk() == world.on_server());
  CHECK(world.leftovers().empty());
  // What was expunged is kept, and nothing else; but what had moved may be, where the pass could
  // not visit its new folder before.
  const std::string expunged = "Subject: 2\r\n\r\nbody\r\n";
  const bool is_live = has_bytes(world.on_server(), expunged);
  CHECK((is_live || world.kept().contains(expunged)));
  for (const std::string& bytes : world.kept()) {
    CHECK((bytes == expunged || has_bytes(world.on_server(), bytes)));
  }
}

enum class Plug { kKill, kPowerCut, kPowerCutNamesKept };

}  // namespace

TEST_CASE("killed or cut off before every change of the disk, the next pass is exact") {
  const Plug plug = GENERATE(Plug::kKill, Plug::kPowerCut, Plug::kPowerCutNamesKept);
  for (const Case& one : kCases) {
    std::uint64_t points = 0;
    for (std::uint64_t n = 1;; n += kStride) {
      MirrorWorld world;
      furnish(world.server);
      if (one.first_pass) REQUIRE_FALSE(world.sync().error);
      one.story(world.server);
      world.disk.kill_at(n);
      const bool killed = world.sync_killed_when([&] { return world.disk.killed(); });
      if (!killed) break;
      ++points;
      if (plug != Plug::kKill) {
        world.disk.power_cut(plug == Plug::kPowerCut ? MemoryDisk::Cut::kLoseNames
                                                     : MemoryDisk::Cut::kKeepNames);
      }
      INFO(one.name << ", call " << n);
      check_recovers(world);
    }
    CHECK(points > 5 / kStride);
  }
}

TEST_CASE("with the connection cut after every few bytes, the same command still ends exact") {
  // Of what the server says, or of what we say; with all extensions, or with none.
  const auto way = GENERATE(&LinkFaults::cut_after, &LinkFaults::cut_sent_after);
  const bool plain = GENERATE(false, true);
  const char* whole_campaign = std::getenv("IMAPKEEP_LONG");
  const std::uint64_t step =
      whole_campaign && std::string(whole_campaign) == "1" ? 1 : 13 * kStride;
  for (const Case& one : kCases) {
    for (std::uint64_t cut = 1;; cut += step) {
      MirrorWorld world;
      if (plain) world.server.capabilities = {"IMAP4rev1", "AUTH=PLAIN"};
      furnish(world.server);
      if (one.first_pass) REQUIRE_FALSE(world.sync().error);
      one.story(world.server);
      world.network.faults.*way = cut;
      const std::size_t connections = world.server.connections();
      INFO(one.name << (plain ? ", plain, " : ", ")
                    << (way == &LinkFaults::cut_after ? "answers" : "commands") << " cut after "
                    << cut);
      (void)world.sync();
      const bool whole =
          world.server.connections() == connections + 1 && world.on_disk() == world.on_server();
      (world.network.faults.*way).reset();
      check_recovers(world);
      if (whole) break;
    }
  }
}

TEST_CASE("killed at any event in between, the next pass is exact") {
  for (const Case& one : kCases) {
    for (std::uint64_t n = 1;; n += 7 * kStride) {
      MirrorWorld world;
      furnish(world.server);
      if (one.first_pass) REQUIRE_FALSE(world.sync().error);
      one.story(world.server);
      std::uint64_t events = 0;
      const bool killed = world.sync_killed_when([&] { return ++events == n; });
      if (!killed) break;
      INFO(one.name << ", event " << n);
      check_recovers(world);
    }
  }
}
