// What this machine does to a renewal: disks, locks, files and power.
#include <cerrno>

#include "tests/auth/kept_grant.h"
#include "tests/support/numbered_files.h"

using namespace imapkeep;
using std::chrono::minutes;
using std::chrono::seconds;

TEST_CASE("a full disk stops the renewal before the old token is spent") {
  KeptGrant world;
  world.log_in();
  world.time.advance(minutes(61));
  world.disk.set_free(100);
  CHECK(world.get().starts_with("store: "));
  CHECK(world.http.bodies.empty());
  world.disk.set_free(1U << 30U);
  CHECK(world.get() == "access-2");
  CHECK(world.kept().refresh_token.reveal() == "refresh-2");
}

TEST_CASE("what stops an early renewal on this machine stops nobody while the old token is good") {
  KeptGrant world;
  world.log_in();
  CHECK(world.get() == "access-1");
  world.time.advance(minutes(50));
  SECTION("a full disk") {
    world.disk.set_free(100);
    CHECK(world.get() == "access-1");
    CHECK(world.log.count(LogLevel::kWarning) == 1);
    CHECK(world.get() == "access-1");
    CHECK(world.log.count(LogLevel::kWarning) == 1);  // not tried again at once
    world.time.advance(seconds(61));
    CHECK(world.get() == "access-1");
    CHECK(world.log.count(LogLevel::kWarning) == 2);
    world.time.advance(minutes(10));
    CHECK(world.get().starts_with("store: "));
    world.disk.set_free(1U << 30U);
  }
  SECTION("a client that cannot be read") {
    world.unreadable = true;
    CHECK(world.get() == "access-1");
    world.time.advance(minutes(11));
    CHECK(world.get() == "config: no such file");
    world.unreadable = false;
  }
  SECTION("a process that has the lock") {
    const auto lock = world.vault.lock(world.key.id());
    REQUIRE(lock);
    const MonoTime before = world.time.mono_now();
    CHECK(world.get() == "access-1");
    CHECK(world.time.mono_now() - before < seconds(1));
    world.time.advance(seconds(61));
  }
  CHECK(world.http.bodies.empty());
  CHECK(world.get() == "access-2");
}

TEST_CASE("a login counts after the vault was emptied, though generations begin again with it") {
  KeptGrant world;
  world.log_in();
  world.time.advance(minutes(61));
  world.http.refuse(400, R"({"error":"invalid_grant"})");
  CHECK(world.get().starts_with("login: "));
  world.disk.remove("/state/tokens/" + world.key.id());
  world.log_in();
  REQUIRE(world.kept().generation == 1);
  CHECK(world.get() == "access-1");
  CHECK_FALSE(world.keeper->needs_login());
}

TEST_CASE("what another process renews is used, and nobody asks beside it") {
  KeptGrant world;
  world.log_in();
  world.time.advance(minutes(61));
  auto lock = world.vault.lock(world.key.id());
  REQUIRE(lock);
  std::string told;
  const auto operation =
      world.keeper->get([&](const Result<AccessToken>& token) { told = KeptGrant::text(token); });
  world.time.advance(seconds(5));
  CHECK(told.empty());
  Grant grant = world.kept();
  grant.access_token = Secret("access-of-another");
  grant.obtained = world.time.wall_now();
  grant.expires = grant.obtained + minutes(60);
  ++grant.generation;
  REQUIRE(world.vault.save(grant));
  lock->reset();
  world.time.advance(seconds(5));
  CHECK(told == "access-of-another");
  CHECK(world.http.bodies.empty());
}

TEST_CASE("nobody gets tokens that could not be kept, and they are kept as soon as that can be") {
  KeptGrant world;
  world.log_in();
  CHECK(world.get() == "access-1");
  world.time.advance(minutes(61));
  std::string told;
  auto operation =
      world.keeper->get([&](const Result<AccessToken>& token) { told = KeptGrant::text(token); });
  // The room is there and the request is out; then the disk fails.
  world.time.advance(std::chrono::milliseconds(500));
  REQUIRE(world.http.bodies.size() == 1);
  world.disk.fail_at(1, EIO, true);
  world.time.advance(seconds(5));
  CHECK(told.starts_with("store: "));
  CHECK(world.get().starts_with("store: "));
  world.disk.no_faults();
  CHECK(world.kept().refresh_token.reveal() == "refresh-1");
  CHECK(world.get() == "access-2");
  CHECK(world.kept().refresh_token.reveal() == "refresh-2");
  CHECK(world.http.bodies.size() == 1);
}

