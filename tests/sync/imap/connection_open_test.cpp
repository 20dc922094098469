// From the dial to the end of the login.
#include "tests/sync/imap/connection_bench.h"

using namespace imapkeep;
using namespace imapkeep::imap;

using Bench = ConnectionBench;

TEST_CASE("a connection opens in every way that servers know") {
  struct Row {
    std::string name;
    TlsMode tls;
    Conversation talk;
  };
  const std::string id = "ID (\"name\" \"imapkeep\" \"version\" \"0.1.0\" \"vendor\" \"imapkeep\")";
  const auto row = GENERATE_COPY(values<Row>({
      {"all at once", TlsMode::kImplicit, after_login(" XYZZY", {})},
      {"step by step",
       TlsMode::kImplicit,
       {send("* OK hello\r\n"), expect("$a CAPABILITY"),
        send("* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n$a OK done\r\n"),
        expect("$b AUTHENTICATE PLAIN"), send("+\r\n"), expect("AG1lAHNlY3JldA=="),
        send("$b OK done\r\n"), expect("$c CAPABILITY"),
        send("* CAPABILITY IMAP4rev1 ID ENABLE CONDSTORE NAMESPACE\r\n$c OK done\r\n"),
        expect("$d " + id), send("* ID (\"name\" \"Test\" \"version\" \"7\")\r\n$d OK done\r\n"),
        expect("$e ENABLE CONDSTORE"), send("* ENABLED CONDSTORE\r\n$e OK done\r\n"),
        expect("$f NAMESPACE"), send("* NAMESPACE ((\"\" \"/\")) NIL NIL\r\n$f OK done\r\n")}},
      {"STARTTLS",
       TlsMode::kStartTls,
       {send("* OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED] hello\r\n"), expect("$a STARTTLS"),
        send("$a OK go\r\n"), tls_starts(), expect("$b CAPABILITY"),
        send("* CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR\r\n$b OK done\r\n"),
        expect("$c AUTHENTICATE PLAIN AG1lAHNlY3JldA=="),
        send("$c OK [CAPABILITY IMAP4rev1] done\r\n")}},
      {"LOGIN",
       TlsMode::kImplicit,
       {send("* OK [CAPABILITY IMAP4rev1] hello\r\n"), expect("$a LOGIN \"me\" \"secret\""),
        send("$a OK [CAPABILITY IMAP4rev1] done\r\n")}},
      {"a tunnel", TlsMode::kNone, {send("* PREAUTH [CAPABILITY IMAP4rev1] hello\r\n")}},
  }));
  INFO(row.name);
  const auto piece = GENERATE(std::size_t{1}, std::size_t{7}, SIZE_MAX);
  Bench bench(row.tls);
  bench.network.faults.piece = piece;
  const ScriptedServer server(bench.network, row.talk);
  bench.open();
  CHECK(server.problems() == none());
  CHECK(server.finished());
  CHECK(bench.connection->capabilities().has("IMAP4rev1"));
  CHECK(bench.world.timers_left() == 0);
  CHECK(bench.network.dials().front().tls.has_value() == (row.tls == TlsMode::kImplicit));
  CHECK(bench.connection->server_name() == (row.name == "step by step" ? "Test 7"
                                            : row.name == "STARTTLS"   ? ""
                                                                       : "hello"));
}

