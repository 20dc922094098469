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

/// How many names on the disk a pass looks at that finds nothing new.
std::uint64_t looks_of_a_pass(MirrorWorld& world) {
  const std::uint64_t before = world.disk.looks();
  const SyncOutcome outcome = world.sync();
  if (outcome.error) FAIL(outcome.error->what);
  CHECK(outcome.stored == 0);
  return world.disk.looks() - before;
}

}  // namespace

TEST_CASE("the first pass after an upgrade looks at no folder again in which nobody has been") {
  MirrorWorld world;
  world.disk.set_has_ctimes(GENERATE(true, false));
  for (const char* folder : {"Archive", "Lists", "Sent"}) {
    world.server.create_folder(folder);
    world.server.deliver(folder, std::string("Subject: ") + folder + "\r\n\r\n", {}, 1'700'000'000);
  }
  REQUIRE_FALSE(world.sync().error);
  (void)looks_of_a_pass(world);
  const std::uint64_t usual = looks_of_a_pass(world);

  // The ledger of schema 3 kept a number in place of the token.
  run_sql(world,
          "ALTER TABLE folder ADD COLUMN cur_mtime_ns INTEGER NOT NULL DEFAULT 0;"
          "UPDATE folder SET cur_mtime_ns = CAST(CAST(token AS TEXT) AS INTEGER);"
          "ALTER TABLE folder DROP COLUMN token;"
          "PRAGMA user_version = 3");
  CHECK(looks_of_a_pass(world) == usual);

  run_sql(world, "UPDATE folder SET token = x''");
  CHECK(looks_of_a_pass(world) > usual);
  CHECK(looks_of_a_pass(world) == usual);
}
