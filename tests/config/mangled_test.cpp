// Any bytes at all: complaints or settings, never a crash, and never without end.
#include <catch2/catch.hpp>

#include <random>

#include "config/yaml_document.h"
#include "tests/config/config_fixture.h"

namespace imapkeep {
namespace {

using test::ConfigFixture;

const std::string kWhole = R"(state: /s   # comment
state_key: {credential: k}
on_needs_login: [tell, me]
include: "d/*.yaml"
defaults: { on_expunge: keep, min_free: 1GiB, retain: 90d }
accounts:
  work:
    host: imap.example.org
    port: 993
    tls: {mode: starttls, ca: /ca.pem}
    user: "me\u00e9@example.org"
    authzid: 'it''s'
    auth: { password: { command: [pass, show, "x y"] } }
    folders:
      include: ["*"]
      exclude:
        - Spam
        - >-
          Folded
          text
    store: { maildir: { path: ~/mail, layout: nested } }
  many:
    provider: microsoft365
    users: [a@x.example, "b c"]
    auth:
      oauth: {flow: client-credentials, tenant: x, client: {id: i, secret: {env: S}}}
    store: { maildir: "/m/{user}" }
  own:
    host: h.example
    user: me
    auth: {oauth: {issuer: 'https://i.example', client: {id: i}, scope: s}, mechanism: XOAUTH2}
    store: { maildir: /n }
)";

/// What holds for every input.
void check_any(const std::string& text) {
  ConfigFixture fixture(text);
  fixture.files.put_directory("/etc/ik/d");
  const auto read = fixture.read();
  for (const auto& complaint : read.complaints) REQUIRE_FALSE(complaint.sentence.empty());
  if (!read.complaints.empty()) return;
  REQUIRE_FALSE(read.settings.accounts.empty());
  for (const auto& account : read.settings.accounts) {
    REQUIRE_FALSE(account.server.host.empty());
    REQUIRE_FALSE(account.auth.user.empty());
    REQUIRE(place_of(account.store).starts_with('/'));
    REQUIRE(account.server.port != 0);
  }
}

}  // namespace

TEST_CASE("cut at every byte") {
  {
    ConfigFixture whole(kWhole);
    whole.files.put_directory("/etc/ik/d");
    REQUIRE(whole.complaints().empty());
  }
  for (std::size_t length = 0; length <= kWhole.size(); ++length) {
    INFO(length);
    check_any(kWhole.substr(0, length));
  }
}

TEST_CASE("mutated") {
  const auto seed = GENERATE(1U, 2U, 3U);
  INFO("seed " << seed);
  std::mt19937 random(seed);
  const auto below = [&](std::size_t limit) { return static_cast<std::size_t>(random() % limit); };
  const std::string alphabet =
      std::string("\n\n  :,-[]{}\"'|>&*!?#%@`~\t\\0aZ\xc3\xa9\xff\r") + '\0';
  for (int round = 0; round < 1500; ++round) {
    std::string text = kWhole;
    for (std::size_t changes = 1 + below(6); changes > 0 && !text.empty(); --changes) {
      const std::size_t at = below(text.size());
      switch (below(4)) {
        case 0:
          text[at] = alphabet[below(alphabet.size())];
          break;
        case 1:
          text.insert(at, 1, alphabet[below(alphabet.size())]);
          break;
        case 2:
          text.erase(at, 1 + below(8));
          break;
        default:
          text.insert(at, text.substr(below(text.size()), below(40)));
      }
    }
    INFO(text);
    check_any(text);
  }
}

TEST_CASE("built to hurt a parser") {
  const auto many = [](std::size_t count, const std::string& piece) {
    std::string text;
    while (text.size() < count * piece.size()) text += piece;
    return text;
  };
  std::string laughs = "a: &a [x,x,x,x,x,x,x,x,x]\n";
  for (char c = 'b'; c <= 'z'; ++c) {
    const std::string alias = std::string("*") + static_cast<char>(c - 1) + ",";
    laughs += std::string(1, c) + ": &" + c + " [" + many(9, alias) + "x]\n";
  }
  std::string keys;
  for (int i = 0; i < 60'000; ++i) keys += "k" + std::to_string(i) + ": 1\n";
  const std::string cases[] = {laughs,
                               keys,
                               many(250'000, "["),
                               many(250'000, "{"),
                               many(125'000, "- "),
                               many(125'000, "? "),
                               many(100'000, "[a,"),
                               many(80'000, "a: "),
                               many(100'000, "- a\n"),
                               many(250'000, "'"),
                               many(250'000, "\""),
                               many(250'000, "\n"),
                               many(100'000, "---\n"),
                               many(250'000, "!"),
                               many(250'000, "&"),
                               many(250'000, "%"),
                               many(250'000, " "),
                               many(250'000, "x"),
                               "a: |\n" + many(250'000, " "),
                               "a: >\n" + many(80'000, " x\n"),
                               "\"" + many(80'000, "\\\n")};
  for (const auto& text : cases) {
    INFO(text.substr(0, 40));
    Complaints complaints;
    const auto root = parse_yaml(text, "f", complaints);
    CHECK((root || !complaints.empty()));
    (void)complaints.sorted();
  }
}

}  // namespace imapkeep
