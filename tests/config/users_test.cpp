// `users`: one entry, many accounts; and `{user}` in the path of a store.
#include <algorithm>
#include <catch2/catch.hpp>

#include "config/user_list.h"
#include "tests/config/config_fixture.h"

namespace imapkeep {
namespace {

using test::ConfigFixture;

const std::string kAuth =
    "    auth: {oauth: {client: key.json, flow: service-account}}\n"
    "    store: {maildir: '/m/{user}'}\n";

std::string with(const std::string& users, const std::string& rest = kAuth) {
  return "accounts:\n  w:\n    provider: gmail\n" + users + rest;
}

}  // namespace

TEST_CASE("every user gets an account") {
  ConfigFixture fixture(with("    users: [a@x.example, b.c_d@x.example]\n"));
  INFO(fixture.complaints());
  const auto read = fixture.read();
  REQUIRE(read.complaints.empty());
  REQUIRE(read.settings.accounts.size() == 2);
  const auto& one = read.settings.accounts[0];
  CHECK(one.name == "w.a_x.example");
  CHECK(one.auth.user == "a@x.example");
  CHECK(place_of(one.store) == "/m/a@x.example");
  CHECK(one.where == Place{"/etc/ik/c.yaml", 4, 13});
  const auto& two = read.settings.accounts[1];
  CHECK(two.name == "w.b.c_d_x.example");
  CHECK(place_of(two.store) == "/m/b.c_d@x.example");
  CHECK(std::get<OAuthOptions>(one.auth.proof) == std::get<OAuthOptions>(two.auth.proof));
}

TEST_CASE("users in a file, one in each line") {
  ConfigFixture fixture(with("    users: users.txt\n"));
  fixture.files.put("/etc/ik/users.txt", "# all of them\n\n  a@x.example \r\nb@x.example");
  CHECK(fixture.complaints().empty());
  const auto accounts = fixture.read().settings.accounts;
  REQUIRE(accounts.size() == 2);
  CHECK(accounts[0].where == Place{"/etc/ik/users.txt", 3, 1});
  CHECK(accounts[1].auth.user == "b@x.example");

  ConfigFixture wrong(with("    users: users.txt\n"));
  CHECK(wrong.complaints() == "c.yaml:4:12: /etc/ik/users.txt does not exist\n");
  wrong.files.put("/etc/ik/users.txt", "a@x.example\n", 0666);
  CHECK(wrong.complaints() ==
        "c.yaml:4:12: /etc/ik/users.txt, which says whose mail is kept, may be written by anybody: "
        "chmod o-w it\n");
  wrong.files.put("/etc/ik/users.txt", "a\nb/c\na\n\x01\n.d\n");
  CHECK(wrong.complaints() ==
        "users.txt:2:1: the user `b/c` cannot be a part of a path (at most 200 bytes, no `/`, no "
        "control character, no `.` at the start): give this account a `store` without `{user}`\n"
        "users.txt:3:1: the user `a` is named already, at /etc/ik/users.txt:1:1\n"
        "users.txt:4:1: the user is no text\n"
        "users.txt:5:1: the user `.d` cannot be a part of a path (at most 200 bytes, no `/`, no "
        "control character, no `.` at the start): give this account a `store` without `{user}`\n");
  wrong.files.put("/etc/ik/users.txt", "#\n");
  CHECK(wrong.complaints() == "c.yaml:4:12: `users` names nobody: nothing would be kept\n");
}

TEST_CASE("users that do not go with the rest") {
  struct Case {
    std::string yaml, complaints;
  };
  const Case cases[] = {
      {with("    users: [a]\n    user: b\n"),
       "c.yaml:4:5: `users` and `user` exclude each other: one makes an account for each of "
       "many\n"},
      {with("    users: [a]\n",
            "    auth: {oauth: {client: key.json, flow: service-account, user: b}}\n"
            "    store: {maildir: '/m/{user}'}\n"),
       "c.yaml:5:61: `oauth.user` and `users` exclude each other: leave it out\n"},
      {with("    users: [a]\n",
            "    auth: {oauth: {client: key.json}}\n    store: {maildir: '/m/{user}'}\n"),
       "c.yaml:4:5: `users` needs a flow that opens every mailbox, `service-account` or "
       "`client-credentials`; with `code` each user consents, and has an account of their own\n"},
      {with("    users: [a]\n",
            "    auth: {password: {env: P}}\n    store: {maildir: '/m/{user}'}\n"),
       "c.yaml:4:5: `users` needs a way in that opens every mailbox: `auth: { oauth: … }` with the "
       "flow `service-account` or `client-credentials`; a password is one user's\n"},
      {with("    users: [a]\n",
            "    auth: {oauth: {client: key.json, flow: service-account}}\n"
            "    store: {maildir: /m}\n"),
       "c.yaml:6:22: with `users` the store needs `{user}` in its path (in quotes), so that each "
       "has "
       "one of their own\n"},
      {with("    users: []\n"), "c.yaml:4:12: `users` names nobody: nothing would be kept\n"},
      {with("    users: [[a]]\n"), "c.yaml:4:13: `users` must be text, not a list\n"},
      {with("    users: [a@x]\n") + "  w.a_x:\n    provider: gmail\n    user: a\n" + kAuth,
       "c.yaml:7:3: there is an account `w.a_x` already, at /etc/ik/c.yaml:4:13\n"},
  };
  for (const auto& one : cases) {
    INFO(one.yaml);
    CHECK(ConfigFixture(one.yaml).complaints() == one.complaints);
  }
}

TEST_CASE("one user's store may be named after them, too") {
  ConfigFixture fixture(test::account("", "h.example"));
  fixture.files.put("/etc/ik/c.yaml",
                    "defaults: {store: {maildir: 'mail/{user}/{user}'}}\n"
                    "accounts: {w: {host: h, user: me@x, auth: {password: {env: P}}}}\n");
  CHECK(fixture.complaints().empty());
  CHECK(place_of(fixture.read().settings.accounts.front().store) == "/etc/ik/mail/me@x/me@x");
}

TEST_CASE("names of accounts never meet") {
  CHECK(account_name_of("w", "a@x.example") == "w.a_x.example");
  CHECK(account_name_of("w", "alice") == "w.alice");
  // Whose `_` could be an `@`, or another letter, gets digits of its hash.
  const std::string unusual[] = {"a_x.example",
                                 "a@x_y",
                                 "a@b@c",
                                 "b\xc3\xa9@x",
                                 "a+b@x",
                                 "a b",
                                 std::string(80, 'a') + "@x",
                                 std::string(80, 'a') + "@y"};
  std::vector<std::string> names{"w.a_x.example"};
  for (const auto& user : unusual) {
    names.push_back(account_name_of("w", user));
    INFO(names.back());
    CHECK(names.back().size() <= 64);
    CHECK(names.back()[names.back().size() - 9] == '-');
  }
  std::sort(names.begin(), names.end());
  CHECK(std::adjacent_find(names.begin(), names.end()) == names.end());
}

}  // namespace imapkeep
