// One thing is wrong at a time, and the doctor names that one and no other.
#include "daemon/app/commands/doctor.h"

#include <catch2/catch.hpp>
#include <deque>

#include "tests/support/fixed_random.h"
#include "tests/support/log_probe.h"
#include "tests/support/memory_files.h"
#include "tests/support/model_imap_server.h"
#include "tests/support/scripted_http.h"
#include "tests/support/sim_workers.h"

namespace imapkeep {
namespace {

using std::chrono::minutes;

const std::string kScope = "mail offline_access";

class NoProgram final : public Process {
 public:
  Result<std::string> output_of(const std::vector<std::string>&, Duration) override {
    return config_error("there is no such program");
  }
};

/// Gives what the test says, one after the other; the last for ever.
class ScriptedCredentials final : public CredentialSource {
 public:
  explicit ScriptedCredentials(Timers& timers) : timers_(timers) {}
  Operation get(Completion<Credentials> done) override {
    auto next = answers.front();
    if (answers.size() > 1) answers.pop_front();
    return timers_.soon([done = std::move(done), next] { done(next); });
  }
  bool refused(const Credentials& /*used*/) override {
    ++times_refused;
    return true;
  }
  std::deque<Result<Credentials>> answers;
  int times_refused = 0;

 private:
  Timers& timers_;
};

Credentials credentials(std::uint64_t generation = 0, const std::string& password = "secret") {
  Credentials made;
  made.user = "me";
  made.secret = Secret(password);
  made.generation = generation;
  return made;
}

HttpAnswer answer_of(int status, const std::string& body, const std::string& date = "") {
  HttpAnswer answer;
  answer.status = status;
  answer.body = Secret(body);
  if (!date.empty()) answer.headers = {{"date", date}};
  return answer;
}

/// A healthy account, until a test breaks a part of it.
struct Patient {
  SimWorld time;
  SimNetwork network{time};
  ModelImapServer server{network};
  ScriptedHttp http{time};
  SimWorkers workers{time};
  FixedRandom random;
  LogProbe log;
  MemoryDisk disk;
  NoProgram programs;
  ProcessEnvironment environment;
  ScriptedCredentials source{time};
  Vault vault{disk, "/state", std::nullopt, 0};
  AccountSettings account;
  OAuthOptions oauth;
  std::unique_ptr<Strand> strand = workers.strand(PoolKind::kCommands);
  Diagnosis diagnosis;

  Patient() {
    environment.variable = [](const std::string&) { return std::nullopt; };
    environment.real_path = [](const std::string& path) { return path; };
    disk.put("/state/lock", "");
    disk.put("/srv/mail/other", "");
    account.store = MaildirOptions{"/srv/mail/mine"};
    account.name = "work";
    account.server.host = "h.example";
    account.auth.user = "me";
    source.answers = {credentials()};
    oauth.endpoints.token = "https://id.example/token";
    oauth.endpoints.authorization = "https://id.example/auth";
    oauth.client.id = "client";
    oauth.scope = kScope;
  }
  void takes_tokens(const std::string& granted = "mail") {
    Grant grant;
    grant.key = {oauth.issuer.empty() ? oauth.endpoints.token : oauth.issuer, "client", "me",
                 kScope};
    grant.granted_scope = granted;
    grant.generation = 1;
    REQUIRE(vault.save(grant));
    account.auth.proof = oauth;
    source.answers = {credentials(1), credentials(2)};
  }

