// Tokens that end before their time, and connections that COMPRESS breaks: what another connection
// does not suffer from.
#include <catch2/catch.hpp>

#include "tests/sync/follow/keeper_world.h"

using namespace imapkeep;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

std::string mail(int number) { return "Subject: " + std::to_string(number) + "\r\n\r\nbody\r\n"; }

struct TokenWorld : MirrorWorld {
  TokenWorld() {
    server.capabilities.erase("AUTH=PLAIN");
    server.capabilities.insert("AUTH=XOAUTH2");
    server.create_folder("Sent");
    for (int i = 0; i < 5; ++i) server.deliver("INBOX", mail(i));
    credentials.is_token = true;
    server.password = credentials.token_name();
  }
  /// The token of today is worth nothing any more, and its source has not heard of that.
  void end_token() { server.password = "token-" + std::to_string(credentials.generation + 1); }
  bool level() const { return on_disk() == on_server(); }
  bool nobody_was_told() const { return log.count(LogLevel::kError) == 0; }
};

}  // namespace

TEST_CASE("tokens that end early, ten times in a row, cost one renewal each and nobody is told") {
  TokenWorld world;
  world.server.refuses_token = GENERATE(as<std::string>(), "NO", "challenge", "BYE", "OK, BYE");
  const auto bye = GENERATE(as<std::string>(), "Session expired, please login again.",
                            "Session invalidated - AccessTokenExpired", "Token revoked", "so long");
  CAPTURE(world.server.refuses_token, bye);
  KeeperProcess process(world, {"INBOX", "Sent"});
  REQUIRE(process.settle());
  world.time.advance(seconds(3));
  for (int end = 1; end <= 10; ++end) {
    INFO(end);
    world.time.advance(minutes(5));
    world.end_token();
    world.server.say_bye(bye);
    world.server.deliver(end % 2 ? "INBOX" : "Sent", mail(100 + end));
    CHECK(process.settle_equal(seconds(20)));
    CHECK(world.credentials.generation == static_cast<std::uint64_t>(end + 1));
    world.time.advance(seconds(20));
    CHECK(process.keeper.state().phase == AccountPhase::kWatching);
  }
  CHECK(world.nobody_was_told());
}

TEST_CASE("tokens that end one right after the other cost a renewal and a second or two each") {
  TokenWorld world;
  world.server.refuses_token =
      GENERATE(as<std::string>(), "NO", "challenge", "BYE", "BYE So long", "OK, BYE", "cut");
  // How sessions end that have begun a moment ago.
  const auto bye = GENERATE(as<std::string>(), "Session expired, please login again.",
                            "The token has been revoked", "");
  CAPTURE(world.server.refuses_token, bye);
  // Where many accounts live on one grant, all but one find that another has had it renewed.
  const bool renewed_by_another = GENERATE(false, true);
  CAPTURE(renewed_by_another);
  KeeperProcess process(world, {"INBOX", "Sent"});
  REQUIRE(process.settle());
  for (int end = 1; end <= 10; ++end) {
    INFO(end);
    world.time.advance(seconds(4));
    world.end_token();
    if (renewed_by_another) ++world.credentials.generation;
    if (bye.empty()) {
      world.network.cut_all();
    } else {
      world.server.say_bye(bye);
    }
    world.server.deliver(end % 2 ? "INBOX" : "Sent", mail(100 + end));
    CHECK(process.settle_equal(seconds(10)));
    CHECK(world.credentials.generation == static_cast<std::uint64_t>(end + 1));
  }
  CHECK(world.nobody_was_told());
}

TEST_CASE("a server that lets a dead token in and then names it, also while owners are compared") {
  TokenWorld world;
  REQUIRE_FALSE(world.sync().error);
  world.user = "me@example.org";
  world.server.before_command = [&](const std::string& command) {
    world.server.password = world.credentials.token_name();  // at the login, whatever is shown
    const bool is_dead = world.credentials.generation == 1;
    if (!is_dead || command.find("BODY.PEEK[HEADER]") == std::string::npos) return true;
    world.server.say_bye("Session invalidated - AccessTokenExpired");
    return false;
  };
  CHECK_FALSE(world.sync().error);
  CHECK(world.credentials.generation == 2);
  CHECK(world.log.contains("store has another owner now, and it is the same mail"));
}

TEST_CASE("a command without a daemon gets past a dead token, too, by a second look if need be") {
  TokenWorld world;
  world.server.refuses_token =
      GENERATE(as<std::string>(), "NO", "challenge", "BYE", "BYE So long", "OK, BYE", "cut");
  CAPTURE(world.server.refuses_token);
  world.end_token();
  CHECK_FALSE(world.sync().error);
  CHECK(world.level());
  CHECK(world.credentials.generation == 2);
  CHECK(world.server.connections() == (world.server.refuses_token == "cut" ? 3 : 2));
}

