#include "sync/imap/session.h"

#include <catch2/catch.hpp>
#include <set>

#include "tests/support/fixed_random.h"

using namespace imapkeep;
using namespace imapkeep::imap;

namespace {

/// Writes down what happens, one word each.
class Probe : public SessionEvents {
 public:
  void on_greeting(const StatusResponse& greeting) override { note("greeting:" + greeting.text); }
  void on_untagged(Response response) override {
    if (const auto* status = std::get_if<StatusResponse>(&response)) {
      note("status:" + status->text);
    } else if (const auto* exists = std::get_if<ExistsResponse>(&response)) {
      note("exists:" + std::to_string(exists->count));
    } else {
      note("untagged");
    }
    if (on_next) std::exchange(on_next, nullptr)();
  }
  void on_tagged(CommandId id, const StatusResponse& reply) override {
    note(std::to_string(id) + ":" + reply.text);
    if (on_next) std::exchange(on_next, nullptr)();
  }
  void on_challenge(CommandId id, std::string_view text) override {
    note("+" + std::to_string(id) + ":" + std::string(text));
  }
  void on_body_begin(std::uint64_t size) override { note("begin" + std::to_string(size)); }
  void on_body_bytes(ByteView) override {}
  void on_body_end() override { note("end"); }

  void note(const std::string& word) { said += (said.empty() ? "" : " ") + word; }
  std::string said;
  std::function<void()> on_next;
};

struct Bench {
  FixedRandom random;
  Probe probe;
  Session session{random, probe};

  Bench() = default;
  explicit Bench(const std::string& greeting) {
    const auto taken = session.receive(greeting);
    REQUIRE(taken);
    probe.said.clear();
  }
  /// Sends and gives the tag.
  std::string send(const Command& command, Effect effect = Effect::kNone) {
    return std::string(session.tag_of(session.send(command, effect)));
  }
};

std::string problem(const Result<Done>& result) {
  return result ? std::string() : result.error().what;
}

}  // namespace

TEST_CASE("the first word of a server decides whether it is one") {
  struct Row {
    std::string bytes;
    std::string said;
    SessionState state;
    std::string problem;
  };
  const auto waiting = SessionState::kGreetingAwaited;
  const auto row = GENERATE_COPY(values<Row>({
      {"* OK hi\r\n", "greeting:hi", SessionState::kNotAuthenticated, ""},
      {"* PREAUTH hi\r\n", "greeting:hi", SessionState::kAuthenticated, ""},
      {"* BYE go\r\n", "greeting:go", SessionState::kLoggedOut, ""},
      {"* OK hi\r\n* 3 EXISTS\r\n", "greeting:hi exists:3", SessionState::kNotAuthenticated, ""},
      {"* NO hi\r\n", "", waiting, "greeting"},
      {"a OK hi\r\n", "", waiting, "greeting"},
      {"* 3 EXISTS\r\n", "", waiting, "greeting"},
      {"+ OK\r\n", "", waiting, "greeting"},
      {"* 1 FETCH (UID 1 BODY[] {3}\r\nabc)\r\n", "", waiting, "greeting"},
  }));
  INFO(row.bytes);
  Bench bench;
  const auto received = bench.session.receive(row.bytes);
  CHECK(bench.probe.said == row.said);
  CHECK(bench.session.state() == row.state);
  if (row.problem.empty()) {
    CHECK(received);
  } else {
    CHECK(problem(received).find(row.problem) != std::string::npos);
  }
}

TEST_CASE("a reply is believed only for a command that is outstanding") {
  Bench bench("* OK hi\r\n");
  const auto one = bench.send(noop());
  const auto two = bench.send(noop());
  CHECK(bench.session.receive(one + " OK first\r\n"));
  CHECK(bench.probe.said == "1:first");
  SECTION("the second time it is a lie") {
    CHECK(problem(bench.session.receive(one + " OK again\r\n")).find("not sent") !=
          std::string::npos);
    CHECK(bench.probe.said == "1:first");
  }
  SECTION("so is a tag of nobody") {
    CHECK_FALSE(bench.session.receive("A OK early\r\n"));
    CHECK_FALSE(bench.session.receive(two + " OK too late\r\n"));
    CHECK(bench.probe.said == "1:first");
  }
  SECTION("the other one may still come") {
    CHECK(bench.session.receive(two + " NO second\r\n"));
    CHECK(bench.probe.said == "1:first 2:second");
    CHECK(bench.session.tag_of(2).empty());
  }
}

