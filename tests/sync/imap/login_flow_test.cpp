#include "tests/sync/imap/login_walk.h"

using namespace imapkeep;
using namespace imapkeep::imap;

TEST_CASE("the login takes only the steps that the server offers") {
  struct Row {
    std::string name;
    TlsMode tls;
    LoginServer server;
    std::string way;
  };
  const auto row = GENERATE(values<Row>({
      {"all at once",
       TlsMode::kImplicit,
       {"OK",
        "IMAP4rev1 SASL-IR AUTH=PLAIN",
        "",
        "",
        "IMAP4rev1 ID ENABLE CONDSTORE NAMESPACE",
        "",
        {}},
       "AUTHENTICATE PLAIN " + kPlainSecret +
           "\nID (\"name\" \"imapkeep\" \"version\" \"0.1.0\" \"vendor\" \"imapkeep\") "
           "| ENABLE CONDSTORE | NAMESPACE\nfinished"},
      {"nothing said unasked",
       TlsMode::kImplicit,
       {"OK", "", "IMAP4rev1 AUTH=PLAIN SASL-IR", "", "", "IMAP4rev1", {}},
       "CAPABILITY\nAUTHENTICATE PLAIN " + kPlainSecret + "\nCAPABILITY\nfinished"},
      {"capabilities before login do not hold after it",
       TlsMode::kImplicit,
       {"OK", "IMAP4rev1 AUTH=PLAIN SASL-IR ID ENABLE CONDSTORE", "", "", "IMAP4rev1", "", {}},
       "AUTHENTICATE PLAIN " + kPlainSecret + "\nfinished"},
      {"without SASL-IR the answer waits for +",
       TlsMode::kImplicit,
       {"OK", "IMAP4rev1 AUTH=PLAIN", "", "", "IMAP4rev1", "", {}, 1},
       "AUTHENTICATE PLAIN\nanswer " + kPlainSecret + "\nfinished"},
      {"LOGIN where there is no PLAIN",
       TlsMode::kImplicit,
       {"OK", "IMAP4rev1 AUTH=CRAM-MD5", "", "", "IMAP4rev1", "", {}},
       "LOGIN \"me\" \"secret\"\nfinished"},
      {"a server that says it can do nothing still knows LOGIN",
       TlsMode::kImplicit,
       {"OK", "", "", "", "", "", {}},
       "CAPABILITY\nLOGIN \"me\" \"secret\"\nCAPABILITY\nfinished"},
      {"STARTTLS forgets what came before",
       TlsMode::kStartTls,
       {"OK",
        "IMAP4rev1 STARTTLS AUTH=PLAIN SASL-IR",
        "",
        "IMAP4rev1 AUTH=PLAIN",
        "IMAP4rev1",
        "",
        {},
        1},
       "STARTTLS\nTLS\nCAPABILITY\nAUTHENTICATE PLAIN\nanswer " + kPlainSecret + "\nfinished"},
      {"CONDSTORE without ENABLE is not enabled",
       TlsMode::kImplicit,
       {"OK", "AUTH=PLAIN SASL-IR", "", "", "IMAP4rev1 CONDSTORE", "", {}},
       "AUTHENTICATE PLAIN " + kPlainSecret + "\nfinished"},
      {"refusals that do not matter",
       TlsMode::kImplicit,
       {"OK",
        "AUTH=PLAIN SASL-IR",
        "",
        "",
        "ID ENABLE CONDSTORE NAMESPACE",
        "",
        {{"ID", "BAD what?"}, {"ENABLE", "NO never"}, {"NAMESPACE", "NO none"}}},
       "AUTHENTICATE PLAIN " + kPlainSecret +
           "\nID (\"name\" \"imapkeep\" \"version\" \"0.1.0\" \"vendor\" \"imapkeep\") "
           "| ENABLE CONDSTORE | NAMESPACE\nfinished"},
      {"iCloud's proxy is asked once more",
       TlsMode::kImplicit,
       {"OK",
        "AUTH=PLAIN SASL-IR",
        "",
        "",
        "IMAP4rev1 XAPPLEPUSHSERVICE",
        "IMAP4rev1 XAPPLEPUSHSERVICE",
        {}},
       "AUTHENTICATE PLAIN " + kPlainSecret + "\nCAPABILITY\nfinished"},
      {"a local tunnel that is logged in already",
       TlsMode::kNone,
       {"PREAUTH", "IMAP4rev1 NAMESPACE", "", "", "", "", {}},
       "NAMESPACE\nfinished"},
      {"a local server without TLS",
       TlsMode::kNone,
       {"OK", "AUTH=PLAIN SASL-IR", "", "", "IMAP4rev1", "", {}},
       "AUTHENTICATE PLAIN " + kPlainSecret + "\nfinished"},
  }));
  INFO(row.name);
  CHECK(walk(row.tls, row.server) == row.way);
}

