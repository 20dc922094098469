// Waiting for news of one folder over one connection, against a model server: what is told, how
// soon, and that nothing falls between a visit and the watch behind it.
#include "sync/follow/folder_watch.h"

#include <catch2/catch.hpp>

#include "tests/sync/pass/mirror_world.h"

using namespace imapkeep;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

struct Bench {
  MirrorWorld world;
  IdleRhythm rhythm{minutes(9)};
  std::unique_ptr<imap::SourceConnection> connection;
  std::unique_ptr<FolderWatch> watch;
  Operation operation;
  std::optional<Result<FolderNews>> news;

  explicit Bench(bool idle = true) {
    if (!idle) world.server.capabilities.erase("IDLE");
    for (int i = 0; i < 3; ++i) world.server.deliver("INBOX", "mail");
    connection = std::make_unique<imap::SourceConnection>(
        imap::SourceConnection::Deps{world.network, world.time, world.time, world.random,
                                     world.log.log()},
        world.server_options);
    std::optional<Result<Done>> opened;
    Operation opening =
        connection->open({"me", "", Secret("secret")}, [&](Result<Done> done) { opened = done; });
    REQUIRE(world.time.run_until([&] { return opened.has_value(); }));
    REQUIRE(*opened);
  }

  void start(std::optional<imap::Examined> seen, bool flags_in_doubt = false) {
    watch = std::make_unique<FolderWatch>(FolderWatch::Deps{*connection, world.time, world.time,
                                                            world.random, rhythm, world.log.log()},
                                          MailboxName{"INBOX"});
    news.reset();
    operation = watch->start(std::move(seen), flags_in_doubt,
                             [this](Result<FolderNews> said) { news = said; });
  }
  /// What there is now, as a visit would have seen it.
  imap::Examined now() {
    const ModelMailbox& box = world.server.box("INBOX");
    return {UidValidity{box.uid_validity}, box.uid_next, box.messages.size(),
            ModSeq{box.highest_mod_seq}, ""};
  }
  /// "arrived", "changed", "removed", or nothing yet.
  std::string said() {
    if (!news) return "";
    if (!*news) return "failed";
    std::string text;
    if ((*news)->arrived) text += " arrived";
    if ((*news)->changed) text += " changed";
    if ((*news)->removed) text += " removed";
    return text;
  }
};

}  // namespace

TEST_CASE("folder watch: an arrival is told at once, the rest is gathered for half a second") {
  Bench bench;
  bench.start(bench.now());
  bench.world.time.advance(seconds(5));
  CHECK(bench.said() == "");
  CHECK(bench.world.server.count("IDLE") == 1);
  SECTION("an arrival") {
    bench.world.server.deliver("INBOX", "more");
    bench.world.time.advance(milliseconds(100));
    CHECK(bench.said() == " arrived");
  }
  SECTION("flags") {
    bench.world.server.set_flags("INBOX", 1, {"\\Seen"});
    bench.world.time.advance(milliseconds(400));
    CHECK(bench.said() == "");
    bench.world.time.advance(milliseconds(200));
    CHECK(bench.said() == " changed");
  }
  SECTION("a removal and flags are one piece of news") {
    bench.world.server.expunge("INBOX", 2);
    bench.world.server.set_flags("INBOX", 1, {"\\Seen"});
    bench.world.time.advance(milliseconds(600));
    CHECK(bench.said() == " changed removed");
    CHECK(bench.watch->last_known()->exists == 2);
  }
  SECTION("a removal before an arrival: the count is the same, and it is told all the same") {
    bench.world.server.expunge("INBOX", 2);
    bench.world.server.deliver("INBOX", "more");
    bench.world.time.advance(milliseconds(100));
    CHECK(bench.said() == " arrived removed");
  }
  SECTION("a removal that is told by a lower count only") {
    bench.world.server.removals_by_count = true;
    bench.world.server.expunge("INBOX", 2);
    bench.world.time.advance(milliseconds(600));
    CHECK(bench.said() == " removed");
  }
  SECTION("the connection's end") {
    bench.world.server.say_bye("* BYE going down");
    bench.world.time.advance(seconds(1));
    CHECK(bench.said() == "failed");
  }
  CHECK(bench.watch->is_over());
}

TEST_CASE("folder watch: what came between the visit and EXAMINE shows in EXAMINE's numbers") {
  Bench bench;
  const imap::Examined seen = bench.now();
  SECTION("nothing") {
    bench.start(seen);
    bench.world.time.advance(seconds(2));
    CHECK(bench.said() == "");
  }
  SECTION("mail") {
    bench.world.server.deliver("INBOX", "more");
    bench.start(seen);
    bench.world.time.advance(seconds(2));
    CHECK(bench.said() == " arrived");
  }
  SECTION("a removal") {
    bench.world.server.expunge("INBOX", 2);
    bench.start(seen);
    bench.world.time.advance(seconds(2));
    CHECK(bench.said() == " arrived removed");
  }
  SECTION("flags") {
    bench.world.server.set_flags("INBOX", 1, {"\\Seen"});
    bench.start(seen);
    bench.world.time.advance(seconds(2));
    CHECK(bench.said() == " changed");
  }
  SECTION("nobody has visited: what is there counts as seen") {
    bench.world.server.deliver("INBOX", "more");
    bench.start(std::nullopt);
    bench.world.time.advance(seconds(2));
    CHECK(bench.said() == "");
  }
}

TEST_CASE("folder watch: without mod-sequences a visit that found flags changed is repeated once") {
  Bench bench;
  bench.world.server.box("INBOX").faults.no_mod_seq = true;
  imap::Examined seen = bench.now();
  seen.highest_mod_seq = ModSeq{};
  bench.start(seen, true);
  bench.world.time.advance(seconds(2));
  CHECK(bench.said() == " changed");
  bench.start(seen, false);
  bench.world.time.advance(seconds(2));
  CHECK(bench.said() == "");
}

TEST_CASE("folder watch: where there is no IDLE it asks every minute") {
  const bool offered = GENERATE(false, true);
  Bench bench(offered);
  if (offered) bench.world.server.refuse_idle = "BAD no";
  bench.start(bench.now());
  bench.world.time.advance(seconds(30));
  bench.world.server.deliver("INBOX", "more");
  bench.world.time.advance(seconds(29));
  CHECK(bench.said() == "");
  bench.world.time.advance(seconds(3));
  CHECK(bench.said() == " arrived");
  CHECK(bench.world.server.count("IDLE") == (offered ? 1 : 0));
}

TEST_CASE("folder watch: IDLE is renewed, and a dead connection is found by that") {
  Bench bench;
  bench.start(bench.now());
  bench.world.time.advance(minutes(10));
  CHECK(bench.world.server.count("IDLE") == 2);
  CHECK(bench.said() == "");
  bench.world.network.half_open_all();  // from now on nothing arrives, and nobody is told
  bench.world.time.advance(minutes(10));
  CHECK(bench.said() == "failed");
  CHECK(bench.rhythm.next(0) < minutes(9));  // the next one is renewed sooner
}

TEST_CASE("folder watch: a folder that cannot be examined is this folder's trouble alone") {
  Bench bench;
  bench.world.server.box("INBOX").faults.refuse_examine = "NO not for you";
  bench.start(bench.now());
  bench.world.time.advance(seconds(2));
  REQUIRE(bench.said() == "failed");
  CHECK(bench.news->error().remedy == Remedy::kSkipMessage);
}
