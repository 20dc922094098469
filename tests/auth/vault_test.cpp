#include "auth/vault.h"

#include <catch2/catch.hpp>
#include <cerrno>

#include "tests/support/fake_files.h"
#include "tests/support/memory_files.h"

using namespace imapkeep;

namespace {

const std::string kState = "/state";
const std::string kFolder = "/state/tokens";

Grant grant(const std::string& user, std::uint64_t generation = 1) {
  Grant made;
  made.key = {"https://as.example", "client", user, "mail"};
  made.access_token = Secret("access-of-" + user);
  made.refresh_token = Secret("refresh-of-" + user);
  made.obtained = from_unix_ms(1'700'000'000'123);
  made.expires = from_unix_ms(1'700'003'600'123);
  made.generation = generation;
  return made;
}

std::optional<BoxKey> key(const std::string& text) {
  const auto made = BoxKey::derive(Secret(text + std::string(32, 'k')));
  REQUIRE(made);
  return *made;
}

std::uint64_t generation_in(const Vault& vault, const std::string& id) {
  const auto found = vault.load(id);
  INFO((found ? std::string() : found.error().what));
  REQUIRE(found);
  return *found ? (*found)->generation : 0;
}

}  // namespace

TEST_CASE("what is kept comes back, and sealed nobody reads it") {
  const bool sealed = GENERATE(false, true);
  MemoryDisk disk;
  disk.put(kState + "/lock", "");
  const Vault vault(disk, kState, sealed ? key("a") : std::nullopt, 0);
  const std::string id = grant("me").key.id();
  const auto nothing = vault.load(id);
  REQUIRE(nothing);
  CHECK_FALSE(*nothing);
  CHECK_FALSE(disk.open_root(kFolder));  // a look, perhaps root's, makes nothing
  Grant kept = grant("me", 7);
  kept.refresh_expires = from_unix_ms(5);
  REQUIRE(vault.save(kept));
  const auto found = vault.load(id);
  REQUIRE(found);
  REQUIRE(*found);
  CHECK((*found)->key == kept.key);
  CHECK((*found)->access_token.reveal() == "access-of-me");
  CHECK((*found)->refresh_token.reveal() == "refresh-of-me");
  CHECK((*found)->generation == 7);
  CHECK((*found)->expires == kept.expires);
  CHECK((*found)->refresh_expires == kept.refresh_expires);
  const std::string bytes = disk.files().at(kFolder + "/" + id);
  CHECK((bytes.find("refresh-of-me") == std::string::npos) == sealed);
  CHECK(vault.describe().starts_with(sealed ? "tokens are encrypted" : "tokens are not"));
}

TEST_CASE("a sealed grant that was touched, swapped or of another key is refused") {
  MemoryDisk disk;
  disk.put(kState + "/lock", "");
  const Vault vault(disk, kState, key("a"), 0);
  const std::string mine = grant("me").key.id();
  const std::string yours = grant("you").key.id();
  REQUIRE(vault.save(grant("me")));
  REQUIRE(vault.save(grant("you")));
  const std::string whole = disk.files().at(kFolder + "/" + mine);
  for (std::size_t i = 0; i < whole.size(); ++i) {
    std::string touched = whole;
    touched[i] = static_cast<char>(touched[i] ^ 1);
    disk.put(kFolder + "/" + mine, touched);
    CHECK_FALSE(vault.load(mine));
  }
  disk.put(kFolder + "/" + mine, whole.substr(0, whole.size() / 2));
  CHECK_FALSE(vault.load(mine));
  disk.put(kFolder + "/" + mine, disk.files().at(kFolder + "/" + yours));
  CHECK_FALSE(vault.load(mine));
  disk.put(kFolder + "/" + mine, whole);
  CHECK(vault.load(mine));
  CHECK_FALSE(Vault(disk, kState, key("b"), 0).load(mine));
  const auto without = Vault(disk, kState, std::nullopt, 0).load(mine);
  REQUIRE_FALSE(without);
  CHECK(without.error().trouble == Trouble::kConfig);
  CHECK_FALSE(BoxKey::derive(Secret(std::string(31, 'k'))));
}

