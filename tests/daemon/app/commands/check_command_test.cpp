#include "daemon/app/commands/check_command.h"

#include <catch2/catch.hpp>

#include "tests/support/fake_files.h"

namespace imapkeep {
namespace {

const std::string kConfig = R"(accounts:
  work:
    host: imap.example.org
    tls: {ca: ca.pem}
    user: me@example.org
    auth: {password: {file: work.password}}
    store: {maildir: /srv/mail/work}
  home:
    host: ::1
    tls: none
    user: you
    auth: {password: {env: NOWHERE}}
    store: {maildir: /srv/mail/home}
)";

struct World {
  test::FakeFiles files;
  CliAnswer check(const std::string& config, bool json = false) {
    Command command;
    command.config = config;
    command.json = json;
    return check_configuration(files, files.environment(), command);
  }
};

}  // namespace

TEST_CASE("check says in a line for each account what would be done") {
  World world;
  world.files.put("/conf.d/c.yaml", kConfig);
  world.files.put("/conf.d/ca.pem", "", 0644);
  world.files.put("/conf.d/work.password", "swordfish\n");
  const auto answer = world.check("c.yaml");
  CHECK(answer.exit_code == 0);
  CHECK(answer.err.empty());
  CHECK(answer.out ==
        "work: imap.example.org:993 as me@example.org → /srv/mail/work (Maildir)\n"
        "home: [::1]:143 as you → /srv/mail/home (Maildir)\n");
  CHECK(world.check("c.yaml", true).out == R"({
  "accounts": [
    {
      "name": "work",
      "server": "imap.example.org:993",
      "store": "/srv/mail/work",
      "user": "me@example.org"
    },
    {
      "name": "home",
      "server": "[::1]:143",
      "store": "/srv/mail/home",
      "user": "you"
    }
  ],
  "complaints": [],
  "config": "c.yaml"
}
)");
}

TEST_CASE("check looks at the files that the configuration names") {
  World world;
  world.files.put("/conf.d/c.yaml", kConfig);
  world.files.put("/conf.d/work.password", "swordfish\n", 0644);
  const auto answer = world.check("c.yaml");
  CHECK(answer.exit_code == 78);
  CHECK(answer.out.empty());
  CHECK(answer.err ==
        "c.yaml:4:15: /conf.d/ca.pem does not exist\n"
        "c.yaml:6:29: the secret file /conf.d/work.password is open to others (mode 0644); chmod "
        "600 it\n");
}

TEST_CASE("check without a configuration, and with a wrong one") {
  World world;
  CHECK(world.check("").exit_code == 78);
  CHECK(world.check("").err.starts_with("there is no configuration; looked for /home/me/"));
  CHECK(world.check("none.yaml").err == "/conf.d/none.yaml does not exist\n");

  world.files.put("/conf.d/c.yaml", "acounts: {}\nstate: [\"\\xff\"]\n");
  CHECK(world.check("c.yaml").err ==
        "c.yaml:1:1: unknown key `acounts`; did you mean `accounts`?\n"
        "c.yaml:2:8: `state` must be text, not a list\n");
  const auto json = world.check("c.yaml", true);
  CHECK(json.exit_code == 78);
  CHECK(json.err.empty());
  CHECK(json.out.find(R"("sentence": "`state` must be text, not a list")") != std::string::npos);
  CHECK(json.out.find(R"("accounts": [])") != std::string::npos);
}

TEST_CASE("check judges a client file by the flow that is to use it") {
  const std::string desktop = R"({"installed": {"client_id": "i", "client_secret": "swordfish"}})";
  const std::string web = R"({"web": {"client_id": "i", "client_secret": "swordfish"}})";
  const std::string service =
      R"({"type": "service_account", "client_id": "1", "client_email": "e", "private_key_id": "k",)"
      R"( "private_key": "swordfish", "token_uri": "https://t.example"})";
  struct Case {
    std::string flow, json;
    std::uint32_t mode;
    std::string complaint;  // behind the file's name; empty: none
  };
  const Case cases[] = {
      {"code", desktop, 0600, ""},
      {"service-account", service, 0600, ""},
      {"code", web, 0600,
       " is a \"Web application\" client, which Google never sends back to this machine: create a "
       "\"Desktop app\" client and download its JSON"},
      {"code", service, 0600, " is a service account's key: say `flow: service-account`"},
      {"service-account", desktop, 0600,
       " is a \"Desktop app\" client: the flow `service-account` takes the JSON key of a service "
       "account"},
      {"code", desktop, 0640, " is open to others (mode 0640); chmod 600 it"},
      {"code", "{}", 0600,
       " is neither a \"Desktop app\" client nor a service account's key; give the file as "
       "Google's "
       "console downloads it"}};
  for (const auto& one : cases) {
    INFO(one.flow << one.json);
    World world;
    world.files.put("/conf.d/c.yaml",
                    "accounts: {a: {provider: gmail, user: u, auth: {oauth: "
                    "{client: c.json, flow: " +
                        one.flow + "}}, store: {maildir: /m}}}\n");
    world.files.put("/conf.d/c.json", one.json, one.mode);
    const auto answer = world.check("c.yaml");
    CHECK(answer.exit_code == (one.complaint.empty() ? 0 : 78));
    CHECK(answer.err == (one.complaint.empty() ? ""
                                               : "c.yaml:1:65: the client file /conf.d/c.json" +
                                                     one.complaint + "\n"));
    CHECK(answer.err.find("swordfish") == std::string::npos);
  }
}

}  // namespace imapkeep
