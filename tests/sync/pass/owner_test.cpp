// Whose store it is: another user, another host, another name of the account, and stores from
// before it was written down. Nothing may be stored or leave before it is certain.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdio>

#include "sync/pass/store_adoption.h"
#include "sync/state/sqlite/read_ledger.h"
#include "tests/sync/follow/keeper_world.h"

using namespace imapkeep;

namespace {

const std::string kJournal = "/mail/.imapkeep/journal/";

std::string mail(const std::string& whose, int number) {
  return "From: " + whose + "@example.org\r\nSubject: number " + std::to_string(number) +
         "\r\nMessage-ID: <" + whose + std::to_string(number) + "@example.org>\r\n\r\nText of " +
         whose + ".\r\n";
}

void deliver(ModelImapServer& server, const std::string& folder, const std::string& whose,
             int messages) {
  if (!server.has_folder(folder)) server.create_folder(folder);
  for (int i = 1; i <= messages; ++i) server.deliver(folder, mail(whose, i));
}

/// The same folders with the same UIDVALIDITY, as when both mailboxes were opened in one second,
/// and the same UIDs; other mail.
void becomes_another_mailbox(ModelImapServer& server, const std::string& whose, int messages) {
  for (const char* folder : {"INBOX", "Archive"}) {
    ModelMailbox& box = server.box(folder);
    box.messages.clear();
    box.uid_next = 1;
    deliver(server, folder, whose, messages);
  }
}

std::vector<std::string> owner_lines(const MirrorWorld& world) {
  std::vector<std::string> lines;
  for (const auto& [path, bytes] : world.disk.files()) {
    if (!path.starts_with(kJournal)) continue;
    std::size_t at = 0;
    while (at < bytes.size()) {
      const std::size_t end = bytes.find('\n', at);
      const std::string line = bytes.substr(at, end - at);
      if (line.find("\"t\":\"owner\"") != std::string::npos) lines.push_back(line);
      at = end + 1;
    }
  }
  return lines;
}

/// As a version before this one would have left it, ledger included.
void forget_owner(MirrorWorld& world) {
  for (const auto& [path, bytes] : std::map<std::string, std::string>(world.disk.files())) {
    if (!path.starts_with(kJournal)) continue;
    std::string without;
    std::size_t at = 0;
    while (at < bytes.size()) {
      const std::size_t end = bytes.find('\n', at);
      const std::string line = bytes.substr(at, end + 1 - at);
      if (line.find("\"t\":\"owner\"") == std::string::npos) without += line;
      at = end + 1;
    }
    world.disk.put(path, without);
  }
}

void lose_ledger(MirrorWorld& world) {
  for (const char* suffix : {"", "-wal", "-shm"}) {
    std::remove(world.state.file(std::string("ledger.sqlite") + suffix).c_str());
  }
}

std::size_t said(const MirrorWorld& world, const std::string& event) {
  return static_cast<std::size_t>(
      std::count_if(world.log.lines.begin(), world.log.lines.end(),
                    [&](const auto& line) { return line.text.find(event) != std::string::npos; }));
}

void check_complete(const SyncOutcome& outcome) {
  if (outcome.error) FAIL(outcome.error->what);
  CHECK(outcome.owed == std::vector<std::string>{});
}

void check_refused(MirrorWorld& world, const std::vector<std::string>& words) {
  const auto mail_before = world.on_disk();
  const auto kept_before = world.kept();
  const SyncOutcome outcome = world.sync();
  REQUIRE(outcome.error);
  CHECK(outcome.error->trouble == Trouble::kStore);
  CHECK(outcome.error->remedy == Remedy::kNeedsOperator);
  for (const std::string& word : words) {
    CAPTURE(word, outcome.error->what);
    CHECK(outcome.error->what.find(word) != std::string::npos);
  }
  CHECK(outcome.stored == 0);
  CHECK(outcome.gone == 0);
  CHECK(world.on_disk() == mail_before);
  CHECK(world.kept() == kept_before);
  CHECK(world.server.bodies_served() == 0);
}

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
  REQUIRE(world.time.run_until([&] { return result.has_value(); }));
  return *result;
}

