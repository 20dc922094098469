// `provider`, `auth.oauth`, `state_key`, `on_needs_login`: what is made of them, and what is said
// when they do not go together.
#include <catch2/catch.hpp>

#include "tests/config/config_fixture.h"

namespace imapkeep {
namespace {

using test::ConfigFixture;

/// An account of a provider, or of a host of its own.
std::string with(const std::string& oauth, const std::string& server = "provider: gmail",
                 const std::string& user = "user: me@x.example") {
  return "accounts:\n  a:\n    " + server + "\n    " + user + "\n    auth: {oauth: " + oauth +
         "}\n    store: {maildir: /m}\n";
}
const std::string kOwnHost = "host: h.example";

AccountSettings only(const std::string& yaml) {
  ConfigFixture fixture(yaml);
  INFO(yaml << fixture.complaints());
  const auto read = fixture.read();
  REQUIRE(read.complaints.empty());
  REQUIRE(read.settings.accounts.size() == 1);
  return read.settings.accounts.front();
}

OAuthOptions oauth_of(const std::string& yaml) {
  return std::get<OAuthOptions>(only(yaml).auth.proof);
}

struct Case {
  std::string yaml, complaints;
};

void check(const std::vector<Case>& cases) {
  for (const auto& one : cases) {
    INFO(one.yaml);
    CHECK(ConfigFixture(one.yaml).complaints() == one.complaints);
  }
}

}  // namespace

TEST_CASE("a provider says where and how, the operator only who") {
  const auto account = only(with("{client: c.json}"));
  CHECK(account.server.host == "imap.gmail.com");
  CHECK(account.server.port == 993);
  CHECK(account.server.tls == TlsMode::kImplicit);
  CHECK(account.auth.user == "me@x.example");
  CHECK(account.auth.mechanism.empty());
  CHECK(account.mirror.most_watched == 8);  // of 15 connections
  REQUIRE(account.files.size() == 1);
  CHECK(account.files.front().holds == NamedFile::Holds::kGoogleClient);
  CHECK(account.files.front().where == Place{"/etc/ik/c.yaml", 5, 28});
  const auto& oauth = std::get<OAuthOptions>(account.auth.proof);
  CHECK(oauth.provider == "gmail");
  CHECK(oauth.issuer == "https://accounts.google.com");
  CHECK(oauth.issuer_in_redirect);
  CHECK(oauth.endpoints.authorization == "https://accounts.google.com/o/oauth2/v2/auth");
  CHECK(oauth.endpoints.token == "https://oauth2.googleapis.com/token");
  CHECK(oauth.client.file == "/etc/ik/c.json");
  CHECK(oauth.scope == "https://mail.google.com/");
  CHECK(oauth.flow == OAuthFlow::kCode);
  CHECK(oauth.user.empty());
}

TEST_CASE("a provider that drops silent connections is asked sooner") {
  const auto account = [](const std::string& provider) {
    return only(with("{client: {id: i, secret: {file: s}}}", "provider: " + provider));
  };
  CHECK(account("yandex").server.longest_idle == std::chrono::minutes(4));
  CHECK(account("outlook").server.longest_idle == ServerOptions{}.longest_idle);
}

TEST_CASE("what the operator says comes before what the table says") {
  const auto account = only(
      with("{client: {id: i}, scope: s t, flow: device, user: admin@x.example, tenant: x.example, "
           "redirect_port: 8910, redirect_host: 127.0.0.1, ca: ca.pem, endpoints: {token: "
           "'http://127.0.0.1:9/t'}}, mechanism: OAUTHBEARER",
           "provider: microsoft365\n    host: mail.example\n    port: 1993"));
  CHECK(account.server.host == "mail.example");
  CHECK(account.server.port == 1993);
  CHECK(account.auth.mechanism == "OAUTHBEARER");  // the table's is XOAUTH2
  const auto& oauth = std::get<OAuthOptions>(account.auth.proof);
  CHECK(oauth.client.id == "i");
  CHECK(oauth.scope == "s t");
  CHECK(oauth.flow == OAuthFlow::kDevice);
  CHECK(oauth.user == "admin@x.example");  // a shared mailbox
  CHECK(oauth.endpoints.device ==
        "https://login.microsoftonline.com/x.example/oauth2/v2.0/devicecode");
  CHECK(oauth.endpoints.token == "http://127.0.0.1:9/t");
  CHECK(oauth.redirect_port == 8910);
  CHECK(oauth.redirect_host == "127.0.0.1");  // the table's is localhost
  CHECK(oauth.ca_file == "/etc/ik/ca.pem");
}

TEST_CASE("an issuer of one's own is asked for its endpoints") {
  const auto own = oauth_of(
      with("{issuer: 'https://id.example/realm', client: {id: i}, scope: mail}", kOwnHost));
  CHECK(own.issuer == "https://id.example/realm");
  CHECK(own.endpoints == OAuthEndpoints());
  CHECK(own.provider.empty());
  const auto beside = oauth_of(with("{issuer: 'https://id.example', client: c.json}"));
  CHECK(beside.issuer == "https://id.example");
  CHECK(beside.endpoints == OAuthEndpoints());
  CHECK_FALSE(beside.issuer_in_redirect);
  CHECK(beside.provider == "gmail");
  CHECK(oauth_of(with("{provider: fastmail, client: {id: i}}", kOwnHost)).endpoints.token ==
        "https://api.fastmail.com/oauth/refresh");
  CHECK(oauth_of(with("{endpoints: {token: 'https://t.example/'}, flow: client-credentials, scope: "
                      "s, client: {id: i, certificate: {file: /c}, certificate_key: {file: /k}}}",
                      kOwnHost))
            .client.certificate_key == SecretOptions(SecretFile{"/k"}));
}

TEST_CASE("half of the connections that a provider allows are taken") {
  const auto most = [](const std::string& provider) {
    return only("accounts: {a: {provider: " + provider +
                ", user: u, auth: {password: {env: P}}, store: {maildir: /m}}}")
        .mirror.most_watched;
  };
  CHECK(most("gmail") == 8);   // 15
  CHECK(most("yahoo") == 3);   // 5
  CHECK(most("icloud") == 8);  // not known
}

TEST_CASE("providers that are not known, or give no tokens") {
  check({
      {with("{client: c}", "provider: gmial"),
       "c.yaml:3:15: nothing is known of the provider `gmial`; did you mean `gmail`?\n"},
      {with("{client: c}", "provider: acme"),
       "c.yaml:3:15: nothing is known of the provider `acme`; `imapkeep providers` lists those "
       "that are, and `host` says the rest of any other\n"},
      {with("{provider: gmial, client: c}", kOwnHost),
       "c.yaml:5:30: nothing is known of the provider `gmial`; did you mean `gmail`?\n"},
      {with("{client: c}", "provider: [gmail]"),
       "c.yaml:3:15: `provider` must be text, not a list\n"},
      {with("{client: c}", "provider: yahoo"),
       "c.yaml:5:19: Yahoo Mail gives no tokens to programs like this one; use an app password: "
       "`imapkeep providers yahoo` says how\n"},
      {with("{client: c}", kOwnHost),
       "c.yaml:5:19: `oauth` needs `issuer`, the https:// address of whoever gives the tokens, or "
       "the account a `provider`\n"},
      {with("{provider: gmail, issuer: 'https://x.example', client: c}", kOwnHost),
       "c.yaml:5:20: `oauth` takes one of `issuer` and `provider`, not both\n"},
  });
}

TEST_CASE("forms of the values below oauth") {
  const std::string own = "issuer: 'https://i.example', client: {id: i}, scope: s, ";
  check({
      {with("[a]"),
       "c.yaml:5:19: `oauth` must be a map (`key: value`), not a list: write `oauth: { client: { "
       "id: TEXT, secret: { file: PATH } } }`\n"},
      {with("{}"),
       "c.yaml:5:19: `oauth` has no `client`; imapkeep has none of its own, `imapkeep providers "
       "gmail` says how to get one\n"},
      {with("{cleint: x, client: c}"),
       "c.yaml:5:20: unknown key `cleint`; did you mean `client`?\n"},
      {with("{client: c, flow: cod}"),
       "c.yaml:5:37: `flow` must be `code`, `device`, `service-account` or `client-credentials`\n"},
      {with("{client: {id: i, secret: swordfish}}"),
       "c.yaml:5:44: `secret` does not stand in the configuration itself; say where it is kept, "
       "with one of `file`, `env`, `credential` or `command`\n"},
      {with("{client: {id: i, secret: {swordfish: 1}}}"),
       "c.yaml:5:45: unknown key below `secret`; it takes one of `file`, `env`, `credential` or "
       "`command`\n"},
      {with("{client: {secret: {env: S}}}"), "c.yaml:5:28: `client` has no `id`\n"},
      {with("{" + own + "redirect_port: 80}", kOwnHost),
       "c.yaml:5:91: `redirect_port` must be a number from 1024 to 65535\n"},
      {with("{" + own + "redirect_host: 0.0.0.0}", kOwnHost),
       "c.yaml:5:91: `redirect_host` must be `127.0.0.1` or `localhost`\n"},
      {with("{issuer: 'http://i.example', client: {id: i}, scope: s}", kOwnHost),
       "c.yaml:5:28: `issuer` must begin with https://; http:// is for loopback hosts only "
       "(127.0.0.0/8, ::1, localhost)\n"},
      {with("{issuer: i.example, client: {id: i}, scope: s}", kOwnHost),
       "c.yaml:5:28: `issuer` must begin with https://\n"},
      {with("{issuer: 'https://a:b@i.example', client: {id: i}, scope: s}", kOwnHost),
       "c.yaml:5:28: `issuer` takes no user or password\n"},
      {with("{issuer: 'https://', client: {id: i}, scope: s}", kOwnHost),
       "c.yaml:5:28: `issuer` names no host\n"},
      {with("{issuer: 'https://i.example/ x', client: {id: i}, scope: s}", kOwnHost),
       "c.yaml:5:28: `issuer` is no address: it holds a character that stands in none\n"},
      {with("{issuer: 'http://127.0.0.1.evil.example', client: {id: i}, scope: s}", kOwnHost),
       "c.yaml:5:28: `issuer` must begin with https://; http:// is for loopback hosts only "
       "(127.0.0.0/8, ::1, localhost)\n"},
      {with("{client: {id: i}, tenant: 'a/b'}", "provider: outlook"),
       "c.yaml:5:45: `tenant` is the organisation's id or its domain, such as example.org\n"},
  });
  CHECK(oauth_of(with("{issuer: 'http://[::1]:8080/x', client: {id: i}, scope: s}", kOwnHost))
            .issuer == "http://[::1]:8080/x");
}

TEST_CASE("what a flow needs, and what goes together") {
  const std::string office = "provider: microsoft365";
  check({
      {with("{client: c, flow: device}"),
       "c.yaml:5:31: Gmail and Google Workspace has no flow `device`; say `code` or "
       "`service-account`\n"},
      {with("{client: {id: i}}"),
       "c.yaml:5:20: clients of Gmail and Google Workspace have a `secret`, which belongs below "
       "`client`: `imapkeep providers gmail` says how\n"},
      {with("{client: {id: i}, flow: service-account}"),
       "c.yaml:5:20: the flow `service-account` takes the JSON key that Google hands out: `client: "
       "FILE`\n"},
      {with("{client: c}", "provider: outlook"),
       "c.yaml:5:20: a client file is what Google hands out; of Outlook.com, Hotmail, Live "
       "(personal accounts) say `client: { id: \"…\" }`: `imapkeep providers outlook` says how\n"},
      {with("{client: {id: i, secret: {env: S}}, flow: client-credentials}", office),
       "c.yaml:5:55: the flow `client-credentials` needs `tenant`, the organisation's id or "
       "domain: "
       "without a user nothing else says whose mailboxes they are\n"},
      {with("{client: {id: i}, flow: client-credentials, tenant: t}", office),
       "c.yaml:5:20: the flow `client-credentials` needs a `secret`, or better a "
       "`certificate`, below `client`\n"},
      {with("{client: c, flow: client-credentials, tenant: t}", office),
       "c.yaml:5:20: the flow `client-credentials` takes `client: { id: \"…\", secret: { file: "
       "FILE } }`, or better a `certificate`\n"},

      {with("{client: {id: i, certificate_key: {file: /c}}}", office),
       "c.yaml:5:20: `certificate_key` belongs to a `certificate`, which is missing\n"},
      {with("{client: {id: i, secret: {env: S}, certificate: {file: /c}, certificate_key: {file: "
            "/k}}}",
            office),
       "c.yaml:5:20: a client proves itself with a `secret` or a `certificate`, not both\n"},
      {with("{client: c, tenant: t}"),
       "c.yaml:5:31: only Microsoft's addresses have a `tenant`; leave it out\n"},
      {with("{endpoints: {token: 'https://t.example'}, client: {id: i}, scope: s}", kOwnHost),
       "c.yaml:5:20: the flow `code` needs `endpoints.authorization`; or say `issuer`, which is "
       "asked for it\n"},
      {with("{issuer: 'https://i.example', client: {id: i}}", kOwnHost),
       "c.yaml:5:19: `oauth` has no `scope`; the mail server's operator knows what it asks for, "
       "with offline_access so that a login lasts\n"},
      {with("{client: c, user: you@x.example}"),
       "c.yaml:5:31: a token of Gmail and Google Workspace opens the mailbox of whoever consented "
       "and no other: `oauth.user` must be the account's `user`, or be left out\n"},
      {with("{client: {id: i, secret: {env: S}}, flow: client-credentials, tenant: t, user: u}",
            office),
       "c.yaml:5:92: with the flow `client-credentials` nobody consents: leave `oauth.user` out\n"},
      {with("{client: c}", "provider: gmail\n    authzid: x"),
       "c.yaml:4:5: `authzid` is for passwords; with a token `user` is the mailbox, and "
       "`oauth.user` whoever consents, if that is somebody else\n"},
      {with("{client: c}, mechanism: PLAIN"),
       "c.yaml:5:43: `mechanism` must be `OAUTHBEARER` or `XOAUTH2`\n"},
      {with("{client: c}, password: {env: P}"),
       "c.yaml:5:12: `auth` takes one of `password` and `oauth`, not both\n"},
      {test::account("").replace(test::account("").find("{file: /pw}"), 11,
                                 "{file: /pw}, mechanism: XOAUTH2"),
       "c.yaml:5:46: `mechanism` must be `PLAIN`, `LOGIN` or `SCRAM-SHA-256`\n"},
  });
  CHECK(oauth_of(with("{client: c, user: me@x.example}")).user == "me@x.example");
}

TEST_CASE("defaults are judged together with the account that takes them") {
  const std::string rest = "accounts: {a: {provider: gmail, user: u, store: {maildir: /m}}}\n";
  CHECK(oauth_of("defaults: {auth: {oauth: {client: c}}}\n" + rest).provider == "gmail");
  CHECK(
      ConfigFixture("defaults: {auth: {oauth: {client: c, flow: device}}}\n" + rest).complaints() ==
      "c.yaml:1:38: Gmail and Google Workspace has no flow `device`; say `code` or "
      "`service-account`\n");
  CHECK(ConfigFixture("defaults: {auth: {oauth: {flow: x}}}\n" + rest).complaints() ==
        "c.yaml:1:26: `oauth` has no `client`; imapkeep has none of its own, `imapkeep providers "
        "gmail` says how to get one\n"
        "c.yaml:1:33: `flow` must be `code`, `device`, `service-account` or "
        "`client-credentials`\n");
}

TEST_CASE("the key of the vault, and whom to tell of a needed login") {
  ConfigFixture fixture("state_key: {credential: vault}\non_needs_login: [tell, me]\n" +
                        test::account());
  const auto settings = fixture.read().settings;
  CHECK(fixture.complaints().empty());
  CHECK(settings.state_key == SecretOptions(SecretCredential{"vault"}));
  CHECK(settings.on_needs_login == std::vector<std::string>{"tell", "me"});
  check({
      {"state_key: swordfish\n" + test::account(),
       "c.yaml:1:12: `state_key` does not stand in the configuration itself; say where it is kept, "
       "with one of `file`, `env`, `credential` or `command`\n"},
      {"on_needs_login: tell me\n" + test::account(),
       "c.yaml:1:17: `on_needs_login` is a list of the program and its arguments: [notify-send, "
       "imapkeep needs a login]\n"},
  });
}

}  // namespace imapkeep
