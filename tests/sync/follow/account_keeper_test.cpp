// One account kept level for years: what is heard, how soon it is on disk, and what trouble does.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cerrno>

#include "tests/sync/follow/keeper_world.h"

using namespace imapkeep;

namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

std::string mail(int number) { return "Subject: " + std::to_string(number) + "\r\n\r\nhello\r\n"; }

void fill(MirrorWorld& world) {
  world.server.create_folder("Archive");
  world.server.create_folder("Sent");
  for (int i = 0; i < 20; ++i) world.server.deliver(i % 2 ? "INBOX" : "Archive", mail(i));
}

bool level(MirrorWorld& world) { return world.on_disk() == world.on_server(); }

}  // namespace

TEST_CASE("what is announced is fetched on the connection that is there") {
  MirrorWorld world;
  fill(world);
  KeeperProcess process(world);
  REQUIRE(process.settle());
  CHECK(level(world));
  CHECK(world.server.logins() == 1);
  world.time.advance(seconds(3));  // it idles
  CHECK(world.server.count("IDLE") == 1);

  for (int i = 0; i < 5; ++i) {
    world.server.forget_counts();
    world.server.deliver("INBOX", mail(100 + i));
    world.time.advance(milliseconds(50));
    CHECK(level(world));
    CHECK(world.server.logins() == 0);
    CHECK(world.server.bodies_served() == 1);
    CHECK(world.server.count("LIST") == 0);
    CHECK(world.log.contains("new mail kept"));
    CHECK(process.keeper.state().behind == 0);
    world.time.advance(seconds(1));
  }
  // Flags, within a second.
  world.server.set_flags("INBOX", 1, {"\\Seen", "\\Flagged"});
  world.time.advance(seconds(1));
  CHECK(level(world));
}

TEST_CASE("news in whatever words a server has for it ends the wait within a second") {
  MirrorWorld world;
  fill(world);
  const bool condstore = GENERATE(true, false);
  if (!condstore) world.server.capabilities.erase("CONDSTORE");
  world.server.news_without_uid = true;   // Dovecot, Cyrus, Courier
  world.server.removals_by_count = true;  // EXISTS alone
  KeeperProcess process(world);
  REQUIRE(process.settle());
  world.time.advance(seconds(3));
  for (int i = 0; i < 5; ++i) {
    world.server.set_flags("INBOX", 1, {i % 2 == 0 ? "\\Flagged" : "\\Seen", "\\Answered"});
    world.time.advance(seconds(1));
    CHECK(level(world));
    world.time.advance(seconds(1));
  }
  world.server.expunge("INBOX", 2);
  world.time.advance(minutes(1));
  CHECK(level(world));
}

TEST_CASE("a server that repeats its flags for ever is not visited for ever") {
  MirrorWorld world;
  fill(world);
  KeeperProcess process(world);
  REQUIRE(process.settle());
  world.time.advance(seconds(3));
  world.server.forget_counts();
  world.server.said_in_idle = "* 1 FETCH (FLAGS (\\Seen))";
  world.server.end_idles();
  world.time.advance(hours(1));
  CHECK(world.server.count("EXAMINE") < 200);
  world.server.said_in_idle.clear();
  world.time.advance(minutes(2));
  world.server.set_flags("INBOX", 1, {"\\Flagged"});
  world.time.advance(seconds(1));
  CHECK(level(world));
}

TEST_CASE("who waits for a connection is starting, and syncing only when it is there") {
  MirrorWorld world;
  fill(world);
  std::vector<Operation> others;
  for (int i = 0; i < 60; ++i) {
    others.push_back(world.gate.enter("imap.example.org", [](const Result<Done>&) {}));
  }
  KeeperProcess process(world);
  world.time.advance(seconds(4));
  CHECK(process.keeper.state().phase == AccountPhase::kStarting);
  CHECK(world.network.dials().empty());
  CHECK(world.time.run_until([&] { return process.keeper.state().phase == AccountPhase::kSyncing; },
                             seconds(3)));
  CHECK(world.server.count("LIST") == 1);
  CHECK(process.settle());
}

