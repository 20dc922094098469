// What an upgrade costs: the first pass over a ledger that a former version wrote.
#include <catch2/catch.hpp>

#include "sync/state/sqlite/sqlite_database.h"
#include "tests/sync/pass/mirror_world.h"

using namespace imapkeep;

namespace {

void run_sql(const MirrorWorld& world, const std::string& sql) {
  auto ledger = Database::open(world.state.file("ledger.sqlite"), Database::Mode::kWrite);
  REQUIRE(ledger);
  const auto done = (*ledger)->script(sql);
  if (!done) FAIL(done.error().what);
}

/// How often a directory is listed in a pass that finds nothing new.
std::uint64_t listings_of_a_pass(MirrorWorld& world) {
  const std::uint64_t before = world.disk.listings();
  const SyncOutcome outcome = world.sync();
  if (outcome.error) FAIL(outcome.error->what);
  CHECK(outcome.stored == 0);
  return world.disk.listings() - before;
}

}  // namespace

TEST_CASE("the first pass after an upgrade looks at no folder again in which nobody has been") {
  MirrorWorld world;
  for (const char* folder : {"Archive", "Lists", "Sent"}) {
    world.server.create_folder(folder);
    world.server.deliver(folder, std::string("Subject: ") + folder + "\r\n\r\n", {}, 1'700'000'000);
  }
  REQUIRE_FALSE(world.sync().error);
  (void)listings_of_a_pass(world);
  const std::uint64_t usual = listings_of_a_pass(world);

  // The ledger of schema 3 kept a number in place of the token.
  run_sql(world,
          "ALTER TABLE folder ADD COLUMN cur_mtime_ns INTEGER NOT NULL DEFAULT 0;"
          "UPDATE folder SET cur_mtime_ns = CAST(CAST(token AS TEXT) AS INTEGER);"
          "ALTER TABLE folder DROP COLUMN token;"
          "PRAGMA user_version = 3");
  CHECK(listings_of_a_pass(world) == usual);

  run_sql(world, "UPDATE folder SET token = x''");
  CHECK(listings_of_a_pass(world) > usual);
  CHECK(listings_of_a_pass(world) == usual);
}