TEST_CASE("compression is asked for last, where it is wanted and offered") {
  const std::string login = "AUTHENTICATE PLAIN " + kPlainSecret + "\n";
  LoginServer server{"OK", "AUTH=PLAIN SASL-IR", "", "", "NAMESPACE COMPRESS=DEFLATE", "", {}};
  const auto way = [&](bool compress) {
    return walk(TlsMode::kImplicit, server, "", "secret", compress);
  };
  CHECK(way(true) == login + "NAMESPACE | COMPRESS DEFLATE\nfinished");
  CHECK(way(false) == login + "NAMESPACE\nfinished");
  server.refusals["COMPRESS"] = "NO [COMPRESSIONACTIVE] it is on";
  CHECK(way(true) == login + "NAMESPACE | COMPRESS DEFLATE\nfinished");
  server.with_login = "COMPRESS=DEFLATE";
  CHECK(way(true) == login + "COMPRESS DEFLATE\nfinished");
  server.with_login = "NAMESPACE COMPRESS=LZ4";
  CHECK(way(true) == login + "NAMESPACE\nfinished");
}

TEST_CASE("imapproxy cannot carry what the server behind it compresses") {
  const std::string offered = "IMAP4rev1 COMPRESS=DEFLATE XIMAPPROXY";
  const LoginServer server{"OK", "AUTH=PLAIN SASL-IR", "", "", offered, "", {}};
  CHECK(walk(TlsMode::kImplicit, server, "", "secret", true).find("COMPRESS") == std::string::npos);
}

TEST_CASE("the login ends with an error that says what to do") {
  struct Row {
    std::string name;
    TlsMode tls;
    LoginServer server;
    std::string end;  // last line begins with this
    std::string authzid;
    std::string password = "secret";
  };
  const auto row = GENERATE(values<Row>({
      {"wrong password",
       TlsMode::kImplicit,
       {"OK",
        "AUTH=PLAIN SASL-IR",
        "",
        "",
        "",
        "",
        {{"AUTHENTICATE", "NO [AUTHENTICATIONFAILED] wrong"}}},
       "login/operator: server said NO [AUTHENTICATIONFAILED]: wrong",
       ""},
      {"NO without a word",
       TlsMode::kImplicit,
       {"OK", "AUTH=PLAIN SASL-IR", "", "", "", "", {{"AUTHENTICATE", "NO"}}},
       "login/operator: server said NO",
       ""},
      {"a sick server is not a wrong password",
       TlsMode::kImplicit,
       {"OK",
        "AUTH=PLAIN SASL-IR",
        "",
        "",
        "",
        "",
        {{"AUTHENTICATE", "NO [UNAVAILABLE] Temporary authentication failure."}}},
       "busy/wait: server said NO [UNAVAILABLE]: Temporary",
       ""},
      {"too many connections",
       TlsMode::kImplicit,
       {"OK", "", "", "", "", "", {{"LOGIN", "NO [ALERT] Too many simultaneous connections."}}},
       "busy/wait: server said NO [ALERT]: Too many",
       ""},
      {"BYE at the door",
       TlsMode::kImplicit,
       {"BYE too many connections", "", "", "", "", "", {}},
       "busy/wait: server said BYE: too many connections",
       ""},
      {"PREAUTH over TLS",
       TlsMode::kImplicit,
       {"PREAUTH", "IMAP4rev1", "", "", "", "", {}},
       "server/operator: the server logged us in without asking",
       ""},
      {"PREAUTH instead of STARTTLS",
       TlsMode::kStartTls,
       {"PREAUTH", "IMAP4rev1 STARTTLS", "", "", "", "", {}},
       "server/operator: the server skips login before TLS",
       ""},
      {"STARTTLS stripped",
       TlsMode::kStartTls,
       {"OK", "IMAP4rev1 AUTH=PLAIN SASL-IR", "", "", "", "", {}},
       "server/operator: the server does not offer STARTTLS",
       ""},
      {"STARTTLS refused",
       TlsMode::kStartTls,
       {"OK", "STARTTLS AUTH=PLAIN", "", "", "", "", {{"STARTTLS", "NO no certificate"}}},
       "server/operator: server said NO: no certificate",
       ""},
      {"LOGINDISABLED",
       TlsMode::kImplicit,
       {"OK", "LOGINDISABLED AUTH=XOAUTH2 AUTH=GSSAPI", "", "", "", "", {}},
       "login/operator: the server offers no login with a password; it offers GSSAPI XOAUTH2",
       ""},
      {"OK before the password",
       TlsMode::kImplicit,
       {"OK", "AUTH=PLAIN", "", "", "x", "", {}},
       "login/operator: the server said OK before the password was sent",
       ""},
      {"asks again",
       TlsMode::kImplicit,
       {"OK", "AUTH=PLAIN", "", "", "x", "", {}, 2},
       "login/operator: the server asked for more",
       ""},
      {"Exchange's hollow login",
       TlsMode::kImplicit,
       {"OK",
        "AUTH=PLAIN SASL-IR",
        "",
        "",
        "NAMESPACE",
        "",
        {{"NAMESPACE", "BAD User is authenticated but not connected."}}},
       "busy/wait: server said BAD: User is authenticated but not connected.",
       ""},
      {"authzid without PLAIN",
       TlsMode::kImplicit,
       {"OK", "IMAP4rev1", "", "", "", "", {}},
       "login/operator: authzid needs AUTH=PLAIN",
       "other"},
      {"empty password",
       TlsMode::kImplicit,
       {"OK", "IMAP4rev1", "", "", "", "", {}},
       "login/operator: the password is empty",
       "",
       ""},
  }));
  INFO(row.name);
  const std::string way = walk(row.tls, row.server, row.authzid, row.password);
  const std::string end =
      way.substr(way.rfind('\n') == std::string::npos ? 0 : way.rfind('\n') + 1);
  CHECK(end.substr(0, row.end.size()) == row.end);
  CHECK(end.find("secret") == std::string::npos);
}