TEST_CASE("who stops waits for tokens that cannot be kept yet, and not for ever") {
  const bool mended = GENERATE(true, false);
  KeptGrant world;
  world.log_in();
  world.time.advance(minutes(61));
  auto nobody = world.keeper->get([](const Result<AccessToken>&) {});
  world.time.advance(std::chrono::milliseconds(500));
  REQUIRE(world.http.bodies.size() == 1);
  nobody.cancel();
  world.disk.fail_at(1, EIO, true);
  bool finished = false;
  const auto operation = world.keeper->finish([&](const Result<Done>&) { finished = true; });
  world.time.advance(seconds(20));
  CHECK_FALSE(finished);
  if (mended) world.disk.no_faults();
  world.time.advance(mended ? seconds(1) : seconds(20));
  CHECK(finished);
  CHECK(world.kept().refresh_token.reveal() == (mended ? "refresh-2" : "refresh-1"));
  CHECK(world.log.contains("new token is lost") == !mended);
  CHECK(world.http.bodies.size() == 1);
}

TEST_CASE("power that fails anywhere in a renewal leaves the old pair or the new one") {
  for (std::uint64_t call = 1; call < 20; ++call) {
    KeptGrant world;
    world.log_in();
    world.time.advance(minutes(61));
    world.disk.kill_at(call);
    const auto operation = world.keeper->get([](const Result<AccessToken>&) {});
    world.time.advance(seconds(10));
    world.disk.power_cut(MemoryDisk::Cut::kLoseNames);
    world.disk.reopen();
    const std::string refresh(world.kept().refresh_token.reveal());
    CHECK((refresh == "refresh-1" || refresh == "refresh-2"));
  }
}

TEST_CASE("what was prepared for a renewal is taken away under the lock, never behind it") {
  int taken_away = 0;
  for (std::uint64_t point = 1; point < 40; ++point) {
    KeptGrant world;
    world.log_in();
    world.time.advance(minutes(61));
    CrashPoints points;
    NumberedFiles numbered(world.disk, points);
    points.stop_at(point, [&] {
      if (!points.last().starts_with("unlink ") || !points.last().ends_with(".new")) return;
      ++taken_away;
      const auto lock = world.vault.lock(world.key.id());
      CHECK_FALSE(lock.has_value());
    });
    world.start(Vault(numbered, "/state", std::nullopt, 0));
    world.http.refuse(503, "");
    CHECK(world.get().starts_with("server: "));
    world.time.advance(seconds(1));
    REQUIRE(world.vault.lock(world.key.id()));
  }
  CHECK(taken_away == 2);  // what a dead process may have left, and our own
}

TEST_CASE("a grant that is sealed with another key is none, and the reason names the key") {
  KeptGrant world;
  const auto key = BoxKey::derive(Secret(std::string(32, 'k')));
  REQUIRE(key);
  world.log_in();
  REQUIRE(Vault(world.disk, "/state", *key, 0).save(world.kept()));
  world.start();
  SECTION("a person's: the person is asked") {
    const std::string told = world.get();
    CHECK(told.starts_with("login: needs login: "));
    CHECK(told.find("`state_key`") != std::string::npos);
    CHECK(world.keeper->needs_login());
    world.disk.remove("/state/tokens/" + world.key.id());
    world.log_in();
    CHECK(world.get() == "access-1");
  }
  SECTION("a client's own: another is had") {
    world.flow = GENERATE(OAuthFlow::kServiceAccount, OAuthFlow::kClientCredentials);
    CHECK(world.get() == "access-2");
    CHECK(world.kept().access_token.reveal() == "access-2");
  }
}

TEST_CASE("what a provider has said for good is not asked again by the next process") {
  KeptGrant world;
  world.log_in();
  world.time.advance(minutes(61));
  world.http.refuse(400, R"({"error":"invalid_grant"})");
  const std::string told = world.get();
  CHECK(told.starts_with("login: needs login: "));
  for (int i = 0; i < 3; ++i) {
    world.start();
    CHECK(world.get() == told);
  }
  CHECK(world.http.bodies.size() == 1);
  CHECK(world.kept().refresh_token.reveal() == "refresh-1");
  SECTION("a person wants to know") {
    world.keeper->retry_now();
    CHECK(world.get() == told);
    world.start();
    world.keeper->retry_now();
    CHECK(world.get() == "access-3");
    CHECK_FALSE(world.kept().refusal);
  }
  SECTION("a person logs in") {
    world.log_in();
    world.start();
    CHECK(world.get() == "access-1");
    CHECK(world.http.bodies.size() == 1);
  }
}

namespace {

HttpAnswer tokens(const std::string& access, const std::string& lifetime) {
  HttpAnswer answer;
  answer.status = 200;
  answer.body = Secret(R"({"access_token":")" + access + R"(","refresh_token":"refresh-2")" +
                       (lifetime.empty() ? "" : R"(,"expires_in":)" + lifetime) + "}");
  return answer;
}

}  // namespace