/// 20 messages of ann, mirrored.
struct AnnsWorld : MirrorWorld {
  AnnsWorld() {
    deliver(server, "INBOX", "ann", 12);
    deliver(server, "Archive", "ann", 8);
    user = "ann";
    options.keep_expunged = false;
    check_complete(sync());
    server.forget_counts();
  }
};

}  // namespace

TEST_CASE("a first sync writes down whose mail it is, and no pass asks the server for it again") {
  AnnsWorld world;
  REQUIRE(owner_lines(world).size() == 1);
  CHECK(owner_lines(world).front().find(
            "\"host\":\"imap.example.org\",\"user\":\"ann\",\"authzid\":\"\"") !=
        std::string::npos);
  const std::string first = world.disk.files().at(kJournal + "0000000001.jsonl");
  CHECK(first.find("\"t\":\"owner\"") < first.find("\"t\":\"message\""));
  check_complete(world.sync());
  world.user = "ann";
  world.server_options.host = "IMAP.example.org.";
  check_complete(world.sync());
  CHECK(world.server.headers_served() == 0);
  CHECK(owner_lines(world).size() == 1);
}

TEST_CASE("an owner is written down for a mailbox that is empty, too") {
  MirrorWorld world;
  world.user = "ann";
  check_complete(world.sync());
  CHECK(owner_lines(world).size() == 1);
  // Nothing is stored: nothing can be lost, and the store learns its new owner.
  world.user = "bob";
  deliver(world.server, "INBOX", "bob", 3);
  check_complete(world.sync());
  CHECK(owner_lines(world).size() == 2);
  CHECK(world.on_disk() == world.on_server());
}

TEST_CASE("another name of the same mailbox is believed when its messages are the same") {
  AnnsWorld world;
  const auto before = world.on_disk();
  SECTION("an alias") { world.user = "ann@example.org"; }
  SECTION("another identity behind the login") { world.authzid = "shared"; }
  SECTION("another name of the host") { world.server_options.host = "mail.example.net"; }
  SECTION("after some mail was expunged") {
    world.user = "ann@example.org";
    world.server.expunge("INBOX", 3);
    world.server.expunge("Archive", 8);
  }
  SECTION("and the first connection is lost while they are compared") {
    world.user = "ann@example.org";
    world.server.before_command = [cut = false](const std::string& command) mutable {
      if (cut || command.find("BODY.PEEK[HEADER]") == std::string::npos) return true;
      cut = true;
      return false;
    };
  }
  check_complete(world.sync());
  CHECK(world.server.bodies_served() == 0);
  CHECK(world.server.headers_served() > 0);
  CHECK(world.server.headers_served() <= 50);
  CHECK(owner_lines(world).size() == 2);
  CHECK(said(world, "store has another owner now, and it is the same mail") == 1);
  world.time.advance(std::chrono::minutes(5));
  check_complete(world.sync());
  CHECK(world.on_disk() == world.on_server());
  const auto asked = world.server.headers_served();
  check_complete(world.sync());
  CHECK(world.server.headers_served() == asked);
  CHECK(said(world, "store has another owner now, and it is the same mail") == 1);
}

