#include "auth/grant_saving.h"

#include <catch2/catch.hpp>
#include <cerrno>

#include "tests/support/memory_files.h"
#include "tests/support/sim_workers.h"
#include "tests/support/sim_world.h"

using namespace imapkeep;

namespace {

struct Saved {
  SimWorld time;
  MemoryDisk disk;
  SimWorkers workers{time};
  std::unique_ptr<Strand> strand = workers.strand(PoolKind::kStore);
  Vault vault{disk, "/state", std::nullopt, 0};
  Grant grant;
  std::optional<Result<Done>> told;

  Saved() {
    disk.put("/state/lock", "");
    grant.key = {"https://as.example", "client", "me", "mail"};
    grant.refresh_token = Secret("new");
  }
  std::string run(Duration at_most = std::chrono::minutes(5)) {
    told.reset();
    GrantSaving saving(vault, *strand, time);
    const auto operation = saving.start(grant, [&](const Result<Done>& done) { told = done; });
    time.run_until([&] { return told.has_value(); }, at_most);
    if (!told) return "waits";
    return *told ? "saved" : told->error().what;
  }
  Grant kept() {
    const auto found = vault.load(grant.key.id());
    REQUIRE(found);
    REQUIRE(*found);
    return **found;
  }
};

}  // namespace

TEST_CASE("grant saving: the generation follows the one that is there") {
  Saved saved;
  CHECK(saved.run() == "saved");
  CHECK(saved.kept().generation == 1);
  saved.grant.refresh_token = Secret("newer");
  CHECK(saved.run() == "saved");
  CHECK(saved.kept().generation == 2);
  CHECK(saved.kept().refresh_token.reveal() == "newer");
}

TEST_CASE("grant saving: waits for a renewal under way, and not for ever") {
  Saved saved;
  auto lock = saved.vault.lock(saved.grant.key.id());
  REQUIRE(lock);
  const Operation released = saved.time.after(std::chrono::seconds(20), [&] { (*lock).reset(); });
  CHECK(saved.run(std::chrono::seconds(19)) == "waits");
  CHECK(saved.run() == "saved");
  lock = saved.vault.lock(saved.grant.key.id());
  REQUIRE(lock);
  CHECK(saved.run() != "saved");
  CHECK(saved.told->error().trouble == Trouble::kBusy);
}

TEST_CASE("grant saving: a full disk is told, and the old grant stays") {
  Saved saved;
  REQUIRE(saved.run() == "saved");
  saved.grant.refresh_token = Secret("lost");
  saved.disk.set_free(10);
  CHECK(saved.run() != "saved");
  CHECK(saved.told->error().trouble == Trouble::kStore);
  CHECK(saved.kept().refresh_token.reveal() == "new");
}

TEST_CASE("grant saving: what is sealed with another key is overwritten") {
  Saved saved;
  const auto old = BoxKey::derive(Secret(std::string(32, 'o')));
  REQUIRE(old);
  Grant grant = saved.grant;
  grant.refresh_token = Secret("old");
  REQUIRE(Vault(saved.disk, "/state", *old, 0).save(grant));
  REQUIRE_FALSE(saved.vault.load(grant.key.id()).has_value());
  CHECK(saved.run() == "saved");
  CHECK(saved.kept().refresh_token.reveal() == "new");
}

TEST_CASE("grant saving: a damaged file is moved aside, and the new grant is there") {
  Saved saved;
  const std::string path = "/state/tokens/" + saved.grant.key.id();
  const auto damage = GENERATE(as<std::string>(), "", "gibberish", "imapkeep grant 1 plain\n{");
  saved.disk.put(path, damage);
  const auto before = saved.vault.load(saved.grant.key.id());
  REQUIRE_FALSE(before);
  CHECK(before.error().what.find(path) != std::string::npos);
  CHECK(can_save(saved.vault, saved.grant.key.id()));
  CHECK(saved.run() == "saved");
  CHECK(saved.kept().refresh_token.reveal() == "new");
  CHECK(saved.disk.files().at(path + ".damaged") == damage);
}

TEST_CASE("grant saving: whether it could be done is known before, and leaves nothing behind") {
  Saved saved;
  const std::string id = saved.grant.key.id();
  CHECK(can_save(saved.vault, id));
  CHECK(saved.disk.files().count("/state/tokens/" + id + ".new") == 0);
  {
    const auto lock = saved.vault.lock(id);
    REQUIRE(lock);
    CHECK(can_save(saved.vault, id));  // a renewal is under way
  }
  saved.disk.set_free(1000);
  const auto full = can_save(saved.vault, id);
  REQUIRE_FALSE(full);
  CHECK(full.error().os_code == ENOSPC);
  CHECK(saved.disk.files().count("/state/tokens/" + id + ".new") == 0);
}