TEST_CASE("tags begin with a letter, differ, and cannot be guessed") {
  Bench bench("* OK hi\r\n");
  std::set<std::string> tags;
  for (int i = 0; i < 2000; ++i) {
    const auto tag = bench.send(noop());
    CHECK((tag[0] >= 'A' && tag[0] <= 'Z'));
    for (const char c : tag) CHECK(((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')));
    CHECK(tag.size() >= 8);
    tags.insert(tag.substr(0, 7));
  }
  CHECK(tags.size() == 2000);  // the part in front of the number is chance
}

TEST_CASE("a literal waits for its +, and whatever was sent later waits with it") {
  Bench bench("* OK hi\r\n");
  const auto one =
      bench.send(login("me", "p\xc3\xa4ss", Literals::kSynchronizing), Effect::kAuthenticates);
  const auto two = bench.send(noop());
  CHECK(bench.session.take_output() == one + " LOGIN \"me\" {5}\r\n");
  SECTION("go on") {
    CHECK(bench.session.receive("+ go\r\n"));
    CHECK(bench.session.take_output() == "p\xc3\xa4ss\r\n" + two + " NOOP\r\n");
    CHECK(bench.probe.said.empty());
  }
  SECTION("refused: the rest is not sent") {
    CHECK(bench.session.receive(one + " NO too long\r\n"));
    CHECK(bench.session.take_output() == two + " NOOP\r\n");
    CHECK(bench.probe.said == "1:too long");
  }
  SECTION("OK before the end is a lie") {
    CHECK_FALSE(bench.session.receive(one + " OK welcome\r\n"));
    CHECK(bench.session.state() == SessionState::kNotAuthenticated);
  }
}

TEST_CASE("a + that nobody waits for is ignored; one for SASL is a challenge") {
  Bench bench("* OK hi\r\n");
  CHECK(bench.session.receive("+ idling\r\n"));
  CHECK(bench.probe.said.empty());
  bench.send(authenticate("PLAIN", std::nullopt), Effect::kAuthenticates);
  CHECK(bench.session.receive("+ abc\r\n"));
  CHECK(bench.probe.said == "+1:abc");
}

TEST_CASE("capabilities are those that were said last, and die with what they were about") {
  Bench bench("* OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED] hi\r\n");
  CHECK(bench.session.capabilities().has("starttls"));
  CHECK(bench.session.receive("* CAPABILITY IMAP4rev1 X\r\n"));
  CHECK_FALSE(bench.session.capabilities().has("STARTTLS"));
  CHECK(bench.session.receive("* NO [CAPABILITY Y] no\r\n"));
  CHECK(bench.session.capabilities().has("X"));
  SECTION("a login without a code leaves nothing known") {
    const auto tag = bench.send(login("me", "x", Literals::kPlus), Effect::kAuthenticates);
    CHECK(bench.session.receive(tag + " OK done\r\n"));
    CHECK(bench.session.capabilities().empty());
    CHECK(bench.session.state() == SessionState::kAuthenticated);
  }
  SECTION("a login with a code") {
    const auto tag = bench.send(login("me", "x", Literals::kPlus), Effect::kAuthenticates);
    CHECK(bench.session.receive(tag + " OK [CAPABILITY IMAP4rev1 IDLE] done\r\n"));
    CHECK(bench.session.capabilities().has("IDLE"));
  }
  SECTION("a refused login changes nothing") {
    const auto tag = bench.send(login("me", "x", Literals::kPlus), Effect::kAuthenticates);
    CHECK(bench.session.receive(tag + " NO [CAPABILITY Z] done\r\n"));
    CHECK(bench.session.capabilities().has("X"));
    CHECK(bench.session.state() == SessionState::kNotAuthenticated);
  }
  SECTION("STARTTLS with a code: not believed") {
    const auto tag = bench.send(starttls(), Effect::kStartsTls);
    CHECK(bench.session.receive(tag + " OK [CAPABILITY AUTH=EVIL] go\r\n"));
    CHECK(bench.session.capabilities().empty());
  }
}

TEST_CASE("not one byte may follow the OK of STARTTLS") {
  const auto behind = GENERATE(as<std::string>(), "", "x", "* OK evil\r\n", "\r\n");
  const auto at_once = GENERATE(false, true);
  CAPTURE(behind, at_once);
  Bench bench("* OK hi\r\n");
  const auto tag = bench.send(starttls(), Effect::kStartsTls);
  auto received = bench.session.receive(tag + " OK go\r\n" + (at_once ? behind : ""));
  if (!at_once) {
    REQUIRE(received);
    received = bench.session.receive(behind);
  }
  CHECK(received.has_value() == behind.empty());
  CHECK(bench.probe.said == "1:go");
  if (!received) CHECK(received.error().remedy == Remedy::kNeedsOperator);
}

TEST_CASE("after TLS the session goes on") {
  Bench bench("* OK hi\r\n");
  const auto tag = bench.send(starttls(), Effect::kStartsTls);
  REQUIRE(bench.session.receive(tag + " OK go\r\n"));
  bench.session.secured();
  const auto next = bench.send(capability());
  CHECK(bench.session.receive("* CAPABILITY IMAP4rev1\r\n" + next + " OK done\r\n"));
  CHECK(bench.session.capabilities().has("IMAP4rev1"));
}

TEST_CASE("the state follows what the server granted") {
  Bench bench("* PREAUTH hi\r\n");
  const MailboxName inbox{"INBOX", NameEncoding::kUtf7};
  auto tag = bench.send(examine(inbox, false, Literals::kPlus), Effect::kSelects);
  CHECK(bench.session.receive(tag + " OK done\r\n"));
  CHECK(bench.session.state() == SessionState::kSelected);
  tag = bench.send(examine(inbox, false, Literals::kPlus), Effect::kSelects);
  CHECK(bench.session.state() == SessionState::kAuthenticated);
  CHECK(bench.session.receive(tag + " NO gone\r\n"));
  CHECK(bench.session.state() == SessionState::kAuthenticated);
  SECTION("logout") {
    tag = bench.send(logout(), Effect::kLogsOut);
    CHECK(bench.session.receive("* BYE bye\r\n" + tag + " OK done\r\n"));
    CHECK(bench.session.state() == SessionState::kLoggedOut);
  }
  SECTION("PREAUTH twice") { CHECK_FALSE(bench.session.receive("* PREAUTH again\r\n")); }
  SECTION("enabled") {
    CHECK(bench.session.receive("* ENABLED CondStore\r\n"));
    CHECK(bench.session.enabled("condstore"));
    CHECK_FALSE(bench.session.enabled("QRESYNC"));
  }
}

TEST_CASE("a session that was closed from inside an event is mute") {
  Bench bench("* OK hi\r\n");
  bench.probe.on_next = [&] { bench.session.close(); };
  CHECK(bench.session.receive("* 1 EXISTS\r\n* 2 EXISTS\r\n* 3 EXISTS\r\n"));
  CHECK(bench.probe.said == "exists:1");
  CHECK(bench.session.receive("* 4 EXISTS\r\n"));
  CHECK(bench.probe.said == "exists:1");
}

TEST_CASE("where the bytes are cut makes no difference") {
  const std::string stream =
      "* OK [CAPABILITY IMAP4rev1] hi\r\n* 3 EXISTS\r\n* 1 FETCH (UID 7 BODY[] {5}\r\nab)\r\n)\r\n"
      "* OK [ALERT] x\r\n";
  for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
    Bench bench;
    REQUIRE(bench.session.receive(stream.substr(0, cut)));
    REQUIRE(bench.session.receive(stream.substr(cut)));
    CHECK(bench.probe.said == "greeting:hi exists:3 begin5 end untagged status:x");
  }
}