TEST_CASE("a move out of the watched folder is followed by a whole pass, soon") {
  MirrorWorld world;
  fill(world);
  KeeperProcess process(world);
  REQUIRE(process.settle());
  world.time.advance(minutes(1));
  world.server.move("INBOX", 1, "Archive");
  world.time.advance(seconds(4));
  CHECK(level(world));
  CHECK(world.kept().empty());
  world.server.expunge("INBOX", 2);
  world.time.advance(seconds(40));  // not twice within half a minute
  CHECK(level(world));
  CHECK(world.kept().size() == 1);
}

TEST_CASE("a folder that nobody watches is found by the sweep") {
  MirrorWorld world;
  fill(world);
  KeeperProcess process(world);
  REQUIRE(process.settle());
  world.server.deliver("Sent", mail(1000));
  world.time.advance(minutes(6));
  CHECK(level(world));
  CHECK(world.server.logins() == 1);
}

TEST_CASE("every watched folder has a connection of its own") {
  MirrorWorld world;
  fill(world);
  KeeperProcess process(world, {"INBOX", "S*", "Archive"});
  REQUIRE(process.settle());
  world.time.advance(seconds(5));
  CHECK(world.server.logins() == 3);
  for (const char* folder : {"INBOX", "Sent", "Archive"}) {
    world.server.deliver(folder, mail(7));
    world.time.advance(milliseconds(50));
    CHECK(level(world));
  }
  CHECK(world.server.logins() == 3);

  // One of them goes: its connection ends, the others stay.
  world.server.delete_folder("Sent");
  world.time.advance(hours(1));
  CHECK(world.network.open_links() == 2);
  CHECK(world.server.logins() == 3);
  world.server.deliver("Archive", mail(8));
  world.time.advance(milliseconds(50));
  CHECK(level(world));
}

TEST_CASE("nothing to watch: the sweep alone") {
  MirrorWorld world;
  fill(world);
  KeeperProcess process(world, {});
  REQUIRE(process.settle());
  CHECK(world.server.count("IDLE") == 0);
  world.server.deliver("INBOX", mail(7));
  world.time.advance(minutes(6));
  CHECK(level(world));
}

TEST_CASE("mail between the visit and the IDLE is not lost") {
  MirrorWorld world;
  fill(world);
  // At every command of the way into IDLE one message more, and IDLE says nothing of its own.
  world.server.idle_keeps_news = true;
  int more = 10;
  world.server.before_command = [&](const std::string& command) {
    if (command.starts_with("EXAMINE") && more > 0) {
      --more;
      world.server.deliver("INBOX", mail(200 + more));
    }
    return true;
  };
  KeeperProcess process(world);
  REQUIRE(process.settle());
  CHECK(process.settle_equal(minutes(1)));
  CHECK(more == 0);
}

TEST_CASE("flags between the visit and the IDLE are not lost, also without mod-sequences") {
  MirrorWorld world;
  world.server.capabilities = {"IMAP4rev1", "IDLE", "AUTH=PLAIN", "SASL-IR"};
  fill(world);
  KeeperProcess process(world);
  REQUIRE(process.settle_equal());
  // The next EXAMINE is the one that the watch begins with, behind the visit.
  int examined = 0;
  world.server.set_flags("INBOX", 1, {"\\Seen"});
  world.server.before_command = [&](const std::string& command) {
    if (command.find("EXAMINE") != std::string::npos && ++examined == 2)
      world.server.set_flags("INBOX", 1, {"\\Flagged"});
    return true;
  };
  world.time.advance(seconds(10));
  CHECK(examined >= 2);
  CHECK(level(world));
}