  /// "network tls password login mailbox", and behind a "!" what is wrong. Store and space come
  /// first, and are named only when one of them is wrong.
  std::string examine() {
    std::optional<Doctor::OAuthParts> parts;
    if (const auto* options = std::get_if<OAuthOptions>(&account.auth.proof))
      parts =
          Doctor::OAuthParts{TokenClientReader(*options, "me", disk, programs, environment), vault};
    Doctor doctor({{network, time, time, random, log.log()}, http, disk, *strand}, account, source,
                  parts);
    std::string found;
    bool ended = false;
    const auto operation = doctor.start(
        [&](const Finding& one) {
          found += (found.empty() ? "" : " ") + std::string(word_of(one.part));
        },
        [&](const Result<Diagnosis>& told) {
          diagnosis = *told;
          ended = true;
        });
    REQUIRE(time.run_until([&] { return ended; }, minutes(10)));
    if (found.starts_with("store space")) found.erase(0, found.size() > 11 ? 12 : 11);
    if (diagnosis.wrong) found += " !" + std::string(word_of(*diagnosis.wrong));
    return found;
  }
};

}  // namespace

TEST_CASE("an account with a password that is well") {
  Patient patient;
  CHECK(patient.examine() == "network tls password login mailbox");
  CHECK(patient.http.asked.empty());
}

TEST_CASE("where the mail is to lie is looked at before anything is asked of a server") {
  Patient patient;
  SECTION("its parent is not there") {
    patient.account.store = MaildirOptions{"/srv/none/work"};
    CHECK(patient.examine() == " !store");
    CHECK(patient.diagnosis.error.what ==
          "/srv/none/work: its parent directory is not there (not mounted?); make it, or correct "
          "the path");
  }
  SECTION("its parent may not be written") {
    patient.disk.forbid("/srv/mail", MemoryDisk::Denied::kChanging);
    CHECK(patient.examine() == " !store");
    CHECK(patient.diagnosis.error.what.starts_with("/srv/mail may not be read and written"));
  }
  SECTION("the store may not be written") {
    patient.disk.put("/srv/mail/mine/.imapkeep/lock", "");
    patient.disk.forbid("/srv/mail/mine/.imapkeep", MemoryDisk::Denied::kChanging);
    CHECK(patient.examine() == " !store");
    CHECK(patient.diagnosis.error.what.starts_with("/srv/mail/mine/.imapkeep may not be read"));
  }
  SECTION("there is less room than min_free asks for") {
    std::get<MaildirOptions>(patient.account.store).min_free = 1000;
    patient.disk.set_free(999);
    CHECK(patient.examine() == "store !space");
    CHECK(patient.diagnosis.error.trouble == Trouble::kStore);
  }
  CHECK(patient.disk.files().count("/srv/mail/mine/.imapkeep/store.json") == 0);
}

TEST_CASE("an account with a password: one thing is wrong") {
  Patient patient;
  SECTION("nobody answers") {
    patient.network.refuse(server_error("the host name h.example was not found"));
    CHECK(patient.examine() == " !network");
    CHECK(patient.diagnosis.remedy ==
          "check `host` and `port`, and whether this machine is online");
  }
  SECTION("the certificate") {
    patient.network.fail_tls("the certificate of h.example:993 expired");
    CHECK(patient.examine() == "network !tls");
    CHECK(patient.diagnosis.error.what.find("expired") != std::string::npos);
  }
  SECTION("the password cannot be read") {
    patient.source.answers = {config_error("the secret file /pw does not exist")};
    CHECK(patient.examine() == "network tls !password");
    CHECK(patient.diagnosis.error.trouble == Trouble::kConfig);
  }
  SECTION("the password is refused") {
    patient.source.answers = {credentials(0, "wrong")};
    CHECK(patient.examine() == "network tls password !login");
    CHECK(patient.diagnosis.error.trouble == Trouble::kLogin);
    CHECK(patient.diagnosis.remedy.starts_with("set `user` and the password right"));
  }
  SECTION("IMAP is switched off") {
    patient.server.refuse_login = "NO [ALERT] Your account is not enabled for IMAP use.";
    CHECK(patient.examine() == "network tls password !login");
    CHECK(patient.diagnosis.remedy ==
          "switch IMAP on in the settings of the mailbox, or let its administrator do it");
  }
  SECTION("the server asks for patience") {
    patient.server.refuse_login = "NO [LIMIT] Too many simultaneous connections.";
    CHECK(patient.examine() == "network tls password !login");
    CHECK(patient.diagnosis.error.trouble == Trouble::kBusy);
    CHECK(patient.diagnosis.remedy.starts_with("wait: "));
  }
}

TEST_CASE("an account with OAuth that is well: its token was renewed to see it") {
  Patient patient;
  patient.takes_tokens();
  patient.http.will_answer(405, "");
  CHECK(patient.examine() == "network tls client provider grant scope login mailbox");
  CHECK(patient.source.times_refused == 1);
  CHECK(patient.http.asked.at(0).url == "https://id.example/token");
  CHECK(patient.http.asked.at(0).method == "GET");
}

TEST_CASE("an account with OAuth: one thing is wrong") {
  Patient patient;
  patient.takes_tokens();
  SECTION("the client's secret is not there") {
    patient.oauth.client.secret = SecretEnvironment{"NOWHERE"};
    patient.account.auth.proof = patient.oauth;
    CHECK(patient.examine() == "network tls !client");
  }
  SECTION("the vault holds no grant") {
    patient.disk.put(
        "/state/tokens/" + GrantKey{"https://id.example/token", "client", "me", kScope}.id(),
        "gibberish");
    // What the keeper makes of that is the finding: nobody has logged in.
    patient.http.will_answer(405, "");
    patient.source.answers = {Error{Remedy::kNeedsOperator, Trouble::kLogin, "damaged", 0}};
    CHECK(patient.examine() == "network tls client provider !grant");
    CHECK(patient.diagnosis.error.trouble == Trouble::kLogin);
  }
  SECTION("the provider does not answer") {
    patient.http.will_fail(server_error("https://id.example/token: no connection"));
    CHECK(patient.examine() == "network tls client !provider");
    CHECK(patient.diagnosis.remedy.find("issuer") != std::string::npos);
  }
  SECTION("the clock") {
    patient.http.will_answer(answer_of(404, "", "Sun, 06 Nov 1994 08:49:37 GMT"));
    CHECK(patient.examine() == "network tls client provider !clock");
    CHECK(patient.diagnosis.error.what.find(" days ahead of that of https://id.example") !=
          std::string::npos);
  }
  SECTION("nobody has logged in") {
    patient.http.will_answer(405, "");
    patient.source.answers = {Error{Remedy::kNeedsOperator, Trouble::kLogin,
                                    "nobody has logged in yet; run `imapkeep login work`", 0}};
    CHECK(patient.examine() == "network tls client provider !grant");
    CHECK(patient.diagnosis.remedy.empty());
  }
  SECTION("the grant has ended, which only the renewal shows") {
    patient.http.will_answer(405, "");
    patient.source.answers = {
        credentials(1), Error{Remedy::kNeedsOperator, Trouble::kLogin, "it has been revoked", 0}};
    CHECK(patient.examine() == "network tls client provider !grant");
  }
  SECTION("the client is not known there") {
    patient.http.will_answer(405, "");
    patient.source.answers = {config_error("invalid_client")};
    CHECK(patient.examine() == "network tls client provider !grant");
    CHECK(patient.diagnosis.remedy == "set the client of work right");
  }
  SECTION("the scope") {
    patient.takes_tokens("openid");
    patient.http.will_answer(405, "");
    CHECK(patient.examine() == "network tls client provider grant !scope");
    CHECK(patient.diagnosis.error.what ==
          "granted is only `openid`, asked for `mail offline_access`");
  }
  SECTION("the user") {
    patient.http.will_answer(405, "");
    patient.server.refuse_login = "NO [AUTHENTICATIONFAILED] Authentication failed.";
    CHECK(patient.examine() == "network tls client provider grant scope !login");
    CHECK(patient.diagnosis.remedy.starts_with("run `imapkeep login work` and sign in as me"));
  }
}

TEST_CASE("what a mail server says or does to a token, each with a remedy of its own") {
  Patient patient;
  patient.takes_tokens();
  patient.http.will_answer(405, "");
  std::string remedy;
  SECTION("a browser is wanted") {
    patient.server.refuse_login = "NO [WEBALERT https://a.example/x] Web login required.";
    remedy = "log in as me in a browser, at the address that the server names";
  }
  SECTION("an administrator") {
    patient.server.refuse_login = "NO [CONTACTADMIN] no";
    remedy = "ask the administrator of h.example what keeps me out";
  }
  SECTION("not understood") {
    patient.server.refuse_login = "BAD no such credentials";
    remedy = "set `mechanism` to the other one of XOAUTH2 and OAUTHBEARER";
  }
  SECTION("the scope is too small") {
    patient.server.refuse_login = "NO no (status insufficient_scope, scope mail.full)";
    remedy = "set `scope` to what the mail server asks for";
  }
  SECTION("it hangs up") {
    patient.server.before_command = [](const std::string& command) {
      return !command.starts_with("AUTHENTICATE");
    };
    remedy =
        "some servers hang up on a token that they do not take: run `imapkeep login work` "
        "and sign in as me; if that changes nothing";
  }
  SECTION("it takes no token at all") {
    Credentials token = credentials(2);
    token.proof = Credentials::Proof::kAccessToken;
    patient.source.answers = {credentials(1), token};
    remedy = "check `host`; or give the account a password in the place of `oauth`";
  }
  CHECK(patient.examine() == "network tls client provider grant scope !login");
  INFO(patient.diagnosis.error.what);
  CHECK(patient.diagnosis.remedy.substr(0, remedy.size()) == remedy);
}

TEST_CASE("what a mail server does to a password has remedies, too") {
  Patient patient;
  SECTION("it hangs up") {
    patient.server.before_command = [](const std::string& command) {
      return !command.starts_with("AUTHENTICATE");
    };
    CHECK(patient.examine() == "network tls password !login");
    CHECK(patient.diagnosis.remedy.starts_with("check `user` and the password; if that changes"));
  }
  SECTION("an administrator") {
    patient.server.refuse_login = "NO [CONTACTADMIN] no";
    CHECK(patient.examine() == "network tls password !login");
    CHECK(patient.diagnosis.remedy.starts_with("ask the administrator of h.example"));
  }
}

TEST_CASE("an issuer that says nothing of itself") {
  Patient patient;
  patient.oauth.endpoints = {};
  patient.oauth.issuer = "https://id.example";
  patient.takes_tokens();
  patient.http.will_answer(404, "");
  patient.http.will_answer(404, "");
  SECTION("at no place") {
    patient.http.will_answer(404, "");
    CHECK(patient.examine() == "network tls client provider !provider");
  }
  SECTION("or names no endpoint for this flow") {
    patient.http.will_answer(200, R"({"issuer": "https://id.example",)"
                                  R"( "token_endpoint": "https://id.example/t"})");
    CHECK(patient.examine() == "network tls client provider !provider");
    CHECK(patient.diagnosis.error.trouble == Trouble::kConfig);
  }
  SECTION("or all") {
    patient.http.will_answer(200, R"({"issuer": "https://id.example",)"
                                  R"( "authorization_endpoint": "https://id.example/a",)"
                                  R"( "token_endpoint": "https://id.example/t"})");
    CHECK(patient.examine() == "network tls client provider provider grant scope login mailbox");
  }
}

TEST_CASE("how wrong a clock may be") {
  const WallTime noon = from_unix_ms(1'700'000'000'000);
  const auto off = [&](std::int64_t seconds) {
    const auto trouble =
        trouble_with_clock(noon + std::chrono::seconds(seconds), noon, "https://id.example");
    return trouble ? trouble->what : "";
  };
  CHECK(off(0).empty());
  CHECK(off(180).empty());
  CHECK(off(-180).empty());
  CHECK(off(181) == "the clock of this machine is 3 minutes ahead of that of https://id.example");
  CHECK(off(-7200) == "the clock of this machine is 2 hours behind that of https://id.example");
  CHECK(off(86400 * 30) ==
        "the clock of this machine is 30 days ahead of that of https://id.example");
}

}  // namespace imapkeep