TEST_CASE("an unsealed grant in another's place is refused too") {
  MemoryDisk disk;
  disk.put(kState + "/lock", "");
  const Vault vault(disk, kState, std::nullopt, 0);
  REQUIRE(vault.save(grant("you")));
  disk.move(kFolder + "/" + grant("you").key.id(), kFolder + "/" + grant("me").key.id());
  CHECK_FALSE(vault.load(grant("me").key.id()));
}

TEST_CASE("whatever dies on the way, the old grant or the new one is there") {
  const auto cut = GENERATE(MemoryDisk::Cut::kLoseNames, MemoryDisk::Cut::kKeepNames);
  const std::string id = grant("me").key.id();
  bool died = true;
  for (std::uint64_t at = 1; died; ++at) {
    MemoryDisk disk;
    disk.put(kState + "/lock", "");
    const Vault vault(disk, kState, key("a"), 0);
    REQUIRE(vault.save(grant("me", 1)));
    disk.kill_at(at);
    const bool saved = vault.save(grant("me", 2)).has_value();
    died = disk.killed();
    disk.power_cut(cut);
    disk.reopen();
    const auto generation = generation_in(vault, id);
    INFO("call " << at);
    CHECK((generation == 2 || (generation == 1 && !saved)));
    REQUIRE(vault.save(grant("me", 3)));  // nothing is left in the way
    CHECK(generation_in(vault, id) == 3);
  }
}

TEST_CASE("a full disk shows itself before tokens come, and costs none") {
  MemoryDisk disk;
  disk.put(kState + "/lock", "");
  const Vault vault(disk, kState, key("a"), 0);
  const std::string id = grant("me").key.id();
  REQUIRE(vault.save(grant("me", 1)));
  disk.set_free(1000);
  const auto reservation = vault.reserve(id);
  REQUIRE_FALSE(reservation);
  CHECK(reservation.error().os_code == ENOSPC);
  CHECK(generation_in(vault, id) == 1);
  CHECK(disk.files().count(kFolder + "/" + id + ".new") == 0);
}

TEST_CASE("files that others can read or own, and links, are refused") {
  test::FakeFiles paper;
  const std::string id = grant("me").key.id();
  const std::string path = kFolder + "/" + id;
  const std::string bytes =
      "imapkeep grant 1 plain\n" + std::string(grant_to_json(grant("me")).reveal());
  paper.put_private_directory(kFolder, 1000);
  paper.put(path, bytes).facts.owner = 1000;
  const Vault vault(paper, kState, std::nullopt, 1000);
  const auto found = vault.load(id);
  INFO((found ? std::string() : found.error().what));
  CHECK(found);
  paper.put(path, bytes, 0640).facts.owner = 1000;
  CHECK_FALSE(vault.load(id));
  paper.put(path, bytes).facts.owner = 0;
  CHECK_FALSE(vault.load(id));
  paper.put(path, bytes).facts.owner = 1000;
  CHECK(vault.load(id));
  CHECK_FALSE(Vault(paper, kState, std::nullopt, 1001).load(id));  // nor is the directory ours
  MemoryDisk disk;
  disk.put(kState + "/lock", "");
  disk.put_link(path);
  CHECK_FALSE(Vault(disk, kState, std::nullopt, 0).load(id));
}

TEST_CASE("two processes do not refresh at once") {
  MemoryDisk disk;
  disk.put(kState + "/lock", "");
  const Vault vault(disk, kState, std::nullopt, 0);
  auto lock = vault.lock("x");
  REQUIRE(lock);
  const auto other = vault.lock("x");
  REQUIRE_FALSE(other);
  CHECK(other.error().trouble == Trouble::kBusy);
  lock->reset();
  CHECK(vault.lock("x"));
}
