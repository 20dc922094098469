#include "daemon/app/check_command.h"

#include <catch2/catch.hpp>

#include "tests/support/paper_files.h"

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
  test::PaperFiles files;
  CliAnswer check(const std::string& config, bool json = false) {
    Command command;
    command.config = config;
    command.json = json;
    return check_configuration(files, files.surroundings(), command);
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

}  // namespace imapkeep
