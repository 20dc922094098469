// YAML that is wrong, and what is said: the exact text, with the place.
#include <catch2/catch.hpp>

#include "config/yaml_document.h"
#include "tests/config/config_fixture.h"

namespace imapkeep {
namespace {

using test::account;
using test::ConfigFixture;

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

TEST_CASE("complaints about the whole") {
  check({
      {"", "c.yaml: there is no account; add one under `accounts`\n"},
      {"# nothing\n", "c.yaml: there is no account; add one under `accounts`\n"},
      {"- a\n", "c.yaml:1:1: a configuration is a map (`key: value`)\n"},
      {"hello\n", "c.yaml:1:1: a configuration is a map (`key: value`)\n"},
      {"accounts:\n",
       "c.yaml:1:1: `accounts` is empty: write `accounts: { NAME: { host: …, user: …, auth: …, "
       "store: … } }`\n"},
      {"accounts: []\n",
       "c.yaml:1:11: `accounts` must be a map (`key: value`), not a list: write `accounts: { NAME: "
       "{ host: …, user: …, auth: …, store: … } }`\n"},
      {"accounts: {}\n", "c.yaml: there is no account; add one under `accounts`\n"},
      {"acounts: {}\n", "c.yaml:1:1: unknown key `acounts`; did you mean `accounts`?\n"},
      {"zzz: 1\n" + account(),
       "c.yaml:1:1: unknown key `zzz`; known here: `state`, `state_key`, "
       "`on_needs_login`, `include`, `defaults` or `accounts`\n"},
      {"listen: 127.0.0.1:9464\n" + account(), "c.yaml:1:1: `listen` is not in this version\n"},
      {"state:\n" + account(), "c.yaml:1:1: `state` is empty\n"},
      {"state: [a]\n" + account(), "c.yaml:1:8: `state` must be text, not a list\n"},
      {"state: ~root/x\n" + account(),
       "c.yaml:1:8: `state`: only `~/` is known; write the other "
       "user's directory out\n"},
      {"accounts:\n  a b: {}\n  .x: {}\n  -x: {}\n",
       "c.yaml:2:3: the account name `a b` must be 1 to 64 letters, digits, `_`, `.` and `-`, and "
       "begin with a letter, a digit or `_`\n"
       "c.yaml:3:3: the account name `.x` must be 1 to 64 letters, digits, `_`, `.` and `-`, and "
       "begin with a letter, a digit or `_`\n"
       "c.yaml:4:3: the account name `-x` must be 1 to 64 letters, digits, `_`, `.` and `-`, and "
       "begin with a letter, a digit or `_`\n"},
      {"accounts: {work: }\n", "c.yaml:1:12: `work` is empty\n"},
      {"accounts: {work: x}\n", "c.yaml:1:18: `work` must be a map (`key: value`), not text\n"},
      {"accounts: {work: {}}\n",
       "c.yaml:1:12: account `work` has no `host`: write `host: imap.example.org`\n"
       "c.yaml:1:12: account `work` has no `user`: write `user: me@example.org`\n"
       "c.yaml:1:12: account `work` has no `auth`: write `auth: { password: { file: PATH } }`\n"
       "c.yaml:1:12: account `work` has no `store`: write `store: { maildir: PATH }`\n"},
      {"defaults: 3\n" + account(),
       "c.yaml:1:11: `defaults` must be a map (`key: value`), not text\n"},
      {account("    exclude: [Spam]\n"),
       "c.yaml:7:5: unknown key `exclude`; did you mean `folders.exclude`?\n"},
      {account("    ssl: on\n"), "c.yaml:7:5: unknown key `ssl`; did you mean `tls`?\n"},
      {account("    maildir: /m\n"),
       "c.yaml:7:5: unknown key `maildir`; did you mean `store.maildir`?\n"},
      {"defaults: {prot: 3}\n" + account(),
       "c.yaml:1:12: unknown key `prot`; did you mean `port`?\n"},
  });
}

TEST_CASE("complaints about YAML") {
  check({
      {"a: [", "c.yaml:1:4: not valid YAML: end of sequence flow not found\n"},
      {"a: b: c\n", "c.yaml:1:5: not valid YAML: illegal map value\n"},
      {"accounts:\n\twork: 1\n",
       "c.yaml:2:1: a tab stands in the indentation of this line; indent with blanks\n"},
      {account("\tport: 993\n"),
       "c.yaml:7:1: a tab stands in the indentation of this line; indent with blanks\n"},
      {account("     port: 993\n"),
       "c.yaml:7:6: this line is indented by 5 blanks, the one before it by 4\n"},
      {account("   port: 993\n"),
       "c.yaml:7:4: this line is indented by 3 blanks, which is the indentation of no line above "
       "it "
       "that it could belong to\n"},
      {account("    port:993\n    folders:\n      include: x\n"),
       "c.yaml:7:10: a blank is missing behind `port:`\n"},
      {"a: \"x\\qy\"\n", "c.yaml:1:8: not valid YAML: unknown escape character\n"},
      {std::string("a: b\0\n", 6), "c.yaml:1:5: a control character (\\x00)\n"},
      {"a: 1\nb: \x1b[31m\n", "c.yaml:2:4: a control character (\\x1b)\n"},
      {"a: \xff\n", "c.yaml:1:4: this is not UTF-8 text\n"},
      {std::string("\xff\xfe"
                   "a\0",
                   4),
       "c.yaml:1:1: this is not UTF-8 text\n"},
      {"state: /s\nstate: /t\n" + account(),
       "c.yaml:2:1: this key stands here a second time; the first is in line 1\n"},
      {account("    host: again\n"),
       "c.yaml:7:5: this key stands here a second time; the first is in line 3\n"},
      {account() + "---\n" + account(),
       "c.yaml:7:1: a second document (`---`) begins here; a file holds one\n"},
      {"state: &here /s\n" + account(),
       "c.yaml:1:8: anchors (`&name`) are not used here; text that begins with `&` needs quotes\n"},
      {"state: &s /s\ninclude: *s\n" + account(),
       "c.yaml:1:8: anchors (`&name`) are not used here; text that begins with `&` needs quotes\n"
       "c.yaml:2:10: aliases (`*name`) are not used here; put what accounts share under "
       "`defaults`\n"},
      {"<<: {a: b}\n" + account(),
       "c.yaml:1:1: merge keys (`<<`) are not used here; put what "
       "accounts share under `defaults`\n"},
      {"state: !!str /s\n" + account(),
       "c.yaml:1:8: tags (`!name`) are not used here; text that begins with `!` needs quotes\n"},
      {"? [a]\n: b\n" + account(), "c.yaml:1:3: a key must be text\n"},
      {"~: b\n" + account(), "c.yaml:1:1: a key must be text\n"},
      {account("    folders: {include: [*]}\n"),
       "c.yaml:7:26: aliases and anchors are not used here; text that begins with `*` or `&` needs "
       "quotes, for example \"*\"\n"},
      {account("    folders: {include: *Spam}\n"),
       "c.yaml:7:24: aliases and anchors are not used here; text that begins with `*` or `&` needs "
       "quotes, for example \"*\"\n"},
      {"a: " + std::string(40, '[') + std::string(40, ']'),
       "c.yaml:1:35: nested more than 32 levels deep\n"},
  });
}

TEST_CASE("a file that is too large") {
  const std::string large((1 << 20) + 1, '#');
  CHECK(ConfigFixture(large).complaints() == "c.yaml is larger than 1048576 bytes\n");
  Complaints complaints;
  CHECK_FALSE(parse_yaml(large, "c.yaml", complaints));
  CHECK(to_string(complaints.sorted().front()) ==
        "c.yaml: larger than 1 MiB; split it with `include`");
}

TEST_CASE("complaints about the server") {
  check({
      {account("", "''"), "c.yaml:3:11: `host` is empty: write `host: imap.example.org`\n"},
      {account("", "imaps://h"),
       "c.yaml:3:11: `host` is a name without a scheme; `tls` and `port` say the rest\n"},
      {account("", "h.example:993"),
       "c.yaml:3:11: `host` is a name alone; the number belongs in `port`\n"},
      {account("", "'[::1]'"), "c.yaml:3:11: `host` takes an IPv6 address without brackets\n"},
      {account("", "h\xc3\xa9"), "c.yaml:3:11: `host` must be in its ASCII form (`xn--…`)\n"},
      {account("", "a b"), "c.yaml:3:11: `host` is neither a host name nor an address\n"},
      {account("", "a/b"), "c.yaml:3:11: `host` is neither a host name nor an address\n"},
      {account("", std::string(256, 'a')),
       "c.yaml:3:11: `host` is neither a host name nor an address\n"},
      {account("    port: 0\n"), "c.yaml:7:11: `port` must be a number from 1 to 65535\n"},
      {account("    port: 65536\n"), "c.yaml:7:11: `port` must be a number from 1 to 65535\n"},
      {account("    port: imaps\n"), "c.yaml:7:11: `port` must be a number from 1 to 65535\n"},
      {account("    port: -1\n"), "c.yaml:7:11: `port` must be a number from 1 to 65535\n"},
      {account("    port:\n"), "c.yaml:7:5: `port` is empty\n"},
      {account("    tls: ssl\n"), "c.yaml:7:10: `tls` must be `implicit`, `starttls` or `none`\n"},
      {account("    tls: [on]\n"), "c.yaml:7:10: `tls` must be text, not a list\n"},
      {account("    tls: {mode: ssl}\n"),
       "c.yaml:7:17: `mode` must be `implicit`, `starttls` or `none`\n"},
      {account("    tls: {moode: on}\n"),
       "c.yaml:7:11: unknown key `moode`; did you mean `mode`?\n"},
      {account("    tls: {ca: [x]}\n"), "c.yaml:7:15: `ca` must be text, not a list\n"},
      {account("    tls: {fingerprint: 'sha256:12'}\n"),
       "c.yaml:7:24: `fingerprint` must be `sha256:` and the 64 hex digits of the certificate's "
       "SHA-256; `imapkeep doctor` shows the server's\n"},
      {account("    tls: {name: x, fingerprint: 'sha256:" + std::string(64, 'a') + "'}\n"),
       "c.yaml:7:20: `fingerprint` trusts this one certificate, so leave out `ca` and `name`\n"},
      {account("    tls: {name: a b}\n"),
       "c.yaml:7:17: `name` is the one in the certificate, a host name\n"},
      {account("    tls: {mode: none, name: x}\n", "localhost"),
       "c.yaml:7:23: `name` means nothing without TLS\n"},
      {account("    tls: {mode: none, ca: x}\n", "localhost"),
       "c.yaml:7:23: `ca` means nothing without TLS\n"},
      {account("    tls: off\n"),
       "c.yaml:7:10: without TLS the password would be readable on the way to `h.example`; this is "
       "for loopback hosts only (127.0.0.0/8, ::1, localhost)\n"},
  });
}

TEST_CASE("complaints about the login never hold a secret") {
  const auto with = [](const std::string& auth) {
    return "accounts:\n  work:\n    host: h\n    user: me\n    auth: " + auth +
           "\n    store: {maildir: /m}\n";
  };
  const std::string kTakes = "one of `file`, `env`, `credential` or `command`\n";
  check({
      {with(""), "c.yaml:5:5: `auth` is empty: write `auth: { password: { file: PATH } }`\n"},
      {with("{}"), "c.yaml:5:11: `auth` has neither `password` nor `oauth`\n"},
      {with("swordfish"),
       "c.yaml:5:11: `auth` must be a map (`key: value`), not text: write `auth: { password: { "
       "file: PATH } }`\n"},
      {with("{password: swordfish}"),
       "c.yaml:5:22: `password` does not stand in the configuration itself; say where it is kept, "
       "with " +
           kTakes},
      {with("{password: }"),
       "c.yaml:5:12: `password` does not stand in the configuration itself; say where it is kept, "
       "with " +
           kTakes},
      {with("{password: [swordfish]}"),
       "c.yaml:5:22: `password` does not stand in the configuration itself; say where it is kept, "
       "with " +
           kTakes},
      {with("{password: {swordfish}}"),
       "c.yaml:5:23: unknown key below `password`; it takes " + kTakes},
      {with("{password: {swordfish: 1, swordfish: 2}}"),
       "c.yaml:5:23: unknown key below `password`; it takes " + kTakes +
           "c.yaml:5:37: this key stands here a second time; the first is in line 5\n"},
      {with("{password: {fiel: /pw}}"),
       "c.yaml:5:23: unknown key below `password`; did you mean `file`?\n"},
      {with("{password: {}}"), "c.yaml:5:22: `password` takes exactly " + kTakes},
      {with("{password: {file: /a, env: B}}"), "c.yaml:5:22: `password` takes exactly " + kTakes},
      {with("{password: {file: }}"), "c.yaml:5:23: `file` is empty\n"},
      {with("{password: {file: [a]}}"), "c.yaml:5:29: `file` must be text, not a list\n"},
      {with("{password: {env: sword-fish}}"),
       "c.yaml:5:28: `env` is the name of an environment variable: letters, digits and `_`\n"},
      {with("{password: {env: 1x}}"),
       "c.yaml:5:28: `env` is the name of an environment variable: letters, digits and `_`\n"},
      {with("{password: {credential: a/b}}"),
       "c.yaml:5:35: `credential` is a name below $CREDENTIALS_DIRECTORY, without `/`\n"},
      {with("{password: {credential: ..}}"),
       "c.yaml:5:35: `credential` is a name below $CREDENTIALS_DIRECTORY, without `/`\n"},
      {with("{password: {command: pass show mail}}"),
       "c.yaml:5:32: `command` is a list of the program and its arguments: [pass, show, mail]\n"},
      {with("{password: {command: []}}"),
       "c.yaml:5:32: `command` is a list of the program and its arguments: [pass, show, mail]\n"},
      {with("{password: {command: [pass, [x]]}}"),
       "c.yaml:5:39: `command` must be text, not a list\n"},
      {with("{password: *swordfish}"),
       "c.yaml:5:22: aliases and anchors are not used here; text that begins with `*` or `&` needs "
       "quotes, for example \"*\"\n"},
      {with("{pasword: {env: A}}"),
       "c.yaml:5:11: `auth` has neither `password` nor `oauth`\n"
       "c.yaml:5:12: unknown key `pasword`; did you mean `password`?\n"},
      {account("    authzid: {}\n"), "c.yaml:7:14: `authzid` must be text, not a map\n"},
      {account("    authzid: \"a\\nb\"\n"), "c.yaml:7:14: `authzid` holds a control character\n"},
      {account("    authzid: \"a\\0b\"\n"), "c.yaml:7:14: `authzid` holds a control character\n"},
  });
}

TEST_CASE("complaints about the mirror and the store") {
  const auto with_store = [](const std::string& store) {
    return "accounts:\n  work:\n    host: h\n    user: me\n    auth: {password: {env: P}}\n"
           "    store: " +
           store + "\n";
  };
  check({
      {account("    folders: [INBOX]\n"),
       "c.yaml:7:14: `folders` must be a map (`key: value`), not a list: write `folders: { "
       "exclude: [\"Spam\"] }`\n"},
      {account("    folders: {inclde: [a]}\n"),
       "c.yaml:7:15: unknown key `inclde`; did you mean `include`?\n"},
      {account("    folders: {include: []}\n"),
       "c.yaml:7:24: `include` names no folder: nothing would be kept\n"},
      {account("    folders: {include: }\n"), "c.yaml:7:15: `include` is empty\n"},
      {account("    folders: {exclude: {a: b}}\n"),
       "c.yaml:7:24: `exclude` must be a list of texts, not a map\n"},
      {account("    folders: {watch: [a, [b]]}\n"),
       "c.yaml:7:26: `watch` must be text, not a list\n"},
      {account("    folders: {exclude: ['', 'a[b', '[!]', 'c\\']}\n"),
       "c.yaml:7:25: `exclude` is empty\n"},
      {account("    folders: {exclude: ['a[b', '[!]', 'c\\']}\n"),
       "c.yaml:7:25: the pattern has a `[` without its `]` (a bracket itself is `[[]`)\n"
       "c.yaml:7:32: the pattern has a `[` without its `]` (a bracket itself is `[[]`)\n"
       "c.yaml:7:39: the pattern ends with a `\\` that quotes nothing\n"},
      {account("    folders: {exclude: ['[z-a]', '[a-\\', '[\\]', '[a-z', '[é-a]']}\n"),
       "c.yaml:7:25: the pattern has a range in `[…]` that runs backwards\n"
       "c.yaml:7:34: the pattern has a `[` without its `]` (a bracket itself is `[[]`)\n"
       "c.yaml:7:42: the pattern has a `[` without its `]` (a bracket itself is `[[]`)\n"
       "c.yaml:7:49: the pattern has a `[` without its `]` (a bracket itself is `[[]`)\n"
       "c.yaml:7:57: the pattern has a range in `[…]` that runs backwards\n"},
      {account("    on_expunge: delete\n"),
       "c.yaml:7:17: `on_expunge` must be `keep` or `remove`\n"},
      {account("    onexpunge: keep\n"),
       "c.yaml:7:5: unknown key `onexpunge`; did you mean `on_expunge`?\n"},
      {account("    retain: 90\n"),
       "c.yaml:7:13: `retain` must be `forever` or whole days, such as 90d\n"},
      {account("    retain: 12h\n"),
       "c.yaml:7:13: `retain` must be `forever` or whole days, such as 90d\n"},
      {account("    retain: 0d\n"),
       "c.yaml:7:13: `retain` must be at least 1d; to keep nothing say `on_expunge: remove`\n"},
      {account("    retain: never\n"),
       "c.yaml:7:13: `retain` must be `forever` or whole days, such as 90d\n"},
      {account("    min_free: 1024\n"),
       "c.yaml:7:15: `min_free` needs a unit: a whole number with kB, MB, GB, KiB, MiB or GiB, "
       "such "
       "as 500MB or 1GiB\n"},
      {account("    min_free: 99999999999TiB\n"), "c.yaml:7:15: `min_free` is too large\n"},
      {account("    audit: daily\n"), "c.yaml:7:5: `audit` is not in this version\n"},
      {with_store("/srv/mail"),
       "c.yaml:6:12: `store` must be a map (`key: value`), not text: write `store: { maildir: PATH "
       "}`\n"},
      {with_store("{}"), "c.yaml:6:12: `store` has no `maildir`\n"},
      {with_store("{s3: {bucket: x}}"), "c.yaml:6:13: `store.s3` is not in this version\n"},
      {with_store("{imap: work}"), "c.yaml:6:13: `store.imap` is not in this version\n"},
      {with_store("{mailbox: /m}"),
       "c.yaml:6:12: `store` has no `maildir`\n"
       "c.yaml:6:13: unknown key `mailbox`; known here: `maildir`\n"},
      {with_store("{maildir: }"), "c.yaml:6:13: `maildir` is empty\n"},
      {with_store("{maildir: [a]}"), "c.yaml:6:22: `maildir` must be text, not a list\n"},
      {with_store("{maildir: /}"), "c.yaml:6:22: `maildir` cannot be `/`\n"},
      {with_store("{maildir: {}}"), "c.yaml:6:22: `maildir` has no `path`\n"},
      {with_store("{maildir: {path: /m, layout: maildir++}}"),
       "c.yaml:6:41: `layout: maildir++` is not in this version\n"},
      {with_store("{maildir: {path: /m, layout: flat}}"),
       "c.yaml:6:41: `layout` must be `nested`\n"},
      {with_store("{maildir: {path: /m, group: mail, mode: 0640}}"),
       "c.yaml:6:33: `maildir.group` is not in this version\n"
       "c.yaml:6:46: `maildir.mode` is not in this version\n"},
  });
}

TEST_CASE("everything is said at once, in the order of reading, and once") {
  ConfigFixture fixture(
      "include: [b.yaml, none.yaml, gone/*.yaml, 'x*/y.yaml']\n"
      "defaults: {port: 0, on_expunge: x}\n"
      "accounts:\n"
      "  one: {hots: h, user: '', auth: {password: {env: P}}, store: {maildir: /m/1}}\n"
      "  two: {host: h, user: u, auth: {password: {env: P}}, store: {maildir: /m/2}}\n");
  fixture.files.put("/etc/ik/b.yaml",
                    "state: /s\n"
                    "accounts: {two: {}, three: {port: 1}}\n");
  CHECK(fixture.complaints() ==
        "c.yaml:1:19: /etc/ik/none.yaml does not exist\n"
        "c.yaml:1:30: `include`: the directory /etc/ik/gone does not exist\n"
        "c.yaml:1:43: `include` takes wildcards only behind the last `/`\n"
        "c.yaml:2:18: `port` must be a number from 1 to 65535\n"
        "c.yaml:2:33: `on_expunge` must be `keep` or `remove`\n"
        "c.yaml:4:3: account `one` has no `host`: write `host: imap.example.org`\n"
        "c.yaml:4:9: unknown key `hots`; did you mean `host`?\n"
        "c.yaml:4:24: `user` is empty: write `user: me@example.org`\n"
        "b.yaml:1:1: an included file holds `accounts` only; `state` belongs elsewhere\n"
        "b.yaml:2:12: there is an account `two` already, at /etc/ik/c.yaml:5:3\n"
        "b.yaml:2:21: account `three` has no `host`: write `host: imap.example.org`\n"
        "b.yaml:2:21: account `three` has no `user`: write `user: me@example.org`\n"
        "b.yaml:2:21: account `three` has no `auth`: write `auth: { password: { file: PATH } }`\n"
        "b.yaml:2:21: account `three` has no `store`: write `store: { maildir: PATH }`\n");
  const auto loaded = load_settings(fixture.files, fixture.files.environment(), "/etc/ik/c.yaml");
  REQUIRE_FALSE(loaded);
  CHECK(loaded.error().trouble == Trouble::kConfig);
  CHECK(loaded.error().remedy == Remedy::kNeedsOperator);
  CHECK(loaded.error().what.starts_with("/etc/ik/c.yaml:1:19: /etc/ik/none.yaml does not exist\n"));
  CHECK(loaded.error().what.find("account `three` has no `store`") != std::string::npos);
}

TEST_CASE("stores that meet") {
  const auto accounts = [](const std::string& one, const std::string& two) {
    const auto line = [](const std::string& name, const std::string& store) {
      return "  " + name +
             ": {host: h, user: u, auth: {password: {env: P}}, store: {maildir: " + store + "}}\n";
    };
    return "state: /state\naccounts:\n" + line("one", one) + line("two", two);
  };
  const std::string kAt = "c.yaml:4:72: ";
  check({
      {accounts("/m/a", "/m/b"), ""},
      {accounts("/m/a", "/m/ab"), ""},
      {accounts("/m", "/m"),
       kAt + "accounts `one` and `two` have the same store; each needs its own\n"},
      {accounts("/m", "//m/./"),
       kAt + "accounts `one` and `two` have the same store; each needs its own\n"},
      {accounts("/m", "/m/x"), kAt + "the store of `two` lies inside the store of `one`\n"},
      {accounts("/m/x/y", "/m"), kAt + "the store of `one` lies inside the store of `two`\n"},
      {accounts("/m", "/state/mail"),
       kAt + "the store of `two` lies inside the state directory /state\n"},
      {accounts("/m", "/state"),
       kAt + "the store of `two` lies inside the state directory /state\n"},
  });
  ConfigFixture fixture(accounts("/m", "/link/to"));
  fixture.files.put_link("/link", "/m");
  CHECK(fixture.complaints() == kAt + "the store of `two` lies inside the store of `one`\n");
  CHECK(ConfigFixture("state: /m/state\n" + account()).complaints() ==
        "c.yaml:1:8: the state directory /m/state lies inside the store of `work`\n");
  ConfigFixture by_default(account());
  by_default.files.variables["HOME"] = "/m";
  CHECK(by_default.complaints() ==
        "c.yaml:6:22: the state directory /m/.local/state/imapkeep lies inside the store of "
        "`work`\n");
}

TEST_CASE("a configuration that cannot be trusted or read") {
  ConfigFixture open(account());
  open.files.put("/etc/ik/c.yaml", account(), 0666);
  CHECK(open.complaints() ==
        "c.yaml: this file, which may name commands to run, may be written by anybody: chmod o-w "
        "it\n");
  open.files.put("/etc/ik/c.yaml", account(), 0660);
  CHECK(open.complaints() ==
        "c.yaml: this file, which may name commands to run, may be written by its group: chmod g-w "
        "it\n");
  open.files.put("/etc/ik/c.yaml", account(), 0644).facts.owner = 1001;
  CHECK(open.complaints() ==
        "c.yaml: this file, which may name commands to run, belongs to another user (uid 1001), "
        "who can change it: run imapkeep as that user, or chown it\n");
  open.files.put("/etc/ik/c.yaml", account(), 0640).facts.owner = 0;
  CHECK(open.complaints().empty());
  open.files.put("/etc/ik/c.yaml", account()).os_code = 13;
  CHECK(open.complaints() == "c.yaml may not be read by this user\n");
  open.files.put("/etc/ik/c.yaml", account()).os_code = 5;
  CHECK(open.complaints() == "c.yaml cannot be read: /etc/ik/c.yaml: refused\n");

  test::FakeFiles none;
  CHECK(load_settings(none, none.environment(), "c.yaml").error().what ==
        "/conf.d/c.yaml does not exist");
  none.put_directory("/conf.d/c.yaml");
  CHECK(load_settings(none, none.environment(), "c.yaml").error().what ==
        "/conf.d/c.yaml is not a regular file");
}

}  // namespace imapkeep