TEST_CASE("another mailbox is refused before anything is stored or leaves, until it is adopted") {
  AnnsWorld world;
  becomes_another_mailbox(world.server, "bob", 5);
  std::string told = "bob at imap.example.org";
  SECTION("another user") { world.user = "bob"; }
  SECTION("another host") {
    world.server_options.host = "imap.example.net";
    told = "ann at imap.example.net";
  }
  SECTION("another identity behind the login") {
    world.authzid = "bob";
    told = "ann as bob at imap.example.org";
  }
  SECTION("and the ledger is lost") {
    world.user = "bob";
    lose_ledger(world);
  }
  check_refused(world,
                {"ann at imap.example.org", told, "`imapkeep account adopt work`", " 0 are"});
  check_refused(world, {told});  // and again
  CHECK(owner_lines(world).size() == 1);

  const auto adopted = adopt(world);
  REQUIRE(adopted);
  CHECK(adopted->written);
  CHECK(words_of(*adopted->claim.recorded) == "ann at imap.example.org");
  CHECK(adopted->put_away == 20);
  CHECK(owner_lines(world).size() == 2);
  CHECK(world.on_disk().empty());
  CHECK(world.kept().size() == 20);  // whatever on_expunge says
  CHECK_FALSE(adopt(world)->written);
  check_complete(world.sync());
  CHECK(world.on_disk() == world.on_server());
  CHECK(world.kept().size() == 20);
  CHECK(owner_lines(world).size() == 2);
}

TEST_CASE("an adoption puts away only what would pass for the new mailbox's mail") {
  AnnsWorld world;
  world.options.keep_expunged = true;
  world.user = "ann2";
  std::uint64_t put_away = 0;
  SECTION("all folders are numbered anew, with the same mail") {
    world.server.bump_uid_validity("INBOX");
    world.server.bump_uid_validity("Archive");
  }
  SECTION("one folder is another one") {
    world.server.bump_uid_validity("INBOX");
    ModelMailbox& archive = world.server.box("Archive");
    archive.messages.clear();
    archive.uid_next = 1;
    deliver(world.server, "Archive", "bob", 3);
    put_away = 8;
  }
  SECTION("the server cannot be asked") {
    world.server.refuse_login = "NO no";
    CHECK_FALSE(adopt(world));
    CHECK(owner_lines(world).size() == 1);
    world.server.refuse_login.reset();
    world.server.bump_uid_validity("INBOX");
    world.server.bump_uid_validity("Archive");
  }
  check_refused(world, {"account adopt"});
  const auto adopted = adopt(world);
  REQUIRE(adopted);
  CHECK(adopted->written);
  CHECK(adopted->put_away == put_away);
  for (int i = 0; i < 3; ++i) {
    check_complete(world.sync());
    world.time.advance(std::chrono::minutes(5));
  }
  CHECK(world.on_disk() == world.on_server());
}

TEST_CASE("an adoption that cannot put away what it must says so, and is begun again") {
  AnnsWorld world;
  becomes_another_mailbox(world.server, "bob", 5);
  world.user = "bob";
  world.disk.forbid("/mail/.imapkeep/gone");
  const auto before = world.on_disk();
  const auto refused = adopt(world);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().trouble == Trouble::kStore);
  CHECK(refused.error().remedy == Remedy::kNeedsOperator);
  CHECK(refused.error().what.find("/mail/.imapkeep/gone: permission denied") != std::string::npos);
  CHECK(world.on_disk() == before);
  CHECK(owner_lines(world).size() == 1);
  world.disk.forbid("/mail/.imapkeep/gone", MemoryDisk::Denied::kNothing);
  const auto adopted = adopt(world);
  REQUIRE(adopted);
  CHECK(adopted->put_away == 20);
  CHECK(owner_lines(world).size() == 2);
  check_complete(world.sync());
  CHECK(world.on_disk() == world.on_server());
}