TEST_CASE("a first mirror that takes long does not make new mail wait for its end") {
  MirrorWorld world;
  fill(world);
  world.server.create_folder("Years");
  for (int i = 0; i < 500; ++i) {
    world.server.deliver("Years", mail(1000 + i) + std::string(20'000, 'x') + std::to_string(i));
  }
  world.network.faults.piece = 1000;
  world.network.faults.latency = milliseconds(100);  // two seconds for each
  KeeperProcess process(world);
  world.time.advance(seconds(100));
  REQUIRE(process.keeper.state().phase == AccountPhase::kSyncing);
  const auto in_mirror = [&](const std::string& what) {
    for (const auto& seen : world.on_disk()) {
      if (seen.bytes.find(what) != std::string::npos) return true;
    }
    return false;
  };
  int arrived = 0;
  for (int i = 0; i < 3; ++i) {
    const std::string what = "Subject: " + std::to_string(7000 + i) + "\r\n";
    world.server.deliver("INBOX", mail(7000 + i));
    world.time.advance(seconds(20));
    arrived += in_mirror(what) ? 1 : 0;
    world.time.advance(minutes(4));
    CHECK(in_mirror(what));
    CHECK(process.keeper.state().phase == AccountPhase::kSyncing);
  }
  CHECK(arrived > 0);
  // A thousand seconds of transfer, and little twice.
  CHECK(process.settle_equal(minutes(10)));
  CHECK(world.server.logins() <= 6);
  world.time.advance(minutes(20));
  CHECK(world.network.open_links() == 1);
}

TEST_CASE("servers that idle badly") {
  MirrorWorld world;
  fill(world);
  KeeperProcess process(world);
  const auto arrives_within = [&](Duration time) {
    world.server.deliver("INBOX", mail(300));
    world.time.advance(time);
    CHECK(level(world));
  };
  SECTION("announced and never spoken") {
    world.server.idle_keeps_news = true;
    REQUIRE(process.settle());
    world.time.advance(seconds(5));
    arrives_within(minutes(6));  // the sweep
  }
  SECTION("refused") {
    world.server.refuse_idle = "BAD no";
    REQUIRE(process.settle());
    world.time.advance(seconds(5));
    arrives_within(minutes(2));
    CHECK(world.server.logins() == 1);
  }
  SECTION("taken without a +") {
    world.server.idle_says_nothing = true;
    REQUIRE(process.settle());
    arrives_within(minutes(10));
  }
  SECTION("not offered") {
    world.server.capabilities.erase("IDLE");
    REQUIRE(process.settle());
    arrives_within(minutes(2));
    CHECK(world.server.count("IDLE") == 0);
  }
  SECTION("BYE in the middle of it") {
    REQUIRE(process.settle());
    world.time.advance(minutes(5));
    world.network.last_link()->send("* BYE idle for too long\r\n");
    world.network.last_link()->close();
    world.time.advance(seconds(1));
    world.server.deliver("INBOX", mail(301));
    CHECK(process.settle_equal(seconds(10)));
    CHECK(world.server.logins() == 2);
  }
  SECTION("announces what it does not have as soon as it is listened to") {
    world.server.before_command = [&](const std::string& command) {
      if (command == "IDLE") world.network.last_link()->send("* 999 EXISTS\r\n");
      return true;
    };
    REQUIRE(process.settle());
    world.server.forget_counts();
    world.time.advance(hours(1));
    CHECK(world.server.count("EXAMINE") < 300);
    arrives_within(minutes(6));
  }
  SECTION("announces and has nothing") {
    REQUIRE(process.settle());
    world.time.advance(seconds(5));
    world.server.forget_counts();
    for (int i = 0; i < 20; ++i) {
      world.network.last_link()->send("* 999 EXISTS\r\n");
      world.time.advance(seconds(5));
    }
    CHECK(level(world));
    CHECK(world.server.logins() == 0);
    // It is listened to less and less, and again as soon as it has something.
    CHECK(world.server.commands().size() < 200);
    arrives_within(minutes(2));
    world.time.advance(seconds(1));
    arrives_within(seconds(1));
  }
}

TEST_CASE("a connection that died without a word is found") {
  MirrorWorld world;
  fill(world);
  KeeperProcess process(world);
  REQUIRE(process.settle());
  world.time.advance(seconds(5));
  world.network.half_open_all();
  world.server.deliver("INBOX", mail(400));
  SECTION("at the renewal of the IDLE") { CHECK(process.settle_equal(minutes(10))); }
  SECTION("within half a minute of a network change") {
    process.keeper.probe();
    CHECK(process.settle_equal(seconds(30)));
  }
  CHECK(world.server.logins() == 2);
}

TEST_CASE("IDLE is renewed before nine minutes, for days, on one connection") {
  MirrorWorld world;
  fill(world);
  KeeperProcess process(world);
  REQUIRE(process.settle());
  world.server.forget_counts();
  world.time.advance(hours(48));
  CHECK(world.server.logins() == 0);
  CHECK(world.network.open_links() == 1);
  CHECK(world.time.timers_left() < 10);
  CHECK(level(world));
}

TEST_CASE("a session that ends with its token is followed by another, at once and without a word") {
  // Gmail says so, Exchange too, and others just go.
  const std::string bye = GENERATE("Session expired, please login again.",
                                   "Session invalidated - AccessTokenExpired", "so long");
  MirrorWorld world;
  fill(world);
  world.credentials.lives = hours(1);
  KeeperProcess process(world, {"INBOX", "Sent"});
  REQUIRE(process.settle());
  world.time.advance(seconds(3));
  for (int hour = 0; hour < 5; ++hour) {
    REQUIRE(world.server.logins() == 2);
    world.time.advance(hours(1) + seconds(5));
    world.server.forget_counts();
    world.server.say_bye(bye);
    world.server.deliver(hour % 2 ? "INBOX" : "Sent", mail(100 + hour));
    CHECK(world.time.run_until([&] { return level(world); }, seconds(1)));
    world.time.advance(seconds(3));
    CHECK(process.keeper.state().phase == AccountPhase::kWatching);
    CHECK(world.server.count("IDLE") >= 2);
  }
  CHECK(world.log.contains("session is over, another begins"));
  CHECK(world.log.count(LogLevel::kWarning) == 0);
  CHECK(world.log.count(LogLevel::kError) == 0);
}

TEST_CASE("tokens that live for seconds, and mail all the time") {
  MirrorWorld world;
  fill(world);
  world.credentials.lives = seconds(5);
  KeeperProcess process(world, {"INBOX", "Sent"});
  REQUIRE(process.settle());
  for (int i = 0; i < 120; ++i) {
    world.time.advance(seconds(3));
    world.server.deliver(i % 2 ? "INBOX" : "Sent", mail(100 + i));
    world.time.advance(seconds(2));
    world.server.say_bye("Session expired, please login again.");
    CHECK(world.time.run_until([&] { return level(world); }, seconds(2)));
  }
  CHECK(world.log.count(LogLevel::kWarning) == 0);
}

TEST_CASE("a BYE because a folder has changed is no trouble: another connection, and a visit") {
  MirrorWorld world;
  fill(world);
  KeeperProcess process(world, {"INBOX", "Sent"});
  REQUIRE(process.settle());
  world.time.advance(minutes(3));
  bool waited = false;
  const auto look = [&] {
    waited = waited || process.keeper.state().phase == AccountPhase::kWaiting;
    return level(world);
  };
  for (int i = 0; i < 5; ++i) {
    const std::string folder = i % 2 ? "Sent" : "INBOX";
    world.server.deliver(folder, mail(500 + i));
    world.server.orphan_sessions(folder, true);
    world.server.bump_uid_validity(folder);
    CHECK(world.time.run_until(look, seconds(20)));
    world.time.advance(minutes(2));
  }
  CHECK_FALSE(waited);
  CHECK(world.log.count(LogLevel::kWarning) == 0);

  // A server that does nothing else is not asked without end.
  world.server.forget_counts();
  const MonoTime end = world.time.mono_now() + minutes(10);
  while (world.time.mono_now() < end) {
    world.server.say_bye("IMAP session state is inconsistent, please relogin.");
    world.time.advance(milliseconds(100));
  }
  CHECK(world.server.connections() < 120);
}

TEST_CASE("with remove the second witness is another connection of a later pass") {
  MirrorWorld world;
  world.options.keep_expunged = false;
  fill(world);
  KeeperProcess process(world);
  REQUIRE(process.settle());
  world.time.advance(minutes(3));
  CHECK(world.server.connections() == 1);
  world.server.expunge("INBOX", 2);
  world.time.advance(minutes(1));
  CHECK(world.on_disk().size() == 20);
  CHECK(process.keeper.state().phase == AccountPhase::kWatching);
  for (int i = 0; i < 10; ++i) {  // also what is asked for in between is no later pass
    const auto asked = process.keeper.sync_now([](const Result<SyncOutcome>&) {});
    world.time.advance(seconds(5));
  }
  CHECK(world.on_disk().size() == 20);
  CHECK(world.server.connections() == 1);
  world.time.advance(minutes(7));
  CHECK(level(world));
  CHECK(world.server.connections() == 2);
  CHECK(world.kept().empty());
}

TEST_CASE("what waits for a person survives the process, and new mail comes meanwhile") {
  MirrorWorld world;
  fill(world);
  {
    KeeperProcess process(world);
    REQUIRE(process.settle());
    world.time.advance(minutes(3));
    for (const std::string folder : {"INBOX", "Archive"}) {
      while (!world.server.box(folder).messages.empty()) {
        world.server.expunge(folder, world.server.box(folder).messages.begin()->first);
      }
    }
    world.time.advance(minutes(20));
    CHECK(world.on_disk().size() == 20);
    CHECK(process.keeper.state().owed.size() == 2);
    world.server.deliver("INBOX", mail(700));
    world.time.advance(seconds(2));
    CHECK(world.on_disk().size() == 21);
    process.stop();
  }
  KeeperProcess process(world);
  REQUIRE(process.settle());
  world.time.advance(minutes(20));
  CHECK(world.on_disk().size() == 21);
  CHECK(process.keeper.state().owed.size() == 2);
  std::optional<SyncOutcome> outcome;
  const auto asked =
      process.keeper.sync_now([&](const Result<SyncOutcome>& result) { outcome = *result; }, true);
  CHECK(world.time.run_until([&] { return outcome.has_value(); }, minutes(1)));
  REQUIRE(outcome);
  CHECK(outcome->owed == std::vector<std::string>{});
  CHECK(outcome->gone == 20);
  CHECK(level(world));
}

TEST_CASE("a server that ends every session as soon as it has begun is not asked without end") {
  MirrorWorld world;
  fill(world);
  KeeperProcess process(world);
  REQUIRE(process.settle());
  world.server.forget_counts();
  const MonoTime end = world.time.mono_now() + minutes(10);
  while (world.time.mono_now() < end) {
    world.server.say_bye("Session expired, please login again.");
    world.time.advance(milliseconds(100));
  }
  CHECK(world.server.connections() < 60);
  CHECK(process.keeper.state().phase == AccountPhase::kWaiting);
}

TEST_CASE("a grant that ends is told once, however many lines find out, and again after a login") {
  MirrorWorld world;
  fill(world);
  world.credentials.lives = hours(1);
  KeeperProcess process(world, {"INBOX", "Sent", "Archive"});
  REQUIRE(process.settle());
  for (std::size_t time = 1; time <= 2; ++time) {
    world.time.advance(hours(1) + minutes(1));
    world.credentials.unreadable = true;
    world.credentials.awaits_login = true;
    world.server.say_bye("Session expired, please login again.");
    world.time.advance(minutes(20));
    CHECK(process.keeper.state().phase == AccountPhase::kNeedsLogin);
    CHECK(world.log.count(LogLevel::kError) == time);
    world.credentials.unreadable = false;
    process.keeper.try_now();
    CHECK(process.settle_equal(seconds(5)));
  }
}

TEST_CASE("trouble, and what the keeper makes of it") {
  MirrorWorld world;
  fill(world);
  const auto refusal = [](Remedy remedy, Trouble trouble) {
    return Error{remedy, trouble, "refused", 0};
  };
  SECTION("unreachable for an hour, then there again") {
    world.network.refuse(refusal(Remedy::kRetrySoon, Trouble::kServer));
    KeeperProcess process(world);
    world.time.advance(hours(1));
    CHECK(process.keeper.state().phase == AccountPhase::kWaiting);
    REQUIRE(process.keeper.state().next_try);
    CHECK(process.keeper.state().trouble->what ==
          "while connecting to imap.example.org:993: refused");
    CHECK(world.network.dials().size() < 40);
    world.network.refuse(std::nullopt);
    CHECK(process.settle_equal(minutes(6)));
    CHECK_FALSE(process.keeper.state().next_try);
  }
  SECTION("the network is back: no need to wait for the back-off") {
    world.network.refuse(refusal(Remedy::kRetrySoon, Trouble::kServer));
    KeeperProcess process(world);
    world.time.advance(hours(1));
    world.network.refuse(std::nullopt);
    process.keeper.probe();
    CHECK(process.settle_equal(seconds(5)));
  }
  SECTION("a certificate that does not hold needs the operator") {
    world.network.refuse(refusal(Remedy::kNeedsOperator, Trouble::kServer));
    KeeperProcess process(world);
    world.time.advance(hours(10));
    CHECK(process.keeper.state().phase == AccountPhase::kStopped);
    CHECK(world.network.dials().size() < 20);
  }
  SECTION("come later") {
    world.server.refuse_login = "NO [UNAVAILABLE] later";
    KeeperProcess process(world);
    world.time.advance(hours(1));
    CHECK(process.keeper.state().phase == AccountPhase::kWaiting);
    CHECK(world.server.connections() < 12);
    world.server.refuse_login.reset();
    CHECK(process.settle_equal(hours(1)));
  }
  SECTION("who has to log in is told once, and nothing is tried until then") {
    world.credentials.unreadable = true;
    world.credentials.awaits_login = true;
    KeeperProcess process(world);
    world.time.advance(seconds(5));
    CHECK(process.keeper.state().phase == AccountPhase::kNeedsLogin);
    CHECK_FALSE(process.keeper.state().next_try);
    world.time.advance(hours(5));
    for (int i = 0; i < 3; ++i) {
      process.keeper.try_now();
      world.time.advance(seconds(5));
    }
    CHECK(world.server.connections() == 0);
    CHECK(world.log.count(LogLevel::kError) == 1);
    world.credentials.unreadable = false;
    process.keeper.try_now();
    CHECK(process.settle_equal(seconds(5)));
  }
  SECTION("a wrong password is tried twice, and then ever more seldom until it has changed") {
    world.credentials.password = "wrong";
    KeeperProcess process(world);
    world.time.advance(minutes(15));
    CHECK(process.keeper.state().phase == AccountPhase::kStopped);
    CHECK(world.server.connections() == 2);
    // Never more than three in half an hour, which no server locks an account for.
    world.time.advance(minutes(15));
    CHECK(world.server.connections() == 3);
    world.time.advance(hours(24));
    CHECK(world.server.connections() <= 10);
    CHECK(world.server.connections() >= 8);
    const auto before = world.server.connections();
    world.credentials.password = "secret";
    CHECK(process.settle_equal(minutes(6)));
    CHECK(world.server.connections() == before + 1);
  }
  SECTION("a server that was wrong for 90 seconds about the right password is not left for hours") {
    world.server.refuse_login = "NO Authentication failed.";
    KeeperProcess process(world);
    world.time.advance(seconds(90));
    CHECK(process.keeper.state().phase == AccountPhase::kStopped);
    world.server.refuse_login.reset();
    CHECK(process.settle_equal(minutes(20)));
  }
  SECTION("a password that is changed while the old one is being refused is used") {
    world.credentials.password = "wrong";
    world.network.faults.latency = seconds(1);
    KeeperProcess process(world);
    REQUIRE(world.time.run_until([&] { return world.server.connections() == 2; }, minutes(3)));
    world.credentials.password = "secret";  // the second login is under way with the old one
    CHECK(process.settle_equal(minutes(6)));
    CHECK(world.server.connections() == 3);
  }
  SECTION("a password that cannot be read for a while is used when it can, though it is the same") {
    KeeperProcess process(world);
    REQUIRE(process.settle());
    world.credentials.unreadable = true;
    world.network.cut_all();
    world.time.advance(hours(1));
    CHECK(process.keeper.state().phase == AccountPhase::kStopped);
    world.credentials.unreadable = false;
    CHECK(process.settle_equal(minutes(6)));
  }
  SECTION("a server that lets everybody in and ends at once does not make us spin") {
    KeeperProcess process(world);
    REQUIRE(process.settle());
    world.server.before_command = [](const std::string& command) {
      return !command.starts_with("IDLE");
    };
    world.network.cut_all();
    world.server.forget_counts();
    world.time.advance(hours(1));
    CHECK(world.server.logins() < 60);
    CHECK(world.server.logins() > 5);
    world.server.deliver("INBOX", mail(9));
    world.time.advance(minutes(6));
    CHECK(level(world));
  }
}

TEST_CASE(
    "a message that costs the connection is owed, asked for now and then, and had in the end") {
  MirrorWorld world;
  fill(world);
  const auto bad = world.server.deliver("INBOX", mail(700));
  world.server.box("INBOX").faults.disconnect_at = {bad};
  KeeperProcess process(world);
  REQUIRE(process.settle());
  CHECK(process.keeper.state().owed.size() == 1);
  world.server.forget_counts();
  world.time.advance(hours(5));
  CHECK(world.server.bodies_served("INBOX", bad) >= 4);
  CHECK(world.server.logins() < 12);
  CHECK(std::count_if(world.log.lines.begin(), world.log.lines.end(), [](const auto& line) {
          return line.text.find("message quarantined") != std::string::npos;
        }) == 1);
  // It keeps nobody waiting.
  world.server.deliver("INBOX", mail(701));
  world.time.advance(seconds(1));
  CHECK(world.on_disk().size() == 21);

  world.server.box("INBOX").faults.disconnect_at.clear();
  CHECK(process.settle_equal(minutes(70)));
  CHECK(process.keeper.state().owed.empty());
}

TEST_CASE("a store that is away for an hour") {
  MirrorWorld world;
  fill(world);
  KeeperProcess process(world);
  REQUIRE(process.settle());
  world.time.advance(seconds(5));
  world.disk.fail_at(1, ENOSPC, true);
  world.server.deliver("INBOX", mail(500));
  world.time.advance(hours(1));
  CHECK(process.keeper.state().phase == AccountPhase::kStopped);
  CHECK(process.keeper.state().trouble->trouble == Trouble::kStore);
  world.disk.no_faults();
  CHECK(process.settle_equal(minutes(6)));
  CHECK(world.leftovers().empty());
}

TEST_CASE("a new message that does not fit is told at once, and kept when there is room") {
  MirrorWorld world;
  fill(world);
  KeeperProcess process(world);
  REQUIRE(process.settle());
  world.time.advance(minutes(1));
  world.disk.set_free(100'000);
  world.server.deliver("INBOX", "Subject: large\r\n\r\n" + std::string(200'000, 'x') + "\r\n");
  world.time.advance(seconds(1));
  CHECK(world.log.contains("does not fit"));
  world.time.advance(seconds(10));
  CHECK(process.keeper.state().owed.size() == 1);
  CHECK(process.keeper.state().behind == 1);
  CHECK(process.keeper.state().phase == AccountPhase::kWatching);
  world.server.forget_counts();
  world.time.advance(minutes(4));
  CHECK(world.server.count("LIST") == 0);  // one more pass is enough
  world.disk.set_free(UINT64_MAX / 4);
  CHECK(process.settle_equal(minutes(6)));
  CHECK(process.keeper.state().behind == 0);
}

TEST_CASE("a whole pass on request") {
  MirrorWorld world;
  fill(world);
  KeeperProcess process(world);
  REQUIRE(process.settle());
  world.server.deliver("Sent", mail(600));
  std::optional<SyncOutcome> outcome;
  const auto ask = [&] {
    return process.keeper.sync_now([&](Result<SyncOutcome> told) { outcome = *std::move(told); });
  };
  SECTION("is done at once") {
    const Operation operation = ask();
    CHECK(world.time.run_until([&] { return outcome.has_value(); }, seconds(1)));
    CHECK_FALSE(outcome->error);
    CHECK(outcome->stored == 1);
    CHECK(level(world));
    CHECK(world.server.logins() == 1);
  }
  SECTION("does not wait for a back-off, and tells the trouble") {
    world.network.refuse(Error{Remedy::kRetryLater, Trouble::kServer, "refused", 0});
    world.network.cut_all();
    world.time.advance(minutes(30));
    REQUIRE(process.keeper.state().phase == AccountPhase::kWaiting);
    const Operation operation = ask();
    CHECK(world.time.run_until([&] { return outcome.has_value(); }, seconds(1)));
    REQUIRE(outcome->error);
    CHECK(outcome->error->what == "while connecting to imap.example.org:993: refused");
  }
  SECTION("ends with the daemon") {
    const Operation operation = ask();
    process.stop();
    REQUIRE(outcome);
    CHECK(outcome->error);
  }
}

TEST_CASE("stopped at any step, within five seconds, and nothing is left half done") {
  for (int steps = 0; steps < 1200; steps += 23) {
    INFO(steps << " steps");
    MirrorWorld world;
    fill(world);
    {
      KeeperProcess process(world);
      for (int i = 0; i < steps && world.time.step(); ++i) {
      }
      REQUIRE(process.stop() < seconds(5));
      CHECK(process.keeper.state().phase == AccountPhase::kStopping);
      CHECK(world.network.open_links() == 0);
    }
    CHECK(world.time.timers_left() == 0);
    CHECK(world.leftovers().empty());
    world.server.forget_counts();
    const std::size_t had = world.on_disk().size();
    KeeperProcess next(world);
    REQUIRE(next.settle());
    REQUIRE(level(world));
    CHECK(world.server.bodies_served() == 20 - had);  // nothing twice
  }
}