TEST_CASE("a life that is zero, absurd, or not told costs no refresh token for each login") {
  KeptGrant world;
  world.log_in();
  world.time.advance(minutes(61));
  const auto lifetime = GENERATE(as<std::string>(), "0", "\"0\"", "", "\"soon\"", "-1", "1e99");
  CAPTURE(lifetime);
  world.http.answers.push_back(tokens("access-2", lifetime));
  for (int i = 0; i < 20; ++i) CHECK(world.get() == "access-2");
  CHECK(world.http.bodies.size() == 1);
}

TEST_CASE("a token that lives for a second only is given to who waited for it") {
  KeptGrant world;
  world.log_in();
  world.time.advance(minutes(61));
  world.workers.set_store_pace(seconds(2));  // a slow disk
  world.http.answers.push_back(tokens("access-2", "1"));
  CHECK(world.get() == "access-2");
  CHECK(world.http.bodies.size() == 1);
}

TEST_CASE("the same token once more is no reason to ask again before it ends") {
  KeptGrant world;
  world.log_in();
  world.time.advance(minutes(50));
  world.http.answers.push_back(tokens("access-1", "600"));
  for (int i = 0; i < 9; ++i) {
    CHECK(world.get() == "access-1");
    world.time.advance(minutes(1));
  }
  CHECK(world.http.bodies.size() == 1);
  world.time.advance(minutes(1));
  CHECK(world.get() == "access-3");
}

TEST_CASE("an early renewal that takes its time keeps nobody waiting, and is brought to its end") {
  KeptGrant world;
  world.log_in();
  world.time.advance(minutes(50));
  world.http.takes = seconds(36);
  const auto before = world.time.mono_now();
  CHECK(world.get() == "access-1");
  CHECK(world.time.mono_now() - before < seconds(12));
  CHECK(world.get() == "access-1");
  CHECK(world.time.mono_now() - before < seconds(13));
  world.time.advance(seconds(40));
  CHECK(world.get() == "access-2");
  CHECK(world.http.bodies.size() == 1);
  CHECK(world.kept().refresh_token.reveal() == "refresh-2");
}

TEST_CASE("a damaged file is no grant, and its name is said with what helps") {
  KeptGrant world;
  const std::string path = "/state/tokens/" + world.key.id();
  world.disk.put(path, "imapkeep grant 1 plain\n{\"gener");
  SECTION("a person's: the person is asked") {
    const std::string told = world.get();
    CHECK(told.starts_with("login: needs login: the token file " + path + " holds no grant; "));
    CHECK(told.find("`imapkeep login` moves it aside") != std::string::npos);
    CHECK(world.keeper->needs_login());
    CHECK(world.http.bodies.empty());
  }
  SECTION("a client's own: another is had") {
    world.flow = OAuthFlow::kClientCredentials;
    CHECK(world.get() == "access-2");
    CHECK(world.kept().access_token.reveal() == "access-2");
  }
}

TEST_CASE("an ended grant is said by every process, also while its last token would be good") {
  KeptGrant world;
  world.log_in();
  SECTION("by the one that lives on it, and was refused when another found out") {
    CHECK(world.get() == "access-1");
    CHECK(world.keeper->refused(1, 0));
    Grant ended = world.kept();
    ended.refusal = GrantRefusal{true, "revoked", world.time.wall_now(), world.time.wall_now()};
    REQUIRE(world.vault.save(ended));
    CHECK(world.get() == "login: needs login: revoked");
    CHECK(world.keeper->needs_login());
    CHECK(world.http.bodies.empty());
  }
  SECTION("by those that come after the one that found out") {
    CHECK(world.get() == "access-1");
    CHECK(world.keeper->refused(1, 0));
    world.http.refuse(400, R"({"error":"invalid_grant"})");
    const std::string told = world.get();
    CHECK(told.starts_with("login: needs login: "));
    for (unsigned before = 0; before < 5; ++before) {
      world.start();
      CHECK(world.get() == "access-1");  // some mail servers take it until its end
      CHECK(world.keeper->refused(1, before));
      CHECK(world.get() == told);
      CHECK(world.keeper->needs_login());
    }
    CHECK(world.http.bodies.size() == 1);
  }
}

TEST_CASE("a provider's wish to be left alone holds for the next process, too") {
  KeptGrant world;
  world.log_in();
  world.time.advance(minutes(61));
  HttpAnswer answer;
  answer.status = 429;
  answer.headers.emplace_back("retry-after", "3600");
  world.http.answers.push_back(answer);
  CHECK(world.get().starts_with("server: "));
  world.start();
  world.time.advance(minutes(59));
  CHECK(world.get().starts_with("server: "));
  world.start();
  CHECK(world.get().starts_with("server: "));
  CHECK(world.http.bodies.size() == 1);
  world.time.advance(minutes(2));
  CHECK(world.get() == "access-3");
  CHECK_FALSE(world.kept().refusal);
}
