#include <catch2/catch.hpp>

#include "sync/state/sqlite/read_ledger.h"
#include "tests/sync/pass/mirror_world.h"

using namespace imapkeep;

namespace {

std::string mail(int number, std::size_t size = 300) {
  std::string text = "From: a@example.org\r\nSubject: number " + std::to_string(number) +
                     "\r\nMessage-ID: <" + std::to_string(number) + "@example.org>\r\n\r\n";
  while (text.size() < size) text += "Line after line of it.\r\n";
  return text;
}

/// A little of everything, in three folders.
void furnish(ModelImapServer& server) {
  server.create_folder("Archive");
  server.create_folder("Archive/Old");
  for (int i = 1; i <= 7; ++i) {
    server.deliver(
        "INBOX", mail(i),
        i % 2 == 0 ? std::set<std::string>{"\\Seen"} : std::set<std::string>{"\\Flagged", "Work"},
        1'700'000'000 + i);
  }
  server.deliver("INBOX", mail(3), {}, 1'700'000'003);            // the same bytes twice
  server.deliver("Archive", mail(2), {"\\Seen"}, 1'700'000'002);  // and in another folder
  server.deliver("Archive/Old", mail(40, 200'000), {}, 0);
}

void check_exact(MirrorWorld& world) {
  CHECK(world.on_disk() == world.on_server());
  CHECK(world.leftovers().empty());
}

void check_complete(const SyncOutcome& outcome) {
  if (outcome.error) FAIL(outcome.error->what);
  CHECK(outcome.owed == std::vector<std::string>{});
}

/// After this nothing is left to do: the tree stays as it is and no body is asked for.
void check_quiet(MirrorWorld& world) {
  const auto before = world.tree();
  world.server.forget_counts();
  check_complete(world.sync());
  CHECK(world.tree() == before);
  CHECK(world.server.bodies_served() == 0);
}

}  // namespace

TEST_CASE("a first mirror is exact, and a second pass changes nothing") {
  MirrorWorld world;
  furnish(world.server);
  SECTION("every extension") {}
  SECTION("no CONDSTORE") { world.server.capabilities.erase("CONDSTORE"); }
  SECTION("nothing but IMAP4rev1") { world.server.capabilities = {"IMAP4rev1"}; }
  SECTION("UID behind the body") { world.server.box("INBOX").faults.uid_behind_body = true; }
  SECTION("sizes that are wrong") {
    world.server.box("INBOX").faults.wrong_size = {{1, 7}, {2, 123'456'789}};
  }
  const SyncOutcome outcome = world.sync();
  check_complete(outcome);
  CHECK(outcome.stored == 10);
  check_exact(world);
  check_quiet(world);
}

TEST_CASE("the store is opened while the connection is made, and either may fail first") {
  MirrorWorld world;
  furnish(world.server);
  check_complete(world.sync());
  world.store_pace = GENERATE(as<Duration>(), Duration(0), std::chrono::seconds(5));
  const auto before = world.tree();
  SECTION("the store is not there") {
    world.disk.move(MirrorWorld::kRoot, "/elsewhere");
    const auto outcome = world.sync();
    REQUIRE(outcome.error);
    CHECK(outcome.error->trouble == Trouble::kStore);
    world.disk.move("/elsewhere", MirrorWorld::kRoot);
  }
  SECTION("nobody gets in") {
    world.credentials.unreadable = true;
    const auto outcome = world.sync();
    REQUIRE(outcome.error);
    CHECK(outcome.error->trouble == Trouble::kLogin);
    world.credentials.unreadable = false;
  }
  SECTION("neither") {
    world.credentials.unreadable = true;
    world.disk.move(MirrorWorld::kRoot, "/elsewhere");
    CHECK(world.sync().error->trouble == Trouble::kStore);
    world.credentials.unreadable = false;
    world.disk.move("/elsewhere", MirrorWorld::kRoot);
  }
  CHECK(world.tree() == before);
  check_quiet(world);
}

TEST_CASE("a connection that is lost while the store is still being opened costs another one") {
  MirrorWorld world;
  furnish(world.server);
  world.store_pace = std::chrono::seconds(5);
  Operation lost;
  SECTION("by a reset") {
    lost = world.time.after(std::chrono::seconds(3), [&] { world.network.cut_all(); });
  }
  SECTION("in silence") {
    lost = world.time.after(std::chrono::seconds(3), [&] { world.network.half_open_all(); });
  }
  check_complete(world.sync());
  CHECK(world.network.dials().size() == 2);
  check_exact(world);
  check_quiet(world);
}

TEST_CASE("what happens on the server happens in the mirror") {
  MirrorWorld world;
  furnish(world.server);
  if (GENERATE(true, false)) world.server.capabilities.erase("CONDSTORE");
  check_complete(world.sync());
  ModelImapServer& server = world.server;
  std::size_t kept = 0;
  SECTION("new mail") { server.deliver("INBOX", mail(50)); }
  SECTION("flags") {
    server.set_flags("INBOX", 1, {"\\Seen", "\\Answered"});
    server.set_flags("Archive", 1, {});
  }
  SECTION("expunge") {
    server.expunge("INBOX", 4);
    kept = 1;
  }
  SECTION("expunge of one of two with the same bytes") { server.expunge("INBOX", 3); }
  SECTION("move") { server.move("INBOX", 5, "Archive"); }
  SECTION("copy") { server.copy("INBOX", 5, "Archive/Old"); }
  SECTION("new folder with mail") {
    server.create_folder("Fresh");
    server.deliver("Fresh", mail(60));
  }
  SECTION("renamed folder: no body is fetched again") {
    server.rename_folder("Archive/Old", "Elsewhere");
    server.forget_counts();
    check_complete(world.sync());
    CHECK(server.bodies_served() == 0);
  }
  SECTION("another UIDVALIDITY") { server.bump_uid_validity("INBOX"); }
  SECTION("everything expunged and the same UIDs counted anew") {
    server.expunge("Archive", 1);
    kept = 0;  // the same bytes live in INBOX
  }
  check_complete(world.sync());
  check_exact(world);
  CHECK(world.kept().size() == kept);
  check_complete(world.sync());
  check_quiet(world);
}

TEST_CASE("a folder is gone after two witnesses minutes apart, and its mail is kept") {
  MirrorWorld world;
  furnish(world.server);
  check_complete(world.sync());
  const SeenMessages before = world.on_disk();
  world.server.delete_folder("Archive/Old");
  check_complete(world.sync());
  CHECK(world.on_disk() == before);
  world.time.advance(std::chrono::minutes(5));
  check_complete(world.sync());
  check_exact(world);
  CHECK(world.kept().size() == 1);
}

TEST_CASE("a folder that one LIST leaves out stays") {
  MirrorWorld world;
  furnish(world.server);
  check_complete(world.sync());
  world.server.box("Archive").faults.not_listed = true;
  check_complete(world.sync());
  world.time.advance(std::chrono::minutes(5));
  check_complete(world.sync());  // STATUS says that it is there
  world.server.box("Archive").faults.not_listed = false;
  check_complete(world.sync());
  check_exact(world);
  CHECK(world.kept().empty());
}

TEST_CASE("a lying list removes nothing") {
  MirrorWorld world;
  furnish(world.server);
  check_complete(world.sync());
  const SeenMessages before = world.on_disk();
  world.server.box("INBOX").faults.omit_search = {1, 2, 3, 4};
  world.server.deliver("INBOX", mail(70));
  world.server.expunge("INBOX", 6);  // so that the counts ask for a full list
  const SyncOutcome outcome = world.sync();
  CHECK(outcome.owed.size() == 1);  // fewer UIDs than messages: never "complete"
  for (const SeenMessage& message : before) {
    const bool expunged = message.bytes == mail(6);
    if (!expunged) CHECK(world.on_disk().contains(message));
  }
  CHECK(world.kept().empty());
}

TEST_CASE("one bad message is owed by name and the others are stored") {
  MirrorWorld world;
  furnish(world.server);
  ModelFaults& faults = world.server.box("INBOX").faults;
  SECTION("left out although OK") { faults.omit_body = {4}; }
  SECTION("refused") { faults.refuse_body = {4}; }
  SECTION("NIL") { faults.nil_body = {4}; }
  SECTION("listed and never shown") { faults.omit_facts = {4}; }
  SECTION("the connection ends at it") { faults.disconnect_at = {4}; }
  const SyncOutcome outcome = world.sync();
  if (outcome.error) FAIL(outcome.error->what);
  REQUIRE(outcome.owed.size() == 1);
  CHECK(outcome.owed[0].starts_with("INBOX, UID 4: "));
  CHECK(world.on_disk().size() == 9);

  faults = {};
  const SyncOutcome after = world.sync();
  check_complete(after);
  CHECK(after.stored == 1);
  check_exact(world);
  check_quiet(world);
}

TEST_CASE("a folder that cannot be examined is owed and the others go on") {
  MirrorWorld world;
  furnish(world.server);
  world.server.box("Archive").faults.refuse_examine = "NO [NOPERM] not yours";
  const SyncOutcome outcome = world.sync();
  if (outcome.error) FAIL(outcome.error->what);
  REQUIRE(outcome.owed.size() == 1);
  CHECK(outcome.owed[0].starts_with("Archive: "));
  CHECK(outcome.owed[0].find("folders.exclude") != std::string::npos);
  CHECK(world.on_disk().size() == 9);
}

TEST_CASE("an account without INBOX is mirrored without it") {
  MirrorWorld world;
  furnish(world.server);
  if (GENERATE(true, false)) world.server.capabilities.erase("LIST-STATUS");
  SECTION("there is none") {
    world.server.delete_folder("INBOX");
    check_complete(world.sync());
    check_exact(world);
    CHECK(world.on_disk().size() == 2);
    check_quiet(world);
  }
  SECTION("it is there and not listed") {
    world.server.list_without_inbox = true;
    check_complete(world.sync());
    check_exact(world);
  }
  SECTION("it was mirrored, and one list is without it") {
    check_complete(world.sync());
    const SeenMessages before = world.on_disk();
    world.server.list_without_inbox = true;
    for (int pass = 0; pass < 3; ++pass) {
      CHECK(world.sync().owed.size() == 1);
      world.time.advance(std::chrono::minutes(5));
    }
    CHECK(world.on_disk() == before);
  }
}

TEST_CASE("rights that are taken away from a mirrored folder are said, and its mail stays") {
  MirrorWorld world;
  furnish(world.server);
  check_complete(world.sync());
  const SeenMessages before = world.on_disk();
  ModelFaults& faults = world.server.box("Archive").faults;
  faults.refuse_examine = "NO [NOPERM] Permission denied";
  faults.refuse_status = faults.refuse_examine;
  SECTION("it is listed") {}
  SECTION("it is listed as if it held no mail") {
    world.server.box("Archive").attributes = {"\\Noselect"};
  }
  SECTION("it is not listed") { faults.not_listed = true; }
  (void)world.sync();
  world.time.advance(std::chrono::minutes(5));
  for (int pass = 0; pass < 2; ++pass) {
    const SyncOutcome outcome = world.sync();
    if (outcome.error) FAIL(outcome.error->what);
    REQUIRE(outcome.owed.size() == 1);
    CHECK(outcome.owed[0].starts_with("Archive: "));
    CHECK(outcome.owed[0].find("folders.exclude") != std::string::npos);
  }
  CHECK(world.on_disk() == before);
  CHECK(world.kept().empty());
}

TEST_CASE("a deleted folder whose STATUS is answered BAD departs by the other witnesses") {
  MirrorWorld world;
  furnish(world.server);
  check_complete(world.sync());
  const SeenMessages before = world.on_disk();
  world.server.box("Archive/Old").faults.not_listed = true;
  ModelFaults& faults = world.server.box("Archive/Old").faults;
  faults.refuse_status = "BAD Error: unknown mailbox";
  bool is_there = false;
  SECTION("EXAMINE says NO") { faults.refuse_examine = "NO no such mailbox"; }
  SECTION("EXAMINE says BAD") { faults.refuse_examine = "BAD Error: unknown mailbox"; }
  SECTION("EXAMINE finds it") { is_there = true; }
  SECTION("the server is unwell") {
    faults.refuse_examine = "NO [UNAVAILABLE] later";
    is_there = true;
  }
  check_complete(world.sync());
  CHECK(world.on_disk() == before);
  world.time.advance(std::chrono::minutes(5));
  check_complete(world.sync());
  CHECK(world.kept().size() == (is_there ? 0 : 1));
}

TEST_CASE("without UIDVALIDITY a folder is owed, not guessed") {
  MirrorWorld world;
  furnish(world.server);
  world.server.box("INBOX").faults.no_uid_validity = true;
  const SyncOutcome outcome = world.sync();
  CHECK(outcome.owed.size() == 1);
  CHECK(world.on_disk().size() == 2);
}

TEST_CASE("a file that a reader deletes is stored again, and flags it renames are left alone") {
  MirrorWorld world;
  furnish(world.server);
  check_complete(world.sync());
  const auto files = world.disk.files();
  std::string deleted;
  for (const auto& file : files) {
    if (file.first.find("INBOX/cur/1700000006.") != std::string::npos) deleted = file.first;
  }
  REQUIRE_FALSE(deleted.empty());
  world.disk.remove(deleted);
  check_complete(world.sync());
  check_exact(world);
  check_quiet(world);
}

TEST_CASE("a file that a reader deletes while its folder is visited is stored again too") {
  const std::string at = GENERATE("UID FETCH", "BODY.PEEK[]", "UID SEARCH");
  MirrorWorld world;
  furnish(world.server);
  check_complete(world.sync());
  world.server.deliver("INBOX", "Subject: new\r\n\r\n", {}, 1'700'000'099);
  world.server.expunge("INBOX", 1);
  std::string deleted;
  world.server.before_command = [&](const std::string& command) {
    if (!deleted.empty() || command.find(at) == std::string::npos) return true;
    for (const auto& file : world.disk.files()) {
      if (file.first.find("INBOX/cur/1700000006.") != std::string::npos) deleted = file.first;
    }
    world.disk.remove(deleted);
    return true;
  };
  check_complete(world.sync());
  INFO("deleted at " << at);
  REQUIRE_FALSE(deleted.empty());
  check_complete(world.sync());
  check_exact(world);
  check_quiet(world);
}

TEST_CASE("a quarantine of a message that had been stored ends when its file is there again") {
  MirrorWorld world;
  furnish(world.server);
  check_complete(world.sync());
  std::string path;
  for (const auto& file : world.disk.files()) {
    if (file.first.find("INBOX/cur/1700000006.") != std::string::npos) path = file.first;
  }
  const std::string bytes = world.disk.files().at(path);
  world.disk.remove(path);
  world.server.box("INBOX").faults.nil_body.insert(6);
  CHECK(world.sync().owed.size() == 1);
  world.server.box("INBOX").faults.nil_body.clear();
  world.disk.put(path, bytes);  // from a backup
  check_complete(world.sync());
  check_exact(world);
  check_quiet(world);
}

TEST_CASE("what we do in a folder ourselves is no reason to look at its files again") {
  MirrorWorld world;
  furnish(world.server);
  check_complete(world.sync());
  world.server.deliver("INBOX", "Subject: new\r\n\r\n", {}, 1'700'000'099);
  world.server.expunge("INBOX", 1);
  world.server.set_flags("INBOX", 2, {"\\Answered"});
  check_complete(world.sync());
  const auto reports = read_ledger(world.state.file("ledger.sqlite"));
  REQUIRE(reports);
  for (const LedgerFolder& folder : reports->at(0).folders) {
    CAPTURE(folder.record.path);
    const auto cur =
        world.disk.open_root(std::string(MirrorWorld::kRoot) + "/" + folder.record.path + "/cur");
    REQUIRE(cur);
    CHECK(folder.cursor.token.bytes == std::to_string((*cur)->stat_self()->mtime_ns));
  }
}

TEST_CASE("a copy whose file is not there does not count as the message moved") {
  MirrorWorld world;
  furnish(world.server);
  check_complete(world.sync());
  for (const auto& file : world.disk.files()) {
    if (file.first.find("/Archive/cur/") != std::string::npos) world.disk.remove(file.first);
  }
  world.options.exclude = {"Archive"};
  world.server.expunge("INBOX", 2);  // the same bytes as in Archive, by the ledger
  check_complete(world.sync());
  CHECK(world.kept() == std::multiset<std::string>{mail(2)});
}

TEST_CASE("a message larger than the disk is owed, a full disk ends the pass") {
  MirrorWorld world;
  furnish(world.server);
  SECTION("one does not fit, the others do") {
    world.disk.set_free(100'000);
    const SyncOutcome outcome = world.sync();
    if (outcome.error) FAIL(outcome.error->what);
    CHECK(outcome.owed.size() == 1);
    CHECK(world.on_disk().size() == 9);
  }
  SECTION("nothing fits") {
    world.disk.set_free(0);
    const SyncOutcome outcome = world.sync();
    REQUIRE(outcome.error);
    CHECK(outcome.error->trouble == Trouble::kStore);
    CHECK(outcome.owed.empty());
  }
  world.disk.set_free(UINT64_MAX / 4);
  check_complete(world.sync());
  check_exact(world);
}

TEST_CASE("a disk that makes no files any more ends the pass; it is no message's fault") {
  MirrorWorld world;
  furnish(world.server);
  check_complete(world.sync());
  world.server.deliver("INBOX", mail(501));
  world.server.deliver("INBOX", mail(502));
  world.disk.set_no_inodes(true);  // though bytes are free
  const SyncOutcome outcome = world.sync();
  REQUIRE(outcome.error);
  CHECK(outcome.error->trouble == Trouble::kStore);
  CHECK(outcome.owed.empty());
  CHECK_FALSE(world.log.contains("quarantined"));
  world.disk.set_no_inodes(false);
  check_complete(world.sync());
  check_exact(world);
}

TEST_CASE("where INBOX/tmp may not be written to, mail is received elsewhere") {
  MirrorWorld world;
  furnish(world.server);
  check_complete(world.sync());
  world.server.deliver("INBOX", mail(501));
  world.disk.forbid(std::string(MirrorWorld::kRoot) + "/INBOX/tmp");
  check_complete(world.sync());
  check_exact(world);
}

TEST_CASE("a message whose file fails is fetched again, and nothing is wrong with it") {
  for (const int code : {EIO, EROFS, EMFILE}) {
    std::uint64_t n = 1;
    for (bool struck = true; struck; ++n) {
      CAPTURE(code, n);
      MirrorWorld world;
      furnish(world.server);
      check_complete(world.sync());
      world.server.deliver("INBOX", mail(501));
      const std::uint64_t before = world.disk.calls();
      world.disk.fail_at(n, code);
      const SyncOutcome outcome = world.sync();
      struck = world.disk.calls() >= before + n;
      CHECK_FALSE(world.log.contains("quarantined"));
      world.disk.no_faults();
      check_complete(world.sync());
      check_exact(world);
    }
    CHECK(n > 10);
  }
}

TEST_CASE("the ledger is rebuilt from the journal without a body") {
  MirrorWorld world;
  furnish(world.server);
  check_complete(world.sync());
  std::filesystem::remove(world.state.file("ledger.sqlite"));
  std::filesystem::remove(world.state.file("ledger.sqlite-wal"));
  std::filesystem::remove(world.state.file("ledger.sqlite-shm"));
  check_quiet(world);
}

TEST_CASE("what a damaged line of the journal said is adopted, also by a later process") {
  MirrorWorld world;
  furnish(world.server);
  check_complete(world.sync());
  const auto uid = world.server.deliver("Archive", mail(99), {}, 1'700'000'099);
  check_complete(world.sync());
  // By hand, as docs/storage.md says: the line goes, and with it the ledger.
  const std::string segment = "/.imapkeep/journal/0000000002.jsonl";
  std::string text = world.disk.files().at(MirrorWorld::kRoot + segment);
  const std::size_t at = text.find("\"t\":\"message\"");
  REQUIRE(at != std::string::npos);
  const std::size_t start = text.rfind('\n', at) + 1;
  text.erase(start, text.find('\n', start) + 1 - start);
  world.disk.put(MirrorWorld::kRoot + segment, text);
  for (const char* name : {"ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm"}) {
    std::filesystem::remove(world.state.file(name));
  }
  world.credentials.unreadable = true;  // the ledger is built, and no pass goes through
  CHECK(world.sync().error);
  world.credentials.unreadable = false;
  world.server.set_flags("Archive", uid, {"\\Seen", "\\Flagged"});
  check_complete(world.sync());
  check_exact(world);
}

TEST_CASE("a message that another client removes while it is fetched is not owed") {
  MirrorWorld world;
  furnish(world.server);
  bool removed = false;
  world.server.before_command = [&](const std::string& command) {
    if (!removed && command.find("BODY.PEEK[]") != std::string::npos) {
      removed = true;
      world.server.expunge("INBOX", 4);
    }
    return true;
  };
  check_complete(world.sync());
  CHECK(removed);
  check_complete(world.sync());
  check_exact(world);
  check_quiet(world);
}

TEST_CASE("new mail with a gap in its UIDs is stored once") {
  MirrorWorld world;
  furnish(world.server);
  check_complete(world.sync());
  world.server.deliver("Archive", mail(80));
  const auto gone = world.server.deliver("Archive", mail(81));
  world.server.deliver("Archive", mail(82));
  world.server.expunge("Archive", gone);
  const SyncOutcome outcome = world.sync();
  check_complete(outcome);
  CHECK(outcome.stored == 2);
  check_exact(world);
}

TEST_CASE("a quarantined message that the server removes is owed no more") {
  MirrorWorld world;
  furnish(world.server);
  world.server.box("INBOX").faults.omit_body = {4};
  CHECK(world.sync().owed.size() == 1);
  world.server.expunge("INBOX", 4);
  check_complete(world.sync());
  check_exact(world);
  check_quiet(world);
}

TEST_CASE("a server that is unwell is no witness that a folder is gone") {
  MirrorWorld world;
  furnish(world.server);
  check_complete(world.sync());
  const SeenMessages before = world.on_disk();
  ModelFaults& faults = world.server.box("Archive").faults;
  faults.not_listed = true;
  faults.refuse_status = "NO [UNAVAILABLE] later";
  (void)world.sync();
  world.time.advance(std::chrono::minutes(5));
  (void)world.sync();
  CHECK(world.on_disk() == before);
}

TEST_CASE("several messages that end the connection, and the folders behind them still come") {
  MirrorWorld world;
  furnish(world.server);
  world.server.box("Archive").faults.disconnect_at = {1};
  world.server.box("INBOX").faults.disconnect_at = {2, 5};
  const SyncOutcome outcome = world.sync();
  if (outcome.error) FAIL(outcome.error->what);
  CHECK(outcome.owed.size() == 3);
  CHECK(world.on_disk().size() == 7);
}

TEST_CASE("new folders are asked for at once, and the next one does not wait") {
  MirrorWorld world;
  furnish(world.server);
  // EXAMINE and FETCH of the next folder are there before the one before has been answered.
  std::vector<std::string> asked;
  world.server.before_command = [&](const std::string& command) {
    if (command.starts_with("EXAMINE") || command.starts_with("UID")) asked.push_back(command);
    return true;
  };
  const SyncOutcome outcome = world.sync();
  check_complete(outcome);
  CHECK(outcome.stored == 10);
  CHECK(asked ==
        std::vector<std::string>{"EXAMINE \"INBOX\" (CONDSTORE)",
                                 "UID FETCH 1:8 (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[])",
                                 "EXAMINE \"Archive\" (CONDSTORE)",
                                 "UID FETCH 1 (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[])",
                                 "EXAMINE \"Archive/Old\" (CONDSTORE)",
                                 "UID FETCH 1 (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[])"});
  check_exact(world);
  check_quiet(world);
}

TEST_CASE("a large new folder is opened by its newest, and the list says the rest") {
  MirrorWorld world;
  for (int i = 1; i <= 260; ++i) world.server.deliver("INBOX", mail(i));
  for (std::uint32_t uid = 100; uid <= 240; uid += 20) world.server.expunge("INBOX", uid);
  const SyncOutcome outcome = world.sync();
  check_complete(outcome);
  CHECK(outcome.stored == 252);
  CHECK(world.server.count("UID FETCH 61:260 (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[])") ==
        1);
  CHECK(world.server.count("UID FETCH 1:60 (UID BODY.PEEK[])") == 1);
  CHECK(world.server.bodies_served() == 252);
  check_exact(world);
  check_quiet(world);
}

TEST_CASE("what an opening does not bring is asked for in the ordinary way") {
  MirrorWorld world;
  furnish(world.server);
  ModelFaults& faults = world.server.box("INBOX").faults;
  const std::string opening = "UID FETCH 1:8 (UID FLAGS";
  bool once = false;  // out here: they are looked at when their sections have ended
  bool gone = false;
  SECTION("left out once") {
    faults.omit_body = {2, 5};
    world.server.before_command = [&](const std::string& command) {
      if (command.starts_with("UID SEARCH")) faults.omit_body.clear();
      return true;
    };
  }
  SECTION("refused once") {
    faults.refuse_body = {8};
    world.server.before_command = [&](const std::string& command) {
      if (command.starts_with("UID SEARCH")) faults.refuse_body.clear();
      return true;
    };
  }
  SECTION("the connection is lost in the middle of it") {
    faults.disconnect_at = {4};
    world.server.before_command = [&](const std::string& command) {
      if (world.server.logins() > 1) faults.disconnect_at.clear();
      return !command.starts_with("NEVER");
    };
  }
  SECTION("the folder was numbered anew since LIST") {
    world.server.before_command = [&](const std::string& command) {
      if (command.starts_with("EXAMINE \"INBOX\"") && !std::exchange(once, true)) {
        world.server.bump_uid_validity("INBOX");
      }
      return true;
    };
  }
  SECTION("one has come since LIST") {
    world.server.before_command = [&](const std::string& command) {
      if (command.starts_with("EXAMINE \"INBOX\"") && !std::exchange(once, true)) {
        world.server.deliver("INBOX", mail(77));
      }
      return true;
    };
  }
  SECTION("one has gone since LIST") {
    world.server.before_command = [&](const std::string& command) {
      if (command.starts_with("EXAMINE \"INBOX\"") && !std::exchange(once, true)) {
        world.server.expunge("INBOX", 5);
      }
      return true;
    };
  }
  SECTION("one has come since LIST, and another goes behind its own bytes") {
    world.server.before_command = [&](const std::string& command) {
      if (command.starts_with("EXAMINE \"INBOX\"") && !std::exchange(once, true)) {
        world.server.deliver("INBOX", mail(77));
      }
      return true;
    };
    world.server.behind_fetch = [&](const std::string& command) {
      if (command.starts_with(opening) && !std::exchange(gone, true)) {
        world.server.expunge("INBOX", 3);
      }
    };
  }
  SECTION("one is left out, and another goes behind its own bytes") {
    faults.omit_body = {5};
    world.server.behind_fetch = [&](const std::string& command) {
      if (!command.starts_with(opening) || std::exchange(gone, true)) return;
      world.server.expunge("INBOX", 3);
      faults.omit_body.clear();
    };
  }
  SECTION("the server refuses what comes behind EXAMINE") {
    for (int i = 100; i < 320; ++i) world.server.deliver("INBOX", mail(i));
    world.server.refuse_next_search = "BAD not so fast";
  }
  SECTION("the next folder has gone since LIST, and the one behind it is there") {
    world.server.before_command = [&](const std::string& command) {
      if (command.starts_with("EXAMINE \"Archive\"") && !std::exchange(once, true)) {
        world.server.box("Archive").faults.refuse_examine = "NO not now";
      }
      return true;
    };
    const SyncOutcome outcome = world.sync();
    CHECK(outcome.stored == 9);
    CHECK(outcome.owed.size() == 1);
    world.server.box("Archive").faults.refuse_examine.reset();
  }
  check_complete(world.sync());
  world.server.before_command = nullptr;
  // What went behind the list is only seen to be gone by the next pass.
  if (std::exchange(world.server.behind_fetch, nullptr)) check_complete(world.sync());
  check_exact(world);
  check_quiet(world);
}

TEST_CASE("what a kill left is adopted when its folder is whole, whatever passes came between") {
  enum class Between { kNothing, kNotListed, kExcluded, kRefused, kNotExamined };
  const auto between = GENERATE(Between::kNothing, Between::kNotListed, Between::kExcluded,
                                Between::kRefused, Between::kNotExamined);
  CAPTURE(static_cast<int>(between));
  int orphans = 0;
  for (std::uint64_t n = 1;; ++n) {
    CAPTURE(n);
    MirrorWorld world;
    furnish(world.server);
    check_complete(world.sync());
    const auto uid = world.server.deliver("Archive", mail(99), {}, 1'700'000'099);
    world.disk.kill_at(n);
    if (!world.sync_killed_when([&] { return world.disk.killed(); })) break;
    orphans += world.on_disk().contains({"Archive", "", mail(99)}) ? 1 : 0;
    world.server.deliver("INBOX", mail(100), {}, 1'700'000'100);
    auto& faults = world.server.box("Archive").faults;
    if (between == Between::kNotListed) faults.not_listed = true;
    if (between == Between::kExcluded) world.options.exclude = {"Archive"};
    if (between == Between::kRefused) faults.refuse_body = {uid};
    if (between == Between::kNotExamined) faults.refuse_examine = "NO not now";
    if (between != Between::kNothing) CHECK_FALSE(world.sync().error);
    faults.not_listed = false;
    world.options.exclude = {};
    faults.refuse_body = {};
    faults.refuse_examine.reset();
    world.server.set_flags("Archive", uid, {"\\Seen", "\\Flagged"});
    check_complete(world.sync());
    check_exact(world);
  }
  CHECK(orphans > 0);
}

TEST_CASE("a folder is looked through for what a kill left until it is whole, and then no more") {
  MirrorWorld world;
  furnish(world.server);
  world.server.box("Archive").faults.refuse_body = {1};
  world.disk.kill_at(40);
  REQUIRE(world.sync_killed_when([&] { return world.disk.killed(); }));
  const auto last_line = [&] {
    std::string last;
    for (const auto& [path, bytes] : world.tree()) {
      if (path.find("journal/") != std::string::npos) last = bytes;
    }
    REQUIRE(!last.empty());
    return last.substr(last.rfind('\n', last.size() - 2) + 1);
  };
  CHECK(last_line().find("\"end\"") == std::string::npos);
  CHECK(world.sync().owed.size() == 1);
  CHECK(last_line().find("\"unclaimed\":[\"Archive\"]") != std::string::npos);
  world.server.box("Archive").faults.refuse_body = {};
  check_complete(world.sync());
  CHECK(last_line().find("\"end\"") != std::string::npos);
  CHECK(last_line().find("unclaimed") == std::string::npos);
  check_exact(world);
}