TEST_CASE("what goes wrong while opening is said with its remedy") {
  struct Row {
    TlsMode tls;
    Conversation talk;
    std::string problem;
    Remedy remedy;
  };
  const auto row = GENERATE(values<Row>({
      {TlsMode::kStartTls,
       {send("* OK [CAPABILITY IMAP4rev1 STARTTLS] hello\r\n"), expect("$a STARTTLS"),
        send("$a OK go\r\n* OK [ALERT] evil\r\n")},
       "while starting TLS: bytes in clear text behind the OK of STARTTLS",
       Remedy::kNeedsOperator},
      {TlsMode::kImplicit,
       {send("* BYE [UNAVAILABLE] later\r\n"), closes()},
       "while waiting for the greeting: server said BYE [UNAVAILABLE]: later",
       Remedy::kRetryLater},
      {TlsMode::kImplicit,
       {send("* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR] hello\r\n"),
        expect("$a AUTHENTICATE PLAIN AG1lAHNlY3JldA=="),
        send("$a NO [AUTHENTICATIONFAILED] not AG1lAHNlY3JldA== nor secret\r\n")},
       "while logging in: server said NO [AUTHENTICATIONFAILED]: not *** nor ***",
       Remedy::kNeedsOperator},
      // Words are escaped once.
      {TlsMode::kImplicit,
       {send("* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR] hello\r\n"),
        expect("$a AUTHENTICATE PLAIN AG1lAHNlY3JldA=="),
        send("$a NO [AUTHENTICATIONFAILED] caf\xc3\xa9 \x1b[2J \\ \xff\r\n")},
       "while logging in: server said NO [AUTHENTICATIONFAILED]: café \\x1b[2J \\x5c \\xff",
       Remedy::kNeedsOperator},
      // A web login is asked for: the address stands in what comes before the refusal.
      {TlsMode::kImplicit,
       {send("* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR] hello\r\n"),
        expect("$a AUTHENTICATE PLAIN AG1lAHNlY3JldA=="),
        send(
            "* NO [WEBALERT https://accounts.example/x?secret] Web login required.\r\n"
            "$a NO [ALERT] Please log in via your web browser: https://s.example/1 (Failure)\r\n")},
       "while logging in: server said NO [ALERT]: Please log in via your web browser: "
       "https://s.example/1 (Failure); before that it said: [WEBALERT "
       "https://accounts.example/x?***] Web login required.",
       Remedy::kNeedsOperator},
      {TlsMode::kImplicit,
       {closes()},
       "while waiting for the greeting: server closed the connection",
       Remedy::kRetrySoon},
      {TlsMode::kImplicit,
       {send("* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR] hello\r\n"),
        expect("$a AUTHENTICATE *"), send("* BYE too many connections\r\n"), closes()},
       "while logging in: server said BYE: too many connections",
       Remedy::kRetryLater},
      {TlsMode::kImplicit,
       {send("* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR] hello\r\n"),
        expect("$a AUTHENTICATE *"), send("A OK welcome\r\n")},
       "while logging in: protocol error: a reply to a command that was not sent (A)",
       Remedy::kRetrySoon},
      {TlsMode::kImplicit,
       {send("* OK hel")},
       "while waiting for the greeting: the server said nothing for 60 s",
       Remedy::kRetrySoon},
  }));
  Bench bench(row.tls);
  const ScriptedServer server(bench.network, row.talk);
  bench.start();
  bench.run();
  CHECK(server.problems() == none());
  CHECK(bench.opened.calls == 1);
  CHECK(bench.opened.problem() == row.problem);
  REQUIRE(bench.opened.error);
  CHECK(static_cast<int>(bench.opened.error->remedy) == static_cast<int>(row.remedy));
  CHECK(bench.network.open_links() == 0);
  CHECK_FALSE(bench.logs.contains("evil"));
  CHECK_FALSE(bench.logs.contains("AG1lAHNlY3JldA"));
}

TEST_CASE("the dialer's word is passed on, with the address") {
  Bench bench;
  bench.network.refuse(server_error("connection refused"));
  bench.start();
  CHECK(bench.opened.calls == 0);
  bench.run();
  CHECK(bench.opened.problem() == "while connecting to imap.example.org:993: connection refused");
  Answer<Done> later;
  later.operation = bench.connection->noop(later.handler());
  CHECK(later.calls == 0);
  bench.run();
  CHECK(later.problem().find("while probing the server: while connecting to") == 0);
}

TEST_CASE("an alert reaches the operator's log, harmlessly") {
  Bench bench;
  const ScriptedServer server(
      bench.network,
      after_login("", {expect("$a NOOP"), send("* OK [ALERT] disk \x1b[2J full\r\n$a OK\r\n")}));
  bench.open();
  Answer<Done> noop;
  noop.operation = bench.connection->noop(noop.handler());
  bench.run();
  CHECK(noop.ok());
  CHECK(bench.logs.count(LogLevel::kWarning) == 1);
  CHECK(bench.logs.contains("full"));
  CHECK_FALSE(bench.logs.contains("\x1b"));
}

