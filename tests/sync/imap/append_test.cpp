// APPEND over a scripted stream: literals whose octets come from a source while they are sent.
#include "tests/sync/imap/target_bench.h"

using namespace imapkeep;
using namespace imapkeep::imap;

using Bench = TargetBench;

namespace {

const std::string kMail = "Subject: x\r\n\r\nbody\r\n";  // 20 octets
const std::string kHead = "$a APPEND \"Archive\" () ";

/// The lines of kMail, and the end of the command.
void expect_mail(Conversation& talk) {
  for (const auto* line : {"Subject: x", "", "body", ""}) talk.push_back(expect(line));
}

}  // namespace

TEST_CASE("a message is appended with its flags and its date, and its UID is told") {
  struct Row {
    std::string offered;
    std::string announced;
    bool waits;
  };
  const auto row = GENERATE(values<Row>({
      {" LITERAL+", "{20+}", false},
      {" LITERAL-", "{20+}", false},
      {"", "{20}", true},
  }));
  const std::size_t piece = GENERATE(1U, 7U, 20U);
  Conversation talk{
      expect("$a APPEND \"Archive\" (\\Flagged \\Seen Work) \"17-Jul-1996 02:44:25 -0700\" " +
             row.announced)};
  if (row.waits) talk.push_back(send("+ go on\r\n"));
  expect_mail(talk);
  talk.push_back(send("$a OK [APPENDUID 38505 3955] done\r\n"));
  TargetBench bench;
  const ScriptedServer server(bench.network, after_login(row.offered, talk));
  bench.open();
  FakeSource source(bench.world, kMail, piece);
  AppendMessage message = bench.message(kMail.size());
  message.flags.seen = true;
  message.flags.flagged = true;
  message.flags.keywords = {"No atom", "Work"};
  message.date = "17-Jul-1996 02:44:25 -0700";
  Answer<AppendEnd> append;
  append.operation = bench.connection->append(message, source, append.handler());
  bench.run();
  CHECK(server.problems() == none());
  CHECK(server.finished());
  REQUIRE(append.ok());
  CHECK(append.value->refusal == AppendRefusal::kNone);
  CHECK(append.value->uid_validity == UidValidity{38505});
  CHECK(append.value->uid == Uid{3955});
  CHECK(bench.world.timers_left() == 0);
}

TEST_CASE("what is too long for LITERAL- waits for the server") {
  TargetBench bench;
  const std::string mail(4097, 'x');
  const ScriptedServer server(
      bench.network, after_login(" LITERAL-", {expect(kHead + "{4097}"), send("+ go on\r\n"),
                                               expect(mail), send("$a OK done\r\n")}));
  bench.open();
  FakeSource source(bench.world, mail, 1000);
  Answer<AppendEnd> append;
  append.operation = bench.connection->append(bench.message(4097), source, append.handler());
  bench.run();
  CHECK(server.problems() == none());
  REQUIRE(append.ok());
  CHECK_FALSE(append.value->uid);
}

TEST_CASE("a refusal says what it means, and the connection goes on") {
  struct Row {
    std::string reply;
    AppendRefusal refusal;
  };
  const auto row = GENERATE(values<Row>({
      {"NO [TRYCREATE] no such mailbox", AppendRefusal::kNoMailbox},
      {"NO [OVERQUOTA] full", AppendRefusal::kOverQuota},
      {"NO [TOOBIG] too big", AppendRefusal::kTooBig},
      {"NO not today", AppendRefusal::kOther},
      {"BAD what is this", AppendRefusal::kOther},
  }));
  const bool before_octets = GENERATE(true, false);
  INFO(row.reply << " " << before_octets);
  Conversation talk{expect(kHead + (before_octets ? "{20}" : "{20+}"))};
  if (!before_octets) expect_mail(talk);
  talk.push_back(send("$a " + row.reply + "\r\n"));
  talk.push_back(expect("$n NOOP"));
  talk.push_back(send("$n OK done\r\n"));
  TargetBench bench;
  const ScriptedServer server(bench.network, after_login(before_octets ? "" : " LITERAL+", talk));
  bench.open();
  FakeSource source(bench.world, kMail, 7);
  Answer<AppendEnd> append;
  Answer<Done> noop;
  append.operation = bench.connection->append(bench.message(20), source, append.handler());
  noop.operation = bench.connection->noop(noop.handler());
  bench.run();
  CHECK(server.problems() == none());
  REQUIRE(append.ok());
  CHECK(static_cast<int>(append.value->refusal) == static_cast<int>(row.refusal));
  CHECK(append.value->why.what.starts_with("while appending a message to folder Archive: server"));
  CHECK(append.value->why.remedy == Remedy::kSkipMessage);
  CHECK(source.reads == (before_octets ? 0 : 4));
  CHECK(noop.ok());
}

