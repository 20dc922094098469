// What status says, in words and as JSON, and with which exit code.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "daemon/observe/status_json.h"
#include "daemon/observe/status_text.h"

namespace imapkeep {
namespace {

const WallTime kNow = from_unix_ms(1'700'000'000'000);

Settings settings() {
  Settings made;
  AccountSettings account;
  account.name = "work";
  account.auth.proof = OAuthOptions();
  made.accounts.push_back(account);
  return made;
}

StatusSnapshot seen(const Settings& made, std::vector<AccountReport> reports, LiveStates live = {},
                    TokenStates tokens = {}) {
  return join_snapshot(made, std::move(reports), std::move(live), std::move(tokens), kNow);
}

std::string text_of(const TokenFacts& facts) {
  return status_text(seen(settings(), {}, {}, {{"work", facts}}));
}

}  // namespace

TEST_CASE("what status says of an account's token") {
  TokenFacts facts;
  const std::string end = "tokens are not encrypted; file permissions protect them\n";
  CHECK(text_of(facts) == "work: never synced\n  token: none; run `imapkeep login work`\n" + end);
  facts.has_own_key = true;
  CHECK(text_of(facts) == "work: never synced\n  token: none yet\n" + end);
  facts.is_there = true;
  facts.obtained = kNow - std::chrono::minutes(12);
  facts.expires = kNow + std::chrono::minutes(48);
  CHECK(text_of(facts) ==
        "work: never synced\n  token: renewed 12 min ago, good for 48 min\n" + end);
  facts.has_own_key = false;
  facts.granted = kNow - std::chrono::hours(24 * 30);
  CHECK(text_of(facts) ==
        "work: never synced\n  token: logged in 30 days ago, renewed 12 min ago, "
        "good for 48 min\n" +
            end);
  facts.expires = kNow;
  CHECK(text_of(facts).find(", to be renewed before its next use\n") != std::string::npos);
  CHECK(status_json(seen(settings(), {}, {}, {{"work", facts}}))
            .find("\"granted_ms\": 1697408000000") != std::string::npos);
  facts.expires = kNow + std::chrono::minutes(48);
  facts.ended = "the token endpoint said invalid_grant";
  facts.ended_at = kNow - std::chrono::minutes(5);
  CHECK(text_of(facts) ==
        "work: never synced\n  token: logged in 30 days ago, ended 5 min ago (the token endpoint "
        "said invalid_grant); run `imapkeep login work`\n" +
            end);
  CHECK(status_json(seen(settings(), {}, {}, {{"work", facts}}))
            .find("\"why\": \"the token endpoint") != std::string::npos);
  facts.trouble = "the file is open to others";
  CHECK(text_of(facts).find("  token: unknown: the file is open to others\n") != std::string::npos);
}

TEST_CASE("what waits to leave is named with its command") {
  Settings made = settings();
  made.accounts.front().auth.proof = SecretOptions();
  AccountReport report;
  report.name = "work";
  report.last_pass = PassSummary{};
  report.last_pass->outcome = "owed";
  LedgerFolder folder;
  folder.record = {FolderId{1}, {"INBOX", NameEncoding::kUtf7}, '/', "INBOX", 1};
  report.folders.push_back(folder);
  const UidValidity first{1};
  report.waiting = {{FolderId{1}, first, UidSet::of(Uid{1}, Uid{9}), 500, true},
                    {FolderId{1}, first, UidSet::of(Uid{20}, Uid{21}), 400, false}};
  const std::string text = status_text(seen(made, {report}));
  CHECK(text.find("  INBOX: 9 messages are gone from the server") != std::string::npos);
  CHECK(text.find("`imapkeep sync --accept-gone work`\n") != std::string::npos);
  CHECK(text.find("  INBOX: 2 messages are gone from the server; a later pass decides\n") !=
        std::string::npos);
  const std::string json = status_json(seen(made, {report}));
  CHECK(json.find("\"command\": \"imapkeep sync --accept-gone work\"") != std::string::npos);
  CHECK(json.find("\"wait_for_you\": 9") != std::string::npos);
  CHECK(json.find("\"wait_for_a_later_pass\": 2") != std::string::npos);
  CHECK(json.find("\"since_ms\": 400") != std::string::npos);
}

TEST_CASE("a first sync that was interrupted shows what it has") {
  Settings made = settings();
  made.accounts.front().auth.proof = SecretOptions();
  made.accounts.front().store = MaildirOptions{"/m"};
  AccountReport report;
  report.name = "work";
  LedgerFolder folder;
  folder.record = {FolderId{1}, {"INBOX", NameEncoding::kUtf7}, '/', "INBOX", 1};
  folder.stored = 7000;
  folder.stored_bytes = 2048;
  report.folders.push_back(folder);
  CHECK(status_text(seen(made, {report})) ==
        "work: the first sync has not ended; what it has stored stays\n"
        "  7,000 messages (2.0 KiB) in 1 folder in /m\n");
}

TEST_CASE("the reason why an account waits is said once") {
  Settings made = settings();
  made.accounts.front().auth.proof = SecretOptions();
  AccountReport report;
  report.name = "work";
  report.last_pass = PassSummary{};
  report.last_pass->outcome = "failed";
  report.last_pass->detail = "while logging in: no";
  AccountState state;
  state.phase = AccountPhase::kWaiting;
  state.trouble = Error{Remedy::kNeedsOperator, Trouble::kLogin, "while logging in: no", 0};
  const auto times = [&] {
    const std::string text = status_text(seen(made, {report}, {{"work", state}}));
    const std::size_t first = text.find("while logging in: no");
    REQUIRE(first != std::string::npos);
    return text.find("while logging in: no", first + 1) == std::string::npos ? 1 : 2;
  };
  CHECK(times() == 1);
  state.trouble->what = "while connecting: while logging in: no";
  CHECK(times() == 2);
}

TEST_CASE("folders that are left out are named, and not counted as if they were followed") {
  Settings made = settings();
  made.accounts.front().auth.proof = SecretOptions();
  made.accounts.front().store = MaildirOptions{"/m"};
  AccountReport report;
  report.name = "work";
  report.complete_ms = unix_ms(kNow) - 5000;
  const auto add = [&](std::uint32_t id, const std::string& name, std::uint64_t stored) {
    LedgerFolder folder;
    folder.record = {FolderId{id}, {name, NameEncoding::kUtf7}, '/', name, 1};
    folder.stored = stored;
    report.folders.push_back(folder);
  };
  add(1, "INBOX", 25);
  add(2, "Sent", 200);
  PassSummary pass;
  pass.outcome = "complete";
  pass.ended_ms = unix_ms(kNow) - 5000;
  pass.left_out = LeftOut{{"Sent", "Spam"}, {"Lists/a"}, {"New*"}, {"Spma"}, true};
  report.last_pass = pass;
  report.left_out_since_ms = {
      {"Sent", unix_ms(kNow) - 86400000LL * 3}, {"Spam", 1}, {"Lists/a", 1}};
  CHECK(status_text(seen(made, {report})) ==
        "work: complete 5 s ago\n"
        "  25 messages (0 B) in 1 folder in /m\n"
        "  left out (exclude): Sent (200 messages as of 3 days ago), Spam\n"
        "  left out (not in include): Lists/a\n"
        "  no folder matches include \"New*\"\n"
        "  no folder matches exclude \"Spma\"\n");
  const auto json = nlohmann::json::parse(status_json(seen(made, {report})))["accounts"][0];
  CHECK(json["messages"] == 25);
  CHECK(json["left_out"].size() == 3);
  CHECK(json["left_out"][0] == nlohmann::json{{"name", "Sent"},
                                              {"why", "exclude"},
                                              {"since_ms", unix_ms(kNow) - 86400000LL * 3}});
  CHECK(json["vain_patterns"][1] == nlohmann::json{{"list", "exclude"}, {"pattern", "Spma"}});
  CHECK(json["folders"][1]["left_out"] == true);

  report.last_pass->left_out->excluded.assign(25, "x");
  CHECK(status_text(seen(made, {report})).find(" and 5 more\n") != std::string::npos);
}

TEST_CASE("a folder that is owed is named with its reason") {
  Settings made = settings();
  made.accounts.front().auth.proof = SecretOptions();
  AccountReport report;
  report.name = "work";
  report.last_pass = PassSummary{};
  report.last_pass->outcome = "owed";
  LedgerFolder folder;
  folder.record = {FolderId{1}, {"INBOX", NameEncoding::kUtf7}, '/', "INBOX", 1};
  report.folders.push_back(folder);
  report.waiting = {{FolderId{1}, UidValidity{1}, UidSet::of(Uid{1}, Uid{9}), 500, true}};
  report.last_pass->owed = {"Shared: you may not read it", "INBOX: " + gone_at_once(9, "work")};
  const std::string text = status_text(seen(made, {report}));
  CHECK(text.find("  owed: Shared: you may not read it\n") != std::string::npos);
  CHECK(text.find("owed: INBOX") == std::string::npos);  // it is said with its command
  CHECK(status_json(seen(made, {report})).find("Shared: you may") != std::string::npos);
}

TEST_CASE("an account with a password has no token to speak of") {
  Settings made = settings();
  made.accounts.front().auth.proof = SecretOptions();
  CHECK(status_text(seen(made, {})) == "work: never synced\n");
}

TEST_CASE("a snapshot joins what is known of each account, in the configuration's order") {
  Settings made = settings();
  AccountSettings home;
  home.name = "home";
  home.store = MaildirOptions{"/home/mail"};
  made.accounts.insert(made.accounts.begin(), home);
  AccountReport report;
  report.name = "work";
  report.store_id = "5";
  AccountReport former;
  former.name = "former";  // not in the configuration any more
  AccountState state;
  state.behind = 7;
  TokenFacts facts;
  facts.ended = "revoked";
  const StatusSnapshot snapshot =
      seen(made, {former, report}, {{"home", state}, {"former", {}}}, {{"work", facts}});
  CHECK(snapshot.taken == kNow);
  CHECK(snapshot.tokens == StatusSnapshot::Tokens::kPlain);
  REQUIRE(snapshot.accounts.size() == 2);
  CHECK(snapshot.accounts[0].name == "home");
  CHECK(snapshot.accounts[0].store.kind == "Maildir");
  CHECK(snapshot.accounts[0].store.place == "/home/mail");
  CHECK_FALSE(snapshot.accounts[0].report);
  CHECK_FALSE(snapshot.accounts[0].token);
  REQUIRE(snapshot.accounts[0].live);
  CHECK(snapshot.accounts[0].live->behind == 7);
  CHECK(snapshot.accounts[1].name == "work");
  REQUIRE(snapshot.accounts[1].report);
  CHECK(snapshot.accounts[1].report->store_id == "5");
  REQUIRE(snapshot.accounts[1].token);
  CHECK(snapshot.accounts[1].token->ended == "revoked");
  CHECK_FALSE(snapshot.accounts[1].live);
  made.state_key = SecretFile{"/key"};
  CHECK(seen(made, {}).tokens == StatusSnapshot::Tokens::kEncrypted);
  made.accounts.pop_back();
  CHECK(seen(made, {}).tokens == StatusSnapshot::Tokens::kNone);
}

TEST_CASE("the exit code is 0 only when the last pass of every account was complete") {
  struct Row {
    const char* what;
    std::vector<std::pair<std::string, std::string>> outcomes;  // by account; "": no pass has ended
    int code;
  };
  Settings made = settings();
  made.accounts.push_back(made.accounts.front());
  made.accounts.back().name = "home";
  for (const Row& row : {
           Row{"no ledger knows them", {}, 1},
           Row{"one of two", {{"work", "complete"}}, 1},
           Row{"both", {{"work", "complete"}, {"home", "complete"}}, 0},
           Row{"one owes", {{"work", "complete"}, {"home", "owed"}}, 1},
           Row{"one failed", {{"work", "failed"}, {"home", "complete"}}, 1},
           Row{"one has not ended", {{"work", "complete"}, {"home", ""}}, 1},
           Row{"a third that is not configured does not count",
               {{"work", "complete"}, {"home", "complete"}, {"former", "failed"}},
               0},
       }) {
    CAPTURE(row.what);
    std::vector<AccountReport> reports;
    for (const auto& [name, outcome] : row.outcomes) {
      AccountReport report;
      report.name = name;
      if (!outcome.empty()) {
        report.last_pass = PassSummary{};
        report.last_pass->outcome = outcome;
      }
      reports.push_back(report);
    }
    CHECK(status_exit_code(seen(made, reports)) == row.code);
  }
}

}  // namespace imapkeep
