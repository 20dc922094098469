// Whose store it is, where a message that is compared cannot be asked for: it proves nothing, and
// stands in nobody's way.
#include <catch2/catch.hpp>

#include "sync/pass/store_adoption.h"
#include "tests/sync/pass/mirror_world.h"

using namespace imapkeep;

namespace {

/// Forty stored messages, and a configuration that calls their owner by another name.
struct RenamedOwner : MirrorWorld {
  RenamedOwner() {
    server.create_folder("Archive");
    for (const char* folder : {"INBOX", "Archive"}) {
      for (int i = 1; i <= 20; ++i) {
        server.deliver(folder, "Subject: " + std::to_string(i) + " of " + folder + "\r\n\r\nx\r\n");
      }
    }
    REQUIRE(!sync().error);
    server.forget_counts();
    user = "me@example.org";
  }
  ModelFaults& inbox() { return server.box("INBOX").faults; }
};

Result<Adoption> adopt(MirrorWorld& world) {
  SimWorkers workers(world.time);
  SqliteLedger ledger(workers, world.time, world.state.file("ledger.sqlite"));
  MaildirStore store(world.disk, workers, world.time, world.random, world.log.log(),
                     MaildirOptions{MirrorWorld::kRoot, 0}, world.server_options.host,
                     world.account);
  StoreAdoption adoption({{world.network, world.time, world.time, world.random, world.log.log()},
                          ledger,
                          store,
                          world.credentials,
                          world.gate,
                          world.progress,
                          world.user,
                          world.authzid},
                         world.account, world.server_options);
  std::optional<Result<Adoption>> result;
  const Operation operation =
      adoption.start([&](Result<Adoption> adopted) { result = std::move(adopted); });
  world.time.run_until([&] { return result.has_value(); });
  REQUIRE(result);
  return *result;
}

}  // namespace

TEST_CASE("a header that costs the connection, or is refused, does not hide the owner") {
  RenamedOwner world;
  SECTION("lost") { world.inbox().fatal_header = {3, 20}; }
  SECTION("refused, and with it whoever is asked for at once") { world.inbox().refuse_facts = {7}; }
  const SyncOutcome outcome = world.sync();
  if (outcome.error) FAIL(outcome.error->what);
  CHECK(outcome.owed == std::vector<std::string>{});
  CHECK(world.log.contains("store has another owner now, and it is the same mail"));
  CHECK(world.server.bodies_served() == 0);
  CHECK(world.server.logins() <= 4);
}

TEST_CASE("an adoption does not put a folder away for one header that cannot be had") {
  RenamedOwner world;
  SECTION("lost") { world.inbox().fatal_header = {3}; }
  SECTION("refused") { world.inbox().refuse_facts = {7}; }
  const auto adopted = adopt(world);
  if (!adopted) FAIL(adopted.error().what);
  CHECK(adopted->written);
  CHECK(adopted->put_away == 0);
  CHECK(world.on_disk().size() == 40);
}

TEST_CASE("where no header at all is given, nothing is proven, and few questions are put") {
  RenamedOwner world;
  for (std::uint32_t uid = 1; uid <= 20; ++uid) world.inbox().refuse_facts.insert(uid);
  const SyncOutcome outcome = world.sync();
  REQUIRE(outcome.error);
  CHECK(outcome.error->trouble == Trouble::kStore);
  CHECK(world.server.count("UID FETCH") <= 22);
}

TEST_CASE("a folder whose EXAMINE costs the connection counts as missing when it is compared") {
  RenamedOwner world;
  world.server.before_command = [](const std::string& command) {
    return command.find("EXAMINE \"Archive\"") == std::string::npos;
  };
  const SyncOutcome outcome = world.sync();
  REQUIRE(outcome.error);
  CHECK(outcome.error->trouble == Trouble::kStore);
  CHECK(outcome.error->what.find("1 folder is missing there") != std::string::npos);
  CHECK(world.server.logins() == 3);
}