TEST_CASE("no password leaves before TLS where TLS is wanted") {
  // Whatever the server offers in clear text, the only commands there are CAPABILITY and STARTTLS.
  const auto offer = GENERATE(as<std::string>(), "IMAP4rev1", "STARTTLS AUTH=PLAIN SASL-IR",
                              "AUTH=PLAIN SASL-IR", "LOGINDISABLED", "STARTTLS LOGINDISABLED");
  const auto refused = GENERATE(false, true);
  LoginServer server{"OK", "", offer, "AUTH=PLAIN SASL-IR", "IMAP4rev1", "", {}};
  if (refused) server.refusals["STARTTLS"] = "BAD unknown";
  const std::string way = walk(TlsMode::kStartTls, server);
  const std::string clear = way.substr(0, way.find("TLS\nCAP"));
  CHECK(clear.find("LOGIN ") == std::string::npos);
  CHECK(clear.find("AUTHENTICATE") == std::string::npos);
  CHECK(clear.starts_with("CAPABILITY\n"));
}

TEST_CASE("a token logs in by what takes tokens, and its refusal is answered and told") {
  struct Row {
    std::string offered;
    std::string mechanism;
    std::string way;
  };
  // user=me, token tok; n,a=me, with the peer.
  const std::string xoauth2 = "dXNlcj1tZQFhdXRoPUJlYXJlciB0b2sBAQ==";
  const std::string bearer = "bixhPW1lLAFob3N0PWguZXhhbXBsZQFwb3J0PTk5MwFhdXRoPUJlYXJlciB0b2sBAQ==";
  const auto row = GENERATE_COPY(values<Row>({
      {"SASL-IR AUTH=XOAUTH2 AUTH=PLAIN", "", "AUTHENTICATE XOAUTH2 " + xoauth2 + "\n"},
      {"AUTH=XOAUTH2", "", "AUTHENTICATE XOAUTH2\n" + xoauth2 + "\n"},
      {"SASL-IR AUTH=OAUTHBEARER AUTH=XOAUTH2", "", "AUTHENTICATE OAUTHBEARER " + bearer + "\n"},
      {"AUTH=OAUTHBEARER", "", "AUTHENTICATE OAUTHBEARER\n" + bearer + "\n"},
      {"SASL-IR AUTH=PLAIN", "XOAUTH2", "AUTHENTICATE XOAUTH2 " + xoauth2 + "\n"},
  }));
  Credentials credentials;
  credentials.user = "me";
  credentials.secret = Secret("tok");
  credentials.proof = Credentials::Proof::kAccessToken;
  credentials.mechanism = row.mechanism;
  LoginFlow flow(TlsMode::kImplicit, std::move(credentials), {"h.example", 993});
  const Capabilities known = capabilities_of("IMAP4rev1 " + row.offered);
  auto step = flow.greeted(status_of("OK hello"), known);
  std::string way;
  REQUIRE(step);
  for (const auto& piece : step->commands.front().command.pieces) way += piece;
  if (!known.has("SASL-IR")) {
    step = flow.challenged("");
    REQUIRE(step);
    way += step->answer;
  }
  std::string lines;
  for (const char c : way)
    if (c != '\r') lines += c;
  CHECK(lines == row.way);

  // Google's words.
  step = flow.challenged(
      "eyJzdGF0dXMiOiI0MDAiLCJzY2hlbWVzIjoiQmVhcmVyIiwic2NvcGUiOiJodHRwczovL21haWwuZ29vZ2xlLmNvbS8i"
      "fQ==");
  REQUIRE(step);
  const bool is_bearer = row.way.find("OAUTHBEARER") != std::string::npos;
  CHECK(step->answer == (is_bearer ? "AQ==\r\n" : "\r\n"));
  const auto end =
      flow.replied(status_of("NO [AUTHENTICATIONFAILED] Invalid credentials (Failure)"), known);
  REQUIRE_FALSE(end);
  CHECK(end.error().what ==
        "server said NO [AUTHENTICATIONFAILED]: Invalid credentials (Failure) "
        "(status 400, scope https://mail.google.com/)");
  CHECK(flow.has_refused_token());
}

TEST_CASE("a step out of turn is an error, not a surprise") {
  LoginFlow flow(TlsMode::kStartTls, {"me", "", Secret("secret")});
  CHECK_FALSE(flow.secured());
  CHECK_FALSE(flow.challenged(""));
  CHECK_FALSE(flow.replied({}, Capabilities()));
  CHECK_FALSE(flow.trusts_channel());
}
