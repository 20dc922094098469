// UIDs that a server has given to other mail, and servers that only say something else of the same
// mail, through whole passes.
#include <catch2/catch.hpp>
#include <cerrno>

#include "sync/plan/identity_check.h"
#include "sync/state/sqlite/read_ledger.h"
#include "tests/sync/pass/mirror_world.h"

using namespace imapkeep;

namespace {

std::string mail(const std::string& name, std::size_t size = 300) {
  std::string text = "Subject: " + name + "\r\n\r\n";
  while (text.size() < size) text += "Line after line of it.\r\n";
  return text;
}

void check_complete(const SyncOutcome& outcome) {
  if (outcome.error) FAIL(outcome.error->what);
  CHECK(outcome.owed == std::vector<std::string>{});
}

void check_quiet(MirrorWorld& world) {
  const auto before = world.tree();
  world.server.forget_counts();
  check_complete(world.sync());
  CHECK(world.tree() == before);
  CHECK(world.server.bodies_served() == 0);
}

void fill(MirrorWorld& world, int messages, std::int64_t date = 1'700'000'000) {
  for (int i = 1; i <= messages; ++i) {
    world.server.deliver("INBOX", mail(std::to_string(i)), {}, date + i);
  }
}

/// As a server that was restored from a backup: it knows no more than it did then.
struct Backup {
  explicit Backup(const ModelMailbox& box)
      : messages(box.messages), uid_next(box.uid_next), mod_seq(box.highest_mod_seq) {}
  void restore(ModelMailbox& box) const {
    box.messages = messages;
    box.uid_next = uid_next;
    box.highest_mod_seq = mod_seq;
  }
  std::map<std::uint32_t, ModelMessage> messages;
  std::uint32_t uid_next;
  std::uint64_t mod_seq;
};

void courier(ModelImapServer& server) {
  for (const char* atom : {"ID", "CONDSTORE", "ESEARCH", "LIST-EXTENDED", "LIST-STATUS"}) {
    server.capabilities.erase(atom);
  }
  server.greeting = "* OK Courier-IMAP ready. Copyright 1998-2019";
  server.box("INBOX").faults.no_uid_next = true;
}

}  // namespace