TEST_CASE("every command whose literal waits for a + sends it at once") {
  // What cannot stand in a quoted string: an odd byte, a line end, or too many characters.
  const std::string odd = "p\xe4ss\"w\\rd";
  const auto piece = GENERATE(std::size_t{1}, SIZE_MAX);
  const auto tls = GENERATE(TlsMode::kImplicit, TlsMode::kNone);
  SECTION("the password") {
    Bench bench(tls);
    bench.network.faults.piece = piece;
    bench.credentials.secret = Secret(odd);
    const ScriptedServer server(
        bench.network,
        {send("* OK [CAPABILITY IMAP4rev1] hello\r\n"), expect("$a LOGIN \"me\" {9}"),
         send("+ go on\r\n"), expect(odd), send("$a OK [CAPABILITY IMAP4rev1] done\r\n")});
    bench.open();
    CHECK(server.problems() == none());
    CHECK(server.finished());
    CHECK(bench.opened.ok());
  }
  SECTION("user and password, and one + more than there are literals") {
    Bench bench(tls);
    bench.network.faults.piece = piece;
    bench.credentials.user = "m\xfc";
    bench.credentials.secret = Secret(odd);
    const ScriptedServer server(
        bench.network, {send("* OK [CAPABILITY IMAP4rev1] hello\r\n"), expect("$a LOGIN {2}"),
                        send("+\r\n"), expect("m\xfc {9}"), send("+ \r\n"), expect(odd),
                        send("+ still here\r\n"), send("$a OK [CAPABILITY IMAP4rev1] done\r\n")});
    bench.open();
    CHECK(server.problems() == none());
    CHECK(server.finished());
    CHECK(bench.opened.ok());
  }
  SECTION("a refusal instead of the +") {
    Bench bench(tls);
    bench.credentials.secret = Secret(odd);
    const ScriptedServer server(bench.network,
                                {send("* OK [CAPABILITY IMAP4rev1] hello\r\n"),
                                 expect("$a LOGIN \"me\" {9}"), send("$a NO too long\r\n")});
    bench.start();
    bench.run();
    CHECK(server.problems() == none());
    CHECK(bench.opened.problem().find("server said NO: too long") != std::string::npos);
  }
}

TEST_CASE("whose fault it is when a login by token ends with the connection") {
  struct Row {
    std::string name;
    Conversation after_token;
    bool is_refused, is_unanswered;
  };
  const auto row = GENERATE_COPY(values<Row>({
      {"the token is named", {send("* BYE The access token has been revoked\r\n")}, true, false},
      {"a code", {send("* BYE [AUTHENTICATIONFAILED] no\r\n")}, true, false},
      {"other words", {send("* BYE So long.\r\n")}, true, false},
      {"no words", {send("* BYE\r\n")}, true, false},
      {"in the tagged reply", {send("$a BYE So long.\r\n")}, true, false},
      {"OK, and then its end", {send("$a OK in\r\n* BYE Token expired\r\n")}, true, false},
      {"nothing at all", {closes()}, false, true},
      {"OK, and nothing", {send("$a OK [CAPABILITY IMAP4rev1] in\r\n"), closes()}, false, false},
      {"load", {send("* BYE Too many connections\r\n")}, false, false},
      {"illness", {send("* BYE [UNAVAILABLE] later\r\n")}, false, false},
      {"a restart", {send("* BYE Server shutting down.\r\n")}, false, false},
  }));
  INFO(row.name);
  const bool in_one_go = GENERATE(true, false);
  Bench bench;
  bench.credentials.proof = Credentials::Proof::kAccessToken;
  bench.credentials.mechanism = "XOAUTH2";
  bench.credentials.generation = 7;
  Conversation talk{send(std::string("* OK [CAPABILITY IMAP4rev1 AUTH=XOAUTH2") +
                         (in_one_go ? " SASL-IR] hello\r\n" : "] hello\r\n")),
                    expect("$a AUTHENTICATE XOAUTH2*")};
  if (!in_one_go) {
    talk.push_back(send("+ \r\n"));
    talk.push_back(expect("dXNlcj1tZQFhdXRoPUJlYXJlciBzZWNyZXQBAQ=="));
  }
  for (const Turn& turn : row.after_token) talk.push_back(turn);
  const ScriptedServer server(bench.network, talk);
  bench.start();
  bench.run();
  CHECK(server.problems() == none());
  CHECK(bench.network.open_links() == 0);
  CHECK((bench.connection->refused_token() != nullptr) == row.is_refused);
  CHECK((bench.connection->unanswered_token() != nullptr) == row.is_unanswered);
  for (const auto& told :
       {bench.connection->refused_token(), bench.connection->unanswered_token()}) {
    if (!told) continue;
    CHECK(told->generation == 7);
    CHECK(told->secret.empty());
  }
}

TEST_CASE("who hangs up before it has seen the token, or on a password, has refused none") {
  Bench bench;
  const bool is_token = GENERATE(true, false);
  if (is_token) bench.credentials.proof = Credentials::Proof::kAccessToken;
  const std::string way = is_token ? "XOAUTH2" : "PLAIN";
  Conversation talk{send("* OK [CAPABILITY IMAP4rev1 AUTH=" + way +
                         (is_token ? "] hello\r\n" : " SASL-IR] hello\r\n")),
                    expect("$a AUTHENTICATE " + way + "*")};
  talk.push_back(GENERATE(send("* BYE So long.\r\n"), closes()));
  const ScriptedServer server(bench.network, talk);
  bench.start();
  bench.run();
  CHECK(server.problems() == none());
  CHECK(bench.opened.problem() != "");
  CHECK_FALSE(bench.connection->refused_token());
  CHECK_FALSE(bench.connection->unanswered_token());
}