TEST_CASE("a token that ends in the middle of a FETCH is nobody's fault there") {
  TokenWorld world;
  const auto how = GENERATE(as<std::string>(), "BYE", "NO AccessTokenExpired",
                            "NO [AUTHENTICATIONFAILED] The token is worth nothing any more");
  CAPTURE(how);
  for (int i = 0; i < 30; ++i) world.server.deliver("Sent", std::string(200'000, 'x') + mail(i));
  int ends = 0;
  world.server.before_command = [&](const std::string& command) {
    world.server.refuse_fetch.reset();
    if (command.find("BODY.PEEK[]") == std::string::npos || ends == 10) return true;
    ++ends;
    world.end_token();
    if (how != "BYE") {
      world.server.refuse_fetch = how;
      return true;
    }
    world.server.say_bye("Session invalidated - AccessTokenExpired");
    return false;
  };
  SECTION("of a command") {
    for (int runs = 0; !world.level() && runs < 3; ++runs) {
      const auto outcome = world.sync();
      CHECK(outcome.owed.empty());
    }
  }
  SECTION("of a daemon") {
    KeeperProcess process(world, {"INBOX", "Sent"});
    CHECK(process.settle_equal(minutes(2)));
    CHECK(process.keeper.state().owed.empty());
  }
  CHECK(world.level());
  CHECK(ends == 10);
  CHECK(world.credentials.generation == 11);
  CHECK(world.nobody_was_told());
  CHECK_FALSE(world.log.contains("quarantined"));
}

TEST_CASE("an account whose tokens are all refused is told of, and comes back by itself") {
  TokenWorld world;
  KeeperProcess process(world, {"INBOX"});
  REQUIRE(process.settle());
  world.credentials.is_final = true;
  world.end_token();
  world.network.cut_all();
  world.time.advance(minutes(3));
  CHECK(process.keeper.state().phase == AccountPhase::kStopped);
  REQUIRE(process.keeper.state().trouble);
  CHECK(process.keeper.state().trouble->what.find("check the account's user, and what its login") !=
        std::string::npos);
  SECTION("when another token is there, whoever had it renewed") {
    ++world.credentials.generation;
    CHECK(process.settle_equal(minutes(6)));
  }
  SECTION("when the same one is taken again") {
    world.server.password = world.credentials.token_name();
    CHECK(process.settle_equal(minutes(11)));
  }
  SECTION("when somebody asks") {
    ++world.credentials.generation;
    process.keeper.try_now();
    CHECK(process.settle_equal(seconds(5)));
  }
  SECTION("and needs a login as soon as it turns out that the grant has ended") {
    world.time.advance(hours(3));  // the next try is hours away
    CHECK(process.keeper.state().phase == AccountPhase::kStopped);
    world.credentials.unreadable = true;
    world.credentials.awaits_login = true;
    world.time.advance(minutes(6));
    CHECK(process.keeper.state().phase == AccountPhase::kNeedsLogin);
    CHECK(world.log.contains("no secret"));
    const auto connections = world.server.connections();
    world.time.advance(hours(12));
    CHECK(world.server.connections() == connections);
    CHECK(process.keeper.state().phase == AccountPhase::kNeedsLogin);
  }
  SECTION("and is told of again after six hours, not at each try") {
    world.time.advance(hours(5));
    CHECK(world.log.count(LogLevel::kError) == 1);
    CHECK(world.server.connections() < 12);
    world.time.advance(hours(8));
    CHECK(world.log.count(LogLevel::kError) >= 2);
    CHECK(world.log.count(LogLevel::kError) <= 3);
  }
}

TEST_CASE(
    "a connection that COMPRESS breaks is made once more without, and so are all later ones") {
  MirrorWorld world;
  for (int i = 0; i < 5; ++i) world.server.deliver("INBOX", mail(i));
  world.server.capabilities.insert("COMPRESS=DEFLATE");
  world.server.compress_ends_with =
      GENERATE(as<std::string>(), "cut", "cut at once", "in the clear", "silence");
  CAPTURE(world.server.compress_ends_with);
  world.server_options.compress = true;
  SECTION("of a command") {
    const auto outcome = world.sync();
    CHECK_FALSE(outcome.error);
    CHECK(world.on_disk() == world.on_server());
    CHECK(world.server.connections() == 2);
    CHECK(world.server.count("COMPRESS") == 1);
    // The same process has other accounts there.
    CHECK_FALSE(world.sync().error);
    CHECK(world.server.connections() == 3);
    CHECK(world.server.count("COMPRESS") == 1);
    CHECK(world.log.contains("COMPRESS breaks the connection"));
  }
  SECTION("of a daemon") {
    KeeperProcess process(world, {"INBOX"});
    CHECK(process.settle_equal(minutes(3)));
    world.network.cut_all();
    world.server.deliver("INBOX", mail(100));
    CHECK(process.settle_equal(minutes(1)));
    CHECK(world.server.count("COMPRESS") == 1);
  }
}

TEST_CASE("a server that says BYE while COMPRESS is asked is not one that breaks it") {
  MirrorWorld world;
  world.server.deliver("INBOX", mail(1));
  world.server.capabilities.insert("COMPRESS=DEFLATE");
  world.server.compress_ends_with = "BYE";
  world.server_options.compress = true;
  (void)world.sync();
  CHECK(world.server.count("COMPRESS") == 1);
  CHECK(world.gate.may_compress("imap.example.org:993"));
}

TEST_CASE("a network that is away is not taken for COMPRESS that breaks") {
  MirrorWorld world;
  world.server.deliver("INBOX", mail(1));
  world.server.capabilities.insert("COMPRESS=DEFLATE");
  world.server.compress_ends_with = "cut";
  world.server_options.compress = true;
  world.server.before_command = [&](const std::string& command) {
    if (command.starts_with("COMPRESS")) {
      world.network.refuse(Error{Remedy::kRetrySoon, Trouble::kServer, "refused", 0});
    }
    return true;
  };
  CHECK(world.sync().error);
  CHECK(world.gate.may_compress("imap.example.org:993"));
}