TEST_CASE("where INBOX holds nothing, only a folder of the user's own proves another name") {
  MirrorWorld world;
  world.user = "ann";
  world.server.other_namespaces = R"((("Users/" "/")) (("Public/" "/")))";
  deliver(world.server, "Public/News", "all", 30);
  std::size_t own = 0;
  SECTION("what several users share does not") {}
  SECTION("nor where the server does not tell whose a folder is") {
    deliver(world.server, "Archive", "ann", 5);
    world.server.capabilities.erase("NAMESPACE");
  }
  SECTION("nor when the own ones are not the same") {
    deliver(world.server, "Archive", "ann", 5);
    check_complete(world.sync());
    world.server.box("Archive").messages.clear();
  }
  SECTION("an own one does") {
    own = 5;
    deliver(world.server, "Archive", "ann", 5);
    // More of the others than are looked at.
    for (int i = 0; i < 12; ++i) {
      deliver(world.server, "Public/" + std::to_string(i), std::to_string(i), 6);
    }
  }
  check_complete(world.sync());
  world.server.forget_counts();
  world.user = "bob";
  if (own == 0) return check_refused(world, {"bob at imap.example.org", "account adopt"});
  check_complete(world.sync());
  CHECK(owner_lines(world).size() == 2);
}

TEST_CASE("equal numbers prove nothing, and neither does a greeting that every mailbox got") {
  AnnsWorld world;
  ModelMailbox& inbox = world.server.box("INBOX");
  const ModelMessage first = inbox.messages.at(1);
  becomes_another_mailbox(world.server, "bob", 0);
  world.server.deliver("INBOX", first.body);
  world.user = "bob";
  check_refused(world, {" 1 are the same", " 0 are other"});
}

TEST_CASE("when nothing can be compared, nothing is done under another name") {
  AnnsWorld world;
  world.user = "bob";
  SECTION("everything is gone") { becomes_another_mailbox(world.server, "bob", 0); }
  SECTION("every folder is numbered anew") {
    world.server.bump_uid_validity("INBOX");
    world.server.bump_uid_validity("Archive");
  }
  SECTION("INBOX is, and a folder that both can see agrees") {
    world.server.bump_uid_validity("INBOX");
  }
  SECTION("no header comes") { world.server.refuse_headers = "NO not now"; }
  check_refused(world, {"bob at imap.example.org", "account adopt"});
}

TEST_CASE("a store from before it was written down learns it by a pass that agrees") {
  AnnsWorld world;
  forget_owner(world);
  lose_ledger(world);
  SECTION("it is the same mailbox") {
    world.server.deliver("INBOX", mail("ann", 13));
    world.server.expunge("INBOX", 2);
    check_complete(world.sync());
    CHECK(owner_lines(world).size() == 1);
    CHECK(world.server.bodies_served() == 1);
    CHECK(said(world, "store has learned whose mail it holds") == 1);
    const auto asked = world.server.headers_served();
    check_complete(world.sync());
    CHECK(world.server.headers_served() == asked);
  }
  SECTION("the user was changed before the program was") {
    world.user = "bob";
    becomes_another_mailbox(world.server, "bob", 5);
    check_refused(world, {"not written down", "bob at imap.example.org", "account adopt"});
    CHECK(owner_lines(world).empty());
  }
}

TEST_CASE("an account may have another name") {
  AnnsWorld world;
  const auto before = world.tree();
  world.account = "office";
  SECTION("the owner is the recorded one") {
    check_complete(world.sync());
    CHECK(world.server.headers_served() == 0);
  }
  SECTION("and the ledger is lost, too") {
    lose_ledger(world);
    check_complete(world.sync());
    CHECK(world.server.headers_served() == 0);
  }
  SECTION("of a store from before it was written down, it is proven") {
    forget_owner(world);
    lose_ledger(world);
    check_complete(world.sync());
    CHECK(world.server.headers_served() == 20);
  }
  SECTION("and another host's name at once") {
    world.server_options.host = "imap.example.net";
    check_complete(world.sync());
    CHECK(world.server.headers_served() == 20);
  }
  CHECK(world.server.bodies_served() == 0);
  check_complete(world.sync());
  CHECK(world.on_disk() == world.on_server());
  CHECK(owner_lines(world).size() == (world.server_options.host == "imap.example.org" ? 1 : 2));
}