TEST_CASE("a UID that was shown and not kept belongs to other mail at the next look") {
  MirrorWorld world;
  courier(world.server);
  world.options.keep_expunged = GENERATE(true, false);
  auto& box = world.server.box("INBOX");
  world.server.deliver("INBOX", mail("one"), {}, 1'700'000'001);
  check_complete(world.sync());
  // Another session appends "three", which takes the number; "one" gets the next.
  box.messages.clear();
  box.uid_next = 1;
  SECTION("of another size") {
    world.server.deliver("INBOX", mail("three", 500), {}, 1'700'000'001);
  }
  SECTION("of another date") { world.server.deliver("INBOX", mail("two"), {}, 1'700'000'002); }
  world.server.deliver("INBOX", mail("one"), {}, 1'700'000'001);
  check_complete(world.sync());
  CHECK(world.on_disk() == world.on_server());
  CHECK(world.kept() == std::multiset<std::string>{mail("one")});
  check_quiet(world);
}

TEST_CASE("announcements that change without the bytes are written down, and believed twice") {
  MirrorWorld world;
  courier(world.server);
  fill(world, 3);
  check_complete(world.sync());
  auto& box = world.server.box("INBOX");
  const auto files = world.on_disk();
  const auto report = [&] { return read_ledger(world.state.file("ledger.sqlite"))->at(0); };

  box.messages.at(2).internal_date += 3600;
  world.server.forget_counts();
  const auto outcome = world.sync();
  check_complete(outcome);
  CHECK(outcome.stored == 0);
  CHECK(world.server.bodies_served() == 1);
  CHECK(world.on_disk() == files);
  CHECK(world.kept().empty());
  CHECK(report().folders.at(0).cursor.vain_checks == 1);
  check_quiet(world);

  box.faults.wrong_size[3] = 12;
  world.server.forget_counts();
  check_complete(world.sync());
  CHECK(world.on_disk() == files);
  CHECK(report().folders.at(0).cursor.vain_checks == kVainChecks);
  check_quiet(world);

  box.messages.at(1).internal_date += 3600;
  check_quiet(world);
}

TEST_CASE("a server restored from a backup gives UIDs away again") {
  MirrorWorld world;
  const bool condstore = GENERATE(true, false);
  if (!condstore) world.server.capabilities.erase("CONDSTORE");
  auto& box = world.server.box("INBOX");
  fill(world, 3);
  check_complete(world.sync());
  const Backup backup(box);
  for (int i = 4; i <= 6; ++i) {
    world.server.deliver("INBOX", mail("lost " + std::to_string(i)), {}, 1'700'000'100 + i);
  }
  check_complete(world.sync());
  backup.restore(box);

  SECTION("UIDNEXT has gone back, and the new mail says the same of itself") {
    world.server.deliver("INBOX", mail("new  4"), {}, 1'700'000'104);
    world.server.deliver("INBOX", mail("new  5"), {}, 1'700'000'105);
    check_complete(world.sync());
    check_complete(world.sync());
    CHECK(world.on_disk() == world.on_server());
    CHECK(world.kept().size() == 3);
  }
  SECTION("we look before the new mail comes") {
    check_complete(world.sync());
    for (int i = 4; i <= 9; ++i) {
      world.server.deliver("INBOX", mail("new  " + std::to_string(i)), {}, 1'700'000'100 + i);
    }
    check_complete(world.sync());
    check_complete(world.sync());
    CHECK(world.on_disk() == world.on_server());
    CHECK(world.kept().size() == 3);
  }
  SECTION("UIDNEXT is the same again") {
    if (!condstore) return;  // that is found by the list of the day
    for (int i = 4; i <= 6; ++i) {
      world.server.deliver("INBOX", mail("new " + std::to_string(i), 400), {}, 1'700'000'200 + i);
    }
    SECTION("and the mod-sequence goes on rising") { box.highest_mod_seq += 20; }
    if (box.highest_mod_seq > 20) {
      for (auto& [uid, message] : box.messages) {
        if (uid > 3) message.mod_seq = box.highest_mod_seq;
      }
    }
    check_complete(world.sync());
    CHECK(world.on_disk() == world.on_server());
    CHECK(world.kept().size() == 3);
  }
  check_quiet(world);
}

TEST_CASE("what a restored server still has is recognised by its header, without its body") {
  MirrorWorld world;
  auto& box = world.server.box("INBOX");
  fill(world, 250);
  check_complete(world.sync());
  const Backup backup(box);
  world.server.deliver("INBOX", mail("lost"), {}, 1'700'000'900);
  world.server.deliver("INBOX", mail("also"), {}, 1'700'000'901);
  check_complete(world.sync());
  backup.restore(box);
  SECTION("nothing else has come") {
    world.server.forget_counts();
    check_complete(world.sync());
    CHECK(world.server.bodies_served() == 0);
    CHECK(world.server.headers_served() == 250);
  }
  SECTION("another message has the same UID, date and size") {
    world.server.deliver("INBOX", mail("news"), {}, 1'700'000'900);
    world.server.forget_counts();
    check_complete(world.sync());
    CHECK(world.server.bodies_served() == 1);
    CHECK(world.kept().contains(mail("lost")));
  }
  SECTION("the server gives no headers: bodies decide") {
    world.server.rewrite = [](const std::string& line) {
      return line.find("BODY[HEADER]") == std::string::npos ? line + "\r\n"
                                                            : "* OK nothing to say\r\n";
    };
    world.server.forget_counts();
    check_complete(world.sync());
    CHECK(world.server.bodies_served() == 250);
    world.server.rewrite = nullptr;
  }
  check_complete(world.sync());
  CHECK(world.on_disk() == world.on_server());
  check_quiet(world);
}

TEST_CASE("where announcements are no sign any more, a header is none either") {
  MirrorWorld world;
  auto& box = world.server.box("INBOX");
  box.mailbox_id = "one";
  fill(world, 3);
  check_complete(world.sync());
  for (const char* id : {"two", "three"}) {  // in vain, twice
    box.mailbox_id = id;
    ++box.highest_mod_seq;
    check_complete(world.sync());
  }
  const Backup backup(box);
  world.server.deliver("INBOX", "Subject: draft\r\n\r\nfirst\r\n", {}, 1'700'000'900);
  check_complete(world.sync());
  backup.restore(box);
  world.options.keep_expunged = false;  // so that what is absent waits for a later pass
  check_complete(world.sync());
  world.server.deliver("INBOX", "Subject: draft\r\n\r\nother\r\n", {}, 1'700'000'950);
  check_complete(world.sync());
  check_complete(world.sync());
  CHECK(world.on_disk() == world.on_server());
}

TEST_CASE("the list of the day compares what nothing else would show") {
  MirrorWorld world;
  world.server.capabilities.erase("CONDSTORE");
  auto& box = world.server.box("INBOX");
  fill(world, 3);
  check_complete(world.sync());
  box.messages.at(2).body = mail("another", 400);
  check_quiet(world);
  world.time.advance(std::chrono::hours(25));
  check_complete(world.sync());
  CHECK(world.on_disk() == world.on_server());
  CHECK(world.kept() == std::multiset<std::string>{mail("2")});
}

TEST_CASE("a folder made anew under an old UIDVALIDITY has another id") {
  MirrorWorld world;
  auto& box = world.server.box("INBOX");
  box.mailbox_id = "one";
  fill(world, 2);
  check_complete(world.sync());
  box.mailbox_id = "two";
  SECTION("other mail under the same UIDs, with the same dates and sizes") {
    box.messages.at(1).body = mail("A");
    box.messages.at(2).body = mail("B");
    ++box.highest_mod_seq;
    check_complete(world.sync());
    CHECK(world.on_disk() == world.on_server());
    CHECK(world.kept() == std::multiset<std::string>{mail("1"), mail("2")});
  }
  SECTION("the same mail: a server whose ids mean nothing is not believed for ever") {
    const auto files = world.on_disk();
    ++box.highest_mod_seq;
    check_complete(world.sync());
    CHECK(world.on_disk() == files);
    CHECK(world.kept().empty());
    box.mailbox_id = "three";
    ++box.highest_mod_seq;
    check_complete(world.sync());
    box.mailbox_id = "four";
    ++box.highest_mod_seq;
  }
  check_quiet(world);
}

TEST_CASE("an old UIDVALIDITY that comes back is compared") {
  MirrorWorld world;
  auto& box = world.server.box("INBOX");
  fill(world, 3);
  check_complete(world.sync());
  const auto first = box.uid_validity;
  // The pass in between ends before the old generation has left.
  world.server.bump_uid_validity("INBOX");
  world.server.before_command = [&, examined = 0](const std::string& command) mutable {
    return !command.starts_with("EXAMINE") || ++examined < 2;
  };
  (void)world.sync();
  world.server.before_command = nullptr;
  box.uid_validity = first;
  box.messages.at(2).body = mail("another", 400);
  ++box.highest_mod_seq;
  check_complete(world.sync());
  check_complete(world.sync());
  CHECK(world.on_disk() == world.on_server());
  CHECK(world.kept().contains(mail("2")));
  check_quiet(world);
}

TEST_CASE("what was looked at again before the connection was lost is not looked at twice") {
  MirrorWorld world;
  auto& box = world.server.box("INBOX");
  box.mailbox_id = "one";
  fill(world, 6);
  check_complete(world.sync());
  box.mailbox_id = "two";
  ++box.highest_mod_seq;
  for (auto& [uid, message] : box.messages) {
    if (uid > 3) message.body = mail("new " + std::to_string(uid), 400);
  }
  world.server.forget_counts();
  int losses = 0;
  box.faults.disconnect_at.insert(4);
  world.server.before_command = [&](const std::string& command) {
    if (command.starts_with("EXAMINE") && ++losses == 2) box.faults.disconnect_at.clear();
    return true;
  };
  check_complete(world.sync());
  CHECK(world.on_disk() == world.on_server());
  CHECK(losses == 2);
  CHECK(world.server.headers_served() == 3);  // of those whose size had not changed, and once
  for (std::uint32_t uid = 5; uid <= 6; ++uid) CHECK(world.server.bodies_served("INBOX", uid) == 1);
}

TEST_CASE("a line that breaks again and again does not keep a big folder from being compared") {
  MirrorWorld world;
  auto& box = world.server.box("INBOX");
  box.mailbox_id = "one";
  fill(world, 1000);
  check_complete(world.sync());
  box.mailbox_id = "two";
  ++box.highest_mod_seq;
  world.server.forget_counts();
  world.network.faults.cut_after = 100'000;  // on each connection
  check_complete(world.sync());
  CHECK(world.server.connections() > 3);
  CHECK(world.server.bodies_served() == 0);
  CHECK(world.server.headers_served() <= 2000);
}

TEST_CASE("a server that numbers its messages anew at every visit does not make the mirror grow") {
  MirrorWorld world;
  if (GENERATE(true, false)) world.server.capabilities.erase("CONDSTORE");
  fill(world, 5);
  world.server.before_command = [&](const std::string& command) {
    if (command.starts_with("EXAMINE")) world.server.bump_uid_validity("INBOX");
    return true;
  };
  for (int pass = 0; pass < 6; ++pass) {
    if (pass == 2) world.server.deliver("INBOX", mail("later"), {}, 1'700'000'100);
    if (pass == 3) world.server.expunge("INBOX", world.server.box("INBOX").messages.begin()->first);
    const auto outcome = world.sync();
    check_complete(outcome);
    // What was deleted may stay for a pass more; nothing is there twice.
    const auto on_disk = world.on_disk();
    CHECK(on_disk.size() >= world.on_server().size());
    CHECK(on_disk.size() <= world.on_server().size() + (pass == 3 ? 1 : 0));
  }
  CHECK(world.on_disk() == world.on_server());
  CHECK(world.kept() == std::multiset<std::string>{mail("1")});
  const auto reports = read_ledger(world.state.file("ledger.sqlite"));
  REQUIRE(reports);
  CHECK(reports->at(0).folders.at(0).cursor.renumbered >= 3);
}

TEST_CASE("the former message of a batch that was condemned is written down as gone") {
  const auto gone_records = [](const MirrorWorld& world) {
    std::size_t count = 0;
    for (const auto& [path, bytes] : world.tree()) {
      if (path.find("/journal/") == std::string::npos) continue;
      for (std::size_t at = 0; (at = bytes.find("\"t\":\"gone\"", at)) != std::string::npos; ++at) {
        ++count;
      }
    }
    return count;
  };
  bool reached = true;
  for (std::uint64_t n = 1; reached; ++n) {
    CAPTURE(n);
    MirrorWorld world;
    courier(world.server);
    world.server.deliver("INBOX", mail("one"), {}, 1'700'000'001);
    check_complete(world.sync());
    auto& box = world.server.box("INBOX");
    box.messages.clear();
    box.uid_next = 1;
    world.server.deliver("INBOX", mail("two", 500), {}, 1'700'000'001);
    const auto before = world.disk.calls();
    world.disk.fail_at(n, EIO);
    (void)world.sync();
    reached = world.disk.calls() >= before + n;
    world.disk.no_faults();
    check_complete(world.sync());
    CHECK(world.on_disk() == world.on_server());
    CHECK(world.kept() == std::multiset<std::string>{mail("one")});
    CHECK(gone_records(world) == 1);
  }
}
