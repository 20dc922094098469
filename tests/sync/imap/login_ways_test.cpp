// What the login does when its first way is refused for itself, or not seen.
#include "tests/sync/imap/login_walk.h"

using namespace imapkeep;
using namespace imapkeep::imap;

TEST_CASE("a mechanism that is offered and not known is followed by the next way") {
  struct Row {
    std::string name;
    TlsMode tls;
    std::string offered;
    std::string reply;  // to AUTHENTICATE
    bool goes_on;
  };
  const auto row = GENERATE(values<Row>({
      {"not understood", TlsMode::kImplicit, "AUTH=PLAIN SASL-IR", "BAD Unknown command", true},
      {"not understood, no word", TlsMode::kImplicit, "AUTH=PLAIN SASL-IR", "BAD", true},
      {"no initial response", TlsMode::kImplicit, "AUTH=PLAIN", "BAD Error in IMAP command", true},
      {"Dovecot", TlsMode::kImplicit, "AUTH=PLAIN SASL-IR",
       "NO [ALERT] Unsupported authentication mechanism.", true},
      {"Cyrus", TlsMode::kImplicit, "AUTH=PLAIN SASL-IR", "NO no mechanism available", true},
      {"not implemented", TlsMode::kImplicit, "AUTH=PLAIN", "NO AUTHENTICATE not implemented",
       true},
      {"behind STARTTLS", TlsMode::kStartTls, "AUTH=PLAIN SASL-IR", "BAD what?", true},
      {"without TLS", TlsMode::kNone, "AUTH=PLAIN SASL-IR", "BAD what?", false},
      {"LOGINDISABLED", TlsMode::kImplicit, "AUTH=PLAIN SASL-IR LOGINDISABLED", "BAD what?", false},
      {"a wrong password", TlsMode::kImplicit, "AUTH=PLAIN SASL-IR", "NO", false},
      {"a wrong password, said so", TlsMode::kImplicit, "AUTH=PLAIN SASL-IR",
       "NO [AUTHENTICATIONFAILED] unknown mechanism, user or password", false},
      {"a wrong password, in words", TlsMode::kImplicit, "AUTH=PLAIN SASL-IR",
       "NO Authentication failed: unknown user or bad password", false},
      {"a code with BAD", TlsMode::kImplicit, "AUTH=PLAIN SASL-IR",
       "BAD [AUTHENTICATIONFAILED] wrong", false},
      {"a wrong password, in words, with BAD", TlsMode::kImplicit, "AUTH=PLAIN SASL-IR",
       "BAD Invalid credentials", false},
      {"patience", TlsMode::kImplicit, "AUTH=PLAIN SASL-IR", "BAD too many commands", false},
  }));
  INFO(row.name);
  LoginServer server{"OK", row.offered, row.offered, row.offered, "IMAP4rev1", "", {}};
  if (row.tls == TlsMode::kStartTls) server.in_greeting += " STARTTLS";
  server.refusals["AUTHENTICATE"] = row.reply;
  const std::string way = walk(row.tls, server);
  INFO(way);
  CHECK((way.find("\nLOGIN \"me\" \"secret\"\n") != std::string::npos) == row.goes_on);
  CHECK(way.ends_with("finished") == row.goes_on);
}

TEST_CASE("the ways that are left are tried in turn, and the first refusal is told at the end") {
  LoginServer server{"OK", "AUTH=PLAIN AUTH=SCRAM-SHA-256 SASL-IR LOGINDISABLED", "", "", "", "",
                     {}};
  server.refusals["AUTHENTICATE"] = "BAD no";
  const std::string way = walk(TlsMode::kImplicit, server);
  CHECK(way.find("AUTHENTICATE PLAIN " + kPlainSecret + "\nAUTHENTICATE SCRAM-SHA-256 ") == 0);
  CHECK(way.ends_with("server/operator: server said BAD: no"));
}

TEST_CASE("a BAD behind the server's own question is not about the mechanism") {
  LoginServer server{"OK", "AUTH=PLAIN", "", "", "IMAP4rev1", "", {}, 1};
  server.refusals["AUTHENTICATE"] = "BAD wrong";
  const std::string way = walk(TlsMode::kImplicit, server);
  CHECK(way.starts_with("AUTHENTICATE PLAIN\nanswer " + kPlainSecret));
  CHECK(way.find("LOGIN") == std::string::npos);
}

TEST_CASE("a server that has not seen the initial response gets it once more, and once only") {
  LoginServer server{"OK", "AUTH=PLAIN SASL-IR", "", "", "IMAP4rev1", "", {}, 1};
  server.challenge = GENERATE(as<std::string>(), "", "Ready for more", "YQ==");
  CHECK(walk(TlsMode::kImplicit, server) ==
        "AUTHENTICATE PLAIN " + kPlainSecret + "\nanswer " + kPlainSecret + "\nfinished");
  server.challenges = 2;
  CHECK(walk(TlsMode::kImplicit, server)
            .ends_with("login/operator: the server asked for more after the password was sent"));
}

TEST_CASE("a token: the other mechanism, the response once more, and whose fault a refusal is") {
  struct Row {
    std::string name, reply;
    bool blames_token;
  };
  const auto row = GENERATE(values<Row>({
      {"a NO", "NO AUTHENTICATE failed.", true},
      {"not understood", "BAD what?", true},
      {"named, with a word that means patience", "NO Access token expired, try again", true},
      {"too many", "NO [LIMIT] Too many connections", false},
      {"unwell", "NO [UNAVAILABLE] later", false},
      {"another way", "BAD Unsupported mechanism", true},
  }));
  INFO(row.name);
  Credentials credentials;
  credentials.user = "me";
  credentials.secret = Secret("tok");
  credentials.proof = Credentials::Proof::kAccessToken;
  LoginFlow flow(TlsMode::kImplicit, std::move(credentials), {"h.example", 993});
  const auto known = capabilities_of("IMAP4rev1 SASL-IR AUTH=OAUTHBEARER AUTH=XOAUTH2");
  auto step = flow.greeted(status_of("OK hello"), known);
  REQUIRE(step);
  const std::string first = step->commands.front().command.pieces.front();
  CHECK(first.starts_with("AUTHENTICATE OAUTHBEARER "));
  CHECK_FALSE(flow.has_refused_token());
  // It has not seen the response in the command.
  step = flow.challenged("");
  REQUIRE(step);
  CHECK(first == "AUTHENTICATE OAUTHBEARER " + step->answer);
  step = flow.replied(status_of(row.reply), known);
  if (row.reply.starts_with("BAD")) {
    REQUIRE(step);
    CHECK(step->commands.front().command.pieces.front().starts_with("AUTHENTICATE XOAUTH2 "));
    CHECK_FALSE(flow.has_refused_token());
    step = flow.replied(status_of(row.reply), known);
  }
  REQUIRE_FALSE(step);
  CHECK(flow.has_refused_token() == row.blames_token);
}