TEST_CASE("an account that was pointed at another's store can begin in one of its own") {
  AnnsWorld world;
  becomes_another_mailbox(world.server, "bob", 5);
  world.account = "bob";
  world.user = "bob";
  check_refused(world, {"ann at imap.example.org", "bob at imap.example.org"});
  world.disk.move(MirrorWorld::kRoot, "/ann");
  check_complete(world.sync());
  CHECK(world.on_disk() == world.on_server());
  CHECK(world.disk.files().count("/ann/.imapkeep/store.json") == 1);
}

TEST_CASE("what was bound and not proven stays so through tries that fail") {
  AnnsWorld world;
  const auto try_in_vain = [&world] {
    world.server.refuse_login = "NO [UNAVAILABLE] later";
    CHECK(world.sync().error);
    world.server.refuse_login.reset();
  };
  SECTION("refused at last, the account can begin in a store of its own") {
    becomes_another_mailbox(world.server, "bob", 5);
    world.account = "bob";
    world.user = "bob";
    try_in_vain();
    try_in_vain();
    check_refused(world, {"ann at imap.example.org", "bob at imap.example.org"});
    world.disk.move(MirrorWorld::kRoot, "/ann");
    check_complete(world.sync());
    CHECK(world.on_disk() == world.on_server());
  }
  SECTION("accepted at last, its former name is forgotten") {
    world.account = "office";
    try_in_vain();
    const auto tried = read_ledger(world.state.file("ledger.sqlite"));
    REQUIRE(tried);
    CHECK(tried->size() == 2);
    check_complete(world.sync());
    const auto known = read_ledger(world.state.file("ledger.sqlite"));
    REQUIRE(known);
    CHECK(known->size() == 1);
    CHECK(known->front().name == "office");
  }
  SECTION("a store of its own that was made in vain is its own") {
    world.account = "bob";
    world.disk.move(MirrorWorld::kRoot, "/ann");
    try_in_vain();
    check_complete(world.sync());
    // Proven: when it is refused later, an unmounted disk is still told from an empty mailbox.
    becomes_another_mailbox(world.server, "bob", 5);
    world.user = "bob";
    world.server.forget_counts();
    check_refused(world, {"bob at imap.example.org"});
    world.disk.move(MirrorWorld::kRoot, "/bob");
    const SyncOutcome unmounted = world.sync();
    REQUIRE(unmounted.error);
    CHECK(unmounted.error->what.find("not mounted?") != std::string::npos);
  }
}

TEST_CASE("the daemon refuses another mailbox, too, and waits for a person") {
  AnnsWorld world;
  becomes_another_mailbox(world.server, "bob", 5);
  world.user = "bob";
  const auto before = world.on_disk();
  {
    KeeperProcess process(world);
    REQUIRE(world.time.run_until(
        [&] { return process.keeper.state().phase == AccountPhase::kStopped; }));
    CHECK(process.keeper.state().trouble->what.find("account adopt") != std::string::npos);
    world.server.deliver("INBOX", mail("bob", 6));
    world.time.advance(std::chrono::hours(1));
    process.keeper.try_now();
    world.time.advance(std::chrono::hours(1));
    CHECK(process.keeper.state().phase == AccountPhase::kStopped);
    process.stop();
  }
  CHECK(world.on_disk() == before);
  CHECK(world.server.bodies_served() == 0);
  CHECK(owner_lines(world).size() == 1);

  world.user = "ann@example.org";
  world.server.box("INBOX").messages.clear();
  world.server.box("Archive").messages.clear();
  for (auto* folder : {"INBOX", "Archive"}) world.server.box(folder).uid_next = 1;
  deliver(world.server, "INBOX", "ann", 12);
  deliver(world.server, "Archive", "ann", 8);
  KeeperProcess process(world);
  CHECK(process.settle());
  CHECK(owner_lines(world).size() == 2);
  process.stop();
}