TEST_CASE("what the server cannot take is not sent") {
  struct Row {
    std::string offered;
    std::uint64_t size;
    bool holds_nul;
    AppendRefusal refusal;
    std::string why;
  };
  const auto row = GENERATE(values<Row>({
      {" APPENDLIMIT=19", 20, false, AppendRefusal::kTooBig, "none of more than 19 (APPENDLIMIT)"},
      {"", 20, true, AppendRefusal::kHoldsNul, "without BINARY (RFC 3516)"},
  }));
  TargetBench bench;
  const ScriptedServer server(
      bench.network, after_login(row.offered, {expect("$n NOOP"), send("$n OK done\r\n")}));
  bench.open();
  FakeSource source(bench.world, kMail, 7);
  AppendMessage message = bench.message(row.size);
  message.holds_nul = row.holds_nul;
  Answer<AppendEnd> append;
  Answer<Done> noop;
  append.operation = bench.connection->append(message, source, append.handler());
  CHECK(append.calls == 0);
  noop.operation = bench.connection->noop(noop.handler());
  bench.run();
  CHECK(server.problems() == none());
  REQUIRE(append.ok());
  CHECK(static_cast<int>(append.value->refusal) == static_cast<int>(row.refusal));
  CHECK(append.value->why.what.find(row.why) != std::string::npos);
  CHECK(noop.ok());
}

TEST_CASE("NUL goes as a binary literal") {
  TargetBench bench;
  const std::string mail("a\0b", 3);
  const ScriptedServer server(
      bench.network, after_login(" LITERAL+ BINARY APPENDLIMIT=3",
                                 {expect(kHead + "~{3+}"), expect(mail), send("$a OK .\r\n")}));
  bench.open();
  FakeSource source(bench.world, mail, 2);
  AppendMessage message = bench.message(3);
  message.holds_nul = true;
  Answer<AppendEnd> append;
  append.operation = bench.connection->append(message, source, append.handler());
  bench.run();
  CHECK(server.problems() == none());
  CHECK(append.ok());
}

TEST_CASE("a source that is not what was announced never becomes a message") {
  struct Row {
    std::string bytes;
    std::optional<Error> error;
    std::string problem;
  };
  const auto row = GENERATE(values<Row>({
      {kMail.substr(0, 19), std::nullopt, "the message ends after 19 of its 20 octets"},
      {"", std::nullopt, "the message ends after 0 of its 20 octets"},
      {kMail + "x", std::nullopt, "the message has more than its 20 octets"},
      {kMail.substr(0, 7), store_error("the disk is gone"), "the disk is gone"},
      {kMail, store_error("damaged"), "damaged"},
      {kMail.substr(0, 19) + std::string(1, '\0'), std::nullopt, ""},
  }));
  const std::size_t piece = GENERATE(1U, 7U, 100U);
  INFO(row.problem << row.bytes.size() << " " << piece);
  TargetBench bench;
  CountingServer server(bench.network, " LITERAL+");
  bench.open();
  FakeSource source(bench.world, row.bytes, piece);
  source.error = row.error;
  Answer<AppendEnd> append;
  Answer<Done> noop;
  append.operation = bench.connection->append(bench.message(20), source, append.handler());
  noop.operation = bench.connection->noop(noop.handler());
  bench.run();
  CHECK(append.calls == 1);
  if (row.problem.empty()) {
    REQUIRE(append.value);
    CHECK(append.value->refusal == AppendRefusal::kHoldsNul);
  } else {
    CHECK(append.problem().find("while appending a message to folder Archive: " + row.problem) ==
          0);
  }
  CHECK(noop.problem() ==
        "while probing the server: a message that was being appended could not be sent to its end");
  CHECK(noop.error->remedy == Remedy::kRetrySoon);
  CHECK(bench.network.open_links() == 0);
  // The announced octets and the CRLF behind them would have made a message of it.
  CHECK(server.octets_behind("{20+}\r\n") <= 20);
  CHECK(bench.world.timers_left() == 0);
}

TEST_CASE("a message of any size needs little memory, and the network sets the pace") {
  TargetBench bench;
  bench.network.faults.latency = std::chrono::milliseconds(50);
  const std::uint64_t size = 20'000'000;
  CountingServer server(bench.network, GENERATE(" LITERAL+", ""));
  bench.open();
  FakeSource source(bench.world, std::string(size, 'm'), 64 * 1024);
  const auto link = bench.network.last_link();
  const std::uint64_t at_first = link->bytes_to_server();
  std::uint64_t most = 0;
  source.on_read = [&] {
    const std::uint64_t gone = link->bytes_to_server() - at_first;
    most = std::max(most, source.given() - std::min(gone, source.given()));
  };
  Answer<AppendEnd> append;
  append.operation = bench.connection->append(bench.message(size), source, append.handler());
  bench.world.advance(std::chrono::seconds(1));
  CHECK(source.given() > 0);
  CHECK(source.given() < 8'000'000);
  bench.world.advance(std::chrono::minutes(2));
  CHECK(server.received > size);
  CHECK(most > 0);
  CHECK(most < 256 * 1024);
  CHECK(append.calls == 0);
  link->send(server.tag() + " OK done\r\n");
  bench.run();
  CHECK(append.ok());
}

