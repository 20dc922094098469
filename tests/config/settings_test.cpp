// YAML that is right, and what is made of it.
#include <catch2/catch.hpp>

#include "tests/config/config_fixture.h"

namespace imapkeep {
namespace {

using test::account;
using test::ConfigFixture;
using test::maildir_of;

AccountSettings only(ConfigFixture fixture) {
  INFO(fixture.complaints());
  const auto read = fixture.read();
  REQUIRE(read.complaints.empty());
  REQUIRE(read.settings.accounts.size() == 1);
  return read.settings.accounts.front();
}

}  // namespace

TEST_CASE("the smallest configuration takes every default") {
  ConfigFixture fixture(account());
  const auto read = fixture.read();
  REQUIRE(read.complaints.empty());
  CHECK(read.settings.state == "/home/me/.local/state/imapkeep");
  CHECK(read.settings.state_where.line == 0);
  REQUIRE(read.settings.accounts.size() == 1);
  const auto& work = read.settings.accounts.front();
  CHECK(work.name == "work");
  CHECK(work.where == Place{"/etc/ik/c.yaml", 2, 3});
  REQUIRE(work.files.size() == 1);
  CHECK(work.files.front().path == "/pw");
  CHECK(work.files.front().where == Place{"/etc/ik/c.yaml", 5, 29});
  CHECK(work.store_where == Place{"/etc/ik/c.yaml", 6, 22});
  CHECK(work.server.host == "h.example");
  CHECK(work.server.port == 993);
  CHECK(work.server.tls == TlsMode::kImplicit);
  CHECK(work.server.ca_file.empty());
  CHECK(work.auth.user == "me");
  CHECK(work.auth.authzid.empty());
  CHECK(std::get<SecretFile>(std::get<SecretOptions>(work.auth.proof)).path == "/pw");
  CHECK(maildir_of(work).path == "/m");
  CHECK(maildir_of(work).min_free == 1ULL << 30);
  CHECK(work.mirror.include == std::vector<std::string>{"*"});
  CHECK(work.mirror.exclude.empty());
  CHECK(work.mirror.keep_expunged);
  CHECK_FALSE(work.mirror.retain_days);
  CHECK(work.watch == std::vector<std::string>{"INBOX"});
}

TEST_CASE("the example of the manual reads without complaints") {
  ConfigFixture fixture(R"(state: /var/lib/imapkeep
include: accounts.d/*.yaml
defaults: { on_expunge: keep, min_free: 2GiB, retain: 90d }
accounts:
  work:
    host: imap.example.org
    port: 1993
    tls: { mode: implicit, ca: ca.pem }
    user: me@example.org
    authzid: boss
    auth: { password: { command: [pass, show, mail] } }
    folders: { include: ["*"], exclude: ["Spam", "Lists/[a-m]*"], watch: [INBOX, "Work/*"] }
    on_expunge: remove
    retain: forever
    store: { maildir: { path: ~/mail, layout: nested } }
)");
  fixture.files.put("/etc/ik/accounts.d/home.yaml", R"(accounts:
  home:
    host: 127.0.0.1
    tls: { mode: none }
    user: you
    auth: { password: { credential: home } }
    store: { maildir: home }
)");
  INFO(fixture.complaints());
  const auto read = fixture.read();
  REQUIRE(read.complaints.empty());
  CHECK(read.settings.state == "/var/lib/imapkeep");
  REQUIRE(read.settings.accounts.size() == 2);
  const auto& work = read.settings.accounts[0];
  CHECK(work.server.port == 1993);
  CHECK(work.server.ca_file == "/etc/ik/ca.pem");
  REQUIRE(work.files.size() == 1);
  CHECK(work.files.front().holds == NamedFile::Holds::kCertificates);
  CHECK(work.files.front().where.line == 8);
  CHECK(work.auth.authzid == "boss");
  CHECK(std::get<SecretCommand>(std::get<SecretOptions>(work.auth.proof)).argv ==
        std::vector<std::string>{"pass", "show", "mail"});
  CHECK(work.mirror.exclude == std::vector<std::string>{"Spam", "Lists/[a-m]*"});
  CHECK(work.watch == std::vector<std::string>{"INBOX", "Work/*"});
  CHECK_FALSE(work.mirror.keep_expunged);
  CHECK_FALSE(work.mirror.retain_days);
  CHECK(maildir_of(work).path == "/home/me/mail");
  CHECK(maildir_of(work).min_free == 2ULL << 30);
  const auto& home = read.settings.accounts[1];
  CHECK(home.where == Place{"/etc/ik/accounts.d/home.yaml", 2, 3});
  CHECK(home.server.tls == TlsMode::kNone);
  CHECK(home.server.port == 143);
  CHECK(std::get<SecretCredential>(std::get<SecretOptions>(home.auth.proof)).name == "home");
  CHECK(maildir_of(home).path == "/etc/ik/accounts.d/home");  // relative to the file it stands in
  CHECK(home.mirror.retain_days == 90);
  CHECK(home.mirror.keep_expunged);
}

TEST_CASE("ways to say TLS") {
  struct Case {
    std::string tls;
    TlsMode mode;
    std::uint16_t port;
  };
  const Case cases[] = {{"true", TlsMode::kImplicit, 993},
                        {"on", TlsMode::kImplicit, 993},
                        {"implicit", TlsMode::kImplicit, 993},
                        {"{mode: implicit}", TlsMode::kImplicit, 993},
                        {"{mode: on}", TlsMode::kImplicit, 993},
                        {"{}", TlsMode::kImplicit, 993},
                        {"{ca: /c}", TlsMode::kImplicit, 993},
                        {"starttls", TlsMode::kStartTls, 143},
                        {"{mode: starttls, ca: /c}", TlsMode::kStartTls, 143},
                        {"off", TlsMode::kNone, 143},
                        {"none", TlsMode::kNone, 143},
                        {"{mode: none}", TlsMode::kNone, 143}};
  for (const auto& one : cases) {
    INFO(one.tls);
    const auto work = only(ConfigFixture(account("    tls: " + one.tls + "\n", "localhost")));
    CHECK(work.server.tls == one.mode);
    CHECK(work.server.port == one.port);
  }
  for (const auto* host : {"127.0.0.1", "127.255.0.9", "'::1'", "localhost"}) {
    INFO(host);
    CHECK(only(ConfigFixture(account("    tls: none\n", host))).server.tls == TlsMode::kNone);
  }
  for (const auto* host : {"127.0.0.1.evil.example", "127.1", "127.0.0.256", "127.0.0", "128.0.0.1",
                           "localhost.example", "127.0.0.1.", "0.0.0.0", "'::2'", "h.example",
                           "127..0.1", "127.0.0.0001"}) {
    INFO(host);
    CHECK_FALSE(ConfigFixture(account("    tls: none\n", host)).complaints().empty());
  }
}

TEST_CASE("compression is on by itself where there is a line") {
  struct Case {
    std::string key;
    std::string host;
    bool compress;
  };
  const Case cases[] = {
      {"", "h.example", true},
      {"compress: auto", "h.example", true},
      {"", "localhost", false},
      {"compress: auto", "127.0.0.1", false},
      {"", "'::1'", false},
      {"compress: on", "localhost", true},
      {"compress: yes", "::1", true},
      {"compress: off", "h.example", false},
      {"compress: 'off'", "h.example", false},
  };
  for (const auto& one : cases) {
    INFO(one.key + " " + one.host);
    const std::string key = one.key.empty() ? "" : "    " + one.key + "\n";
    const std::string host = one.host == "::1" ? "'::1'" : one.host;
    CHECK(only(ConfigFixture(account(key, host))).server.compress == one.compress);
  }
  CHECK_FALSE(ConfigFixture(account("    compress: zlib\n", "h.example")).complaints().empty());
}

TEST_CASE("an account key replaces the whole value of the default") {
  ConfigFixture fixture(
      "defaults:\n  tls: {mode: starttls, ca: /default.pem}\n  folders: {exclude: [Spam], include: "
      "[A]}\n  user: them\n" +
      account("    tls: {ca: /own.pem}\n    folders: {exclude: [Junk]}\n"));
  const auto work = only(std::move(fixture));
  CHECK(work.server.tls == TlsMode::kImplicit);
  CHECK(work.server.ca_file == "/own.pem");
  CHECK(work.mirror.include == std::vector<std::string>{"*"});
  CHECK(work.mirror.exclude == std::vector<std::string>{"Junk"});
  CHECK(work.auth.user == "me");
}

TEST_CASE("where the state is kept when nobody says") {
  struct Case {
    std::map<std::string, std::string> variables;
    std::string state;
  };
  const Case cases[] = {
      {{{"STATE_DIRECTORY", "/var/lib/ik"}, {"XDG_STATE_HOME", "/x"}, {"HOME", "/h"}},
       "/var/lib/ik"},
      {{{"STATE_DIRECTORY", "/var/lib/one:/var/lib/two"}}, "/var/lib/one"},
      {{{"STATE_DIRECTORY", "/var/lib/ik/mail:/var/lib/ik/state"}}, "/var/lib/ik/state"},
      {{{"STATE_DIRECTORY", "/var/lib/ik/state:/var/lib/ik/mail"}}, "/var/lib/ik/state"},
      {{{"XDG_STATE_HOME", "/x"}, {"HOME", "/h"}}, "/x/imapkeep"},
      {{{"XDG_STATE_HOME", "x"}, {"HOME", "/h"}}, "/h/.local/state/imapkeep"},
      {{{"STATE_DIRECTORY", ""}, {"HOME", "/h"}}, "/h/.local/state/imapkeep"}};
  for (const auto& one : cases) {
    ConfigFixture fixture(account());
    fixture.files.variables = one.variables;
    CHECK(fixture.read().settings.state == one.state);
    CHECK(fixture.complaints().empty());
  }
  // The system service's configuration goes with the system service's state, whoever reads it.
  test::FakeFiles files;
  files.variables = {{"XDG_STATE_HOME", "/x"}, {"HOME", "/h"}};
  files.put("/etc/imapkeep/imapkeep.yaml", account());
  const auto system = read_settings(files, files.environment(), "/etc/imapkeep/imapkeep.yaml");
  CHECK(system.settings.state == "/var/lib/imapkeep/state");
  files.variables["STATE_DIRECTORY"] = "/run/own";
  CHECK(read_settings(files, files.environment(), "/etc/imapkeep/imapkeep.yaml").settings.state ==
        "/run/own");

  ConfigFixture fixture(account());
  fixture.files.variables = {};
  CHECK(fixture.complaints() ==
        "c.yaml:1:1: neither `state` nor $HOME says where the state is kept\n");
}

TEST_CASE("other good values") {
  CHECK(only(ConfigFixture("\xEF\xBB\xBF" + account())).where.line == 2);  // byte order mark
  CHECK(only(ConfigFixture(account("    retain: 1d\n"))).mirror.retain_days == 1);
  CHECK(maildir_of(only(ConfigFixture(account("    min_free: 0\n")))).min_free == 0);
  CHECK(only(ConfigFixture(account("    folders: {watch: []}\n"))).watch.empty());
  CHECK(only(ConfigFixture(account("    folders: {include: INBOX}\n"))).mirror.include ==
        std::vector<std::string>{"INBOX"});
  CHECK(only(ConfigFixture(account("    folders: {include: ['[]]', '[!a]', '\\[', '[[]x', '[a-]', "
                                   "'[\\]x]', '[^]-z]']}\n")))
            .mirror.include.size() == 7);
  CHECK(only(ConfigFixture(account("", "'2001:db8::1'"))).server.host == "2001:db8::1");
  const auto carriage_returns = [] {
    std::string text = account(), with;
    for (const char c : text) with += c == '\n' ? std::string("\r\n") : std::string(1, c);
    return with;
  }();
  CHECK(only(ConfigFixture(carriage_returns)).auth.user == "me");
}

TEST_CASE("includes: found in order, each file once, hidden ones not, links followed") {
  const auto one = [](const std::string& name) {
    return "accounts: {" + name + ": {host: h, user: u, auth: {password: {env: P}}, " +
           "store: {maildir: /m/" + name + "}}}\n";
  };
  ConfigFixture fixture("include: [\"d/*.yaml\", d/b.yaml, \"*.yaml\", ~/mine.yaml, none/*]\n");
  fixture.files.put("/etc/ik/d/b.yaml", one("b"));
  fixture.files.put("/etc/ik/d/a.yaml", one("a"));
  fixture.files.put("/etc/ik/d/.a.yaml.swp", "{");
  fixture.files.put("/etc/ik/d/.hidden.yaml", "{");
  fixture.files.put("/etc/ik/d/a.yaml~", "{");
  fixture.files.put("/etc/ik/d/empty.yaml", "# nothing\n");
  fixture.files.put_directory("/etc/ik/none");
  fixture.files.put("/dotfiles/mine.yaml", one("mine"));
  fixture.files.put_link("/home/me/mine.yaml", "/dotfiles/mine.yaml");
  INFO(fixture.complaints());
  const auto read = fixture.read();
  REQUIRE(read.complaints.empty());
  std::string names;
  for (const auto& account : read.settings.accounts) names += account.name + " ";
  CHECK(names == "a b mine ");
}

}  // namespace imapkeep