TEST_CASE("a slow source is no silence of the server, a server that reads nothing is") {
  TargetBench bench;
  CountingServer server(bench.network, " LITERAL+");
  bench.open();
  FakeSource source(bench.world, kMail, 10);
  Answer<AppendEnd> append;
  SECTION("source") {
    source.delay = std::chrono::hours(1);
    append.operation = bench.connection->append(bench.message(20), source, append.handler());
    bench.world.advance(std::chrono::hours(3));
    CHECK(append.calls == 0);
    CHECK(server.octets_behind("{20+}\r\n") == 22);
    bench.world.advance(std::chrono::minutes(4));
    CHECK(append.calls == 0);
    bench.world.advance(std::chrono::minutes(2));
    CHECK(append.problem() ==
          "while appending a message to folder Archive: the server said nothing for 300 s");
  }
  SECTION("server") {
    bench.network.half_open_all();
    append.operation = bench.connection->append(bench.message(20), source, append.handler());
    bench.world.advance(std::chrono::minutes(10));
    CHECK(append.calls == 1);
  }
}

TEST_CASE("who gives up in the middle of a message gives up the connection") {
  TargetBench bench;
  CountingServer server(bench.network, " LITERAL+");
  bench.open();
  auto source = std::make_unique<FakeSource>(bench.world, kMail, 10);
  source->delay = std::chrono::seconds(10);
  Answer<AppendEnd> append;
  Answer<Done> noop;
  append.operation = bench.connection->append(bench.message(20), *source, append.handler());
  noop.operation = bench.connection->noop(noop.handler());
  bench.world.advance(std::chrono::seconds(15));
  append.operation.cancel();
  source.reset();
  bench.run();
  CHECK(append.calls == 0);
  CHECK(noop.problem() ==
        "while probing the server: a message that was being appended was given up in the middle");
  CHECK(server.octets_behind("{20+}\r\n") == 10);
  CHECK(bench.network.open_links() == 0);
}

TEST_CASE("a refusal before the end of the octets is told, and the connection ends") {
  TargetBench bench;
  CountingServer server(bench.network, " LITERAL+");
  bench.open();
  FakeSource source(bench.world, kMail, 10);
  source.delay = std::chrono::seconds(10);
  Answer<AppendEnd> append;
  Answer<Done> noop;
  append.operation = bench.connection->append(bench.message(20), source, append.handler());
  noop.operation = bench.connection->noop(noop.handler());
  bench.world.advance(std::chrono::seconds(15));
  bench.network.last_link()->send(server.tag() + " NO [OVERQUOTA] full\r\n");
  bench.run();
  REQUIRE(append.ok());
  CHECK(append.value->refusal == AppendRefusal::kOverQuota);
  CHECK(noop.calls == 1);
  CHECK(noop.problem().find("literal was still being sent") != std::string::npos);
  CHECK(bench.network.open_links() == 0);
}

TEST_CASE("a message that is known to be there is told so, although the connection is lost") {
  TargetBench bench;
  Conversation talk{expect("$n NOOP"), expect(kHead + "{20+}")};
  expect_mail(talk);
  talk.push_back(send("$a OK [APPENDUID 1 2] done\r\n"));
  talk.push_back(closes());
  const ScriptedServer server(bench.network, after_login(" LITERAL+", talk));
  bench.open();
  FakeSource source(bench.world, kMail, 10);
  Answer<Done> noop;
  Answer<AppendEnd> append;
  noop.operation = bench.connection->noop(noop.handler());
  append.operation = bench.connection->append(bench.message(20), source, append.handler());
  bench.run();
  CHECK(server.problems() == none());
  CHECK(noop.error);
  REQUIRE(append.ok());
  CHECK(append.value->uid == Uid{2});
}

TEST_CASE("several messages follow each other without waiting where the server allows it") {
  TargetBench bench;
  Conversation talk{expect(kHead + "{20+}")};
  expect_mail(talk);
  talk.push_back(expect("$b APPEND \"Archive\" () {20+}"));
  expect_mail(talk);
  talk.push_back(expect("$n NOOP"));
  talk.push_back(send("$a OK .\r\n$b NO [TOOBIG] .\r\n$n OK .\r\n"));
  const ScriptedServer server(bench.network, after_login(" LITERAL+", talk));
  bench.open();
  FakeSource one(bench.world, kMail, 3);
  FakeSource two(bench.world, kMail, 20);
  Answer<AppendEnd> first;
  Answer<AppendEnd> second;
  Answer<Done> noop;
  first.operation = bench.connection->append(bench.message(20), one, first.handler());
  second.operation = bench.connection->append(bench.message(20), two, second.handler());
  noop.operation = bench.connection->noop(noop.handler());
  bench.run();
  CHECK(server.problems() == none());
  CHECK(server.finished());
  REQUIRE(first.ok());
  CHECK(first.value->refusal == AppendRefusal::kNone);
  REQUIRE(second.ok());
  CHECK(second.value->refusal == AppendRefusal::kTooBig);
  CHECK(noop.ok());
}
