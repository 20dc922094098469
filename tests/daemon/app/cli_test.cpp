// The command line: what it means, and what is said when it means nothing.
#include "daemon/app/cli.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "daemon/app/account_choice.h"
#include "daemon/app/version.h"
#include "daemon/base/exit_code.h"

namespace imapkeep {
namespace {

std::vector<std::string> words(const std::string& line) {
  std::istringstream stream(line);
  std::vector<std::string> result;
  for (std::string word; stream >> word;) result.push_back(word);
  return result;
}

std::string shown(const Command& command) {
  std::string text = command.verb == Verb::kSync     ? "sync"
                     : command.verb == Verb::kRun    ? "run"
                     : command.verb == Verb::kStatus ? "status"
                     : command.verb == Verb::kAdopt  ? "adopt"
                     : command.verb == Verb::kDoctor ? "doctor"
                     : command.verb == Verb::kLogin  ? "login"
                     : command.verb == Verb::kCheck  ? "check"
                                                     : "providers";
  for (const auto& account : command.accounts) text += " " + account;
  if (!command.config.empty()) text += " config=" + command.config;
  if (command.verbosity) text += " v=" + std::to_string(command.verbosity);
  if (command.json) text += " json";
  if (command.watch) text += " watch";
  if (command.accept_gone) text += " accept-gone";
  return text;
}

}  // namespace

TEST_CASE("commands that are understood") {
  struct Case {
    std::string line, meaning;
  };
  const Case cases[] = {
      {"sync", "sync"},
      {"sync work home", "sync work home"},
      {"sync work -v -v", "sync work v=2"},
      {"-vv sync work", "sync work v=2"},
      {"-c f.yaml sync", "sync config=f.yaml"},
      {"--config f.yaml sync", "sync config=f.yaml"},
      {"--config=f.yaml check", "check config=f.yaml"},
      {"check -c f.yaml", "check config=f.yaml"},
      {"-vc f.yaml check", "check config=f.yaml v=1"},
      {"status --json", "status json"},
      {"--json status", "status json"},
      {"status --watch", "status watch"},
      {"sync --accept-gone work", "sync work accept-gone"},
      {"sync work --accept-gone", "sync work accept-gone"},
      {"--watch status --json", "status json watch"},
      {"run", "run"},
      {"run -v -c f.yaml", "run config=f.yaml v=1"},
      {"providers", "providers"},
      {"providers gmail --json", "providers gmail json"},
      {"doctor work -c f.yaml", "doctor work config=f.yaml"},
      {"account adopt work -c f.yaml", "adopt work config=f.yaml"},
      {"login work -vv", "login work v=2"},
      {"sync run", "sync run"},  // an account may have any name
      {"sync check", "sync check"},
      {"sync -- work", "sync work"},
  };
  for (const auto& one : cases) {
    INFO(one.line);
    const auto parsed = parse_command_line(words(one.line));
    if (const auto* answer = std::get_if<CliAnswer>(&parsed)) UNSCOPED_INFO(answer->err);
    REQUIRE(std::holds_alternative<Command>(parsed));
    CHECK(shown(std::get<Command>(parsed)) == one.meaning);
  }
}

TEST_CASE("commands that are not") {
  struct Case {
    std::string line, sentence;
  };
  const Case cases[] = {
      {"", "say what to do: sync, run, status, check, login, doctor, account or providers"},
      {"-v", "say what to do: sync, run, status, check, login, doctor, account or providers"},
      {"snyc", "unknown command `snyc`; did you mean `sync`?"},
      {"snyc work", "unknown command `snyc`; did you mean `sync`?"},
      {"Check", "unknown command `Check`; did you mean `check`?"},
      {"frobnicate", "unknown command `frobnicate`"},
      {"sync --jsno", "unknown option `--jsno`; did you mean `--json`?"},
      {"--password x sync", "unknown option `--password`"},
      {"status work", "`status` does not take `work`"},
      {"providers gmail yahoo", "name one provider, or none to see all: `imapkeep providers NAME`"},
      {"account adopt", "name the one account whose store it is: `imapkeep account adopt ACCOUNT`"},
      {"account adopt work home",
       "name the one account whose store it is: `imapkeep account adopt ACCOUNT`"},
      {"account", "say what is decided: `imapkeep account adopt ACCOUNT`"},
      {"account work", "say what is decided: `imapkeep account adopt ACCOUNT`"},
      {"-v account", "say what is decided: `imapkeep account adopt ACCOUNT`"},
      {"doctor work home", "`doctor` is for one account at a time: `imapkeep doctor ACCOUNT`"},
      {"--json=yes status", "`--json` takes no value"},
      {"status --watch=5", "`--watch` takes no value"},
      {"sync --accept-gone=work", "`--accept-gone` takes no value"},
      {"-c one -c two sync", "`--config` is given more than once; one file is read"},
      {"setup me@example.org", "`setup` is not in this version"},
      {"login work home", "`login` is for one account at a time: `imapkeep login ACCOUNT`"},
      {"audit", "`audit` is not in this version"},
      {"--help audit", "`audit` is not in this version"},
      {"-v=x sync", "unknown option `-=x`"},
      {"audit --foo", "`audit` is not in this version"},
      {"audit --help", "`audit` is not in this version"},
      {"-v audit", "`audit` is not in this version"},
      {"audit", "`audit` is not in this version"},
      {"verify check", "`verify` is not in this version"},
      {"restore work --to home", "`restore` is not in this version"},
      {"forget", "`forget` is not in this version"},
      {"-c", "`--config` needs a file behind it: `--config FILE`"},
      {"run work", "`run` does not take `work`"},
      {"sync --accept-gone", "`--accept-gone` is for one account: name it"},
      {"status --accept-gone", "only `sync` takes `--accept-gone`"},
      {"run --watch", "only `status` takes `--watch`"},
      {"status sync", "`status` does not take `sync`"},
      {"check sync work", "`check` does not take `sync`"},
      {"sync --watch", "only `status` takes `--watch`"},
      {"--watch check", "only `status` takes `--watch`"},
      {"status --wach", "unknown option `--wach`; did you mean `--watch`?"},
  };
  for (const auto& one : cases) {
    INFO(one.line);
    const auto parsed = parse_command_line(words(one.line));
    REQUIRE(std::holds_alternative<CliAnswer>(parsed));
    const auto& answer = std::get<CliAnswer>(parsed);
    CHECK(answer.exit_code == 64);
    CHECK(answer.out.empty());
    CHECK(answer.err ==
          "imapkeep: " + one.sentence + "\nimapkeep: `imapkeep --help` lists what there is\n");
  }
}

TEST_CASE("help shows what works and nothing else") {
  for (const auto* line :
       {"--help", "-h", "help", "help sync", "sync --help", "check -h", "--help sync"}) {
    INFO(line);
    const auto parsed = parse_command_line(words(line));
    REQUIRE(std::holds_alternative<CliAnswer>(parsed));
    const auto& answer = std::get<CliAnswer>(parsed);
    CHECK(answer.exit_code == 0);
    CHECK(answer.err.empty());
    INFO(answer.out);
    CHECK(answer.out.find("imapkeep") != std::string::npos);
    for (const auto* later : {"setup", "audit", "verify", "restore", "forget"}) {
      INFO(later);
      CHECK(answer.out.find(later) == std::string::npos);
    }
  }
  const auto help = std::get<CliAnswer>(parse_command_line({"--help"})).out;
  for (const auto* built : {"sync", "status", "check", "doctor", "login", "providers", "--config",
                            "--json", "--verbose"})
    CHECK(help.find(built) != std::string::npos);
}

TEST_CASE("the version is that of the build") {
  const auto answer = std::get<CliAnswer>(parse_command_line({"--version"}));
  CHECK(answer.exit_code == 0);
  CHECK(answer.out == "imapkeep " + std::string(kVersion) + "\n");
  std::ifstream file("CMakeLists.txt");
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  CHECK(text.find("project(imapkeep VERSION " + std::string(kVersion) + " ") != std::string::npos);
}

TEST_CASE("exit codes") {
  struct Case {
    Trouble trouble;
    int code;
  };
  for (const auto& one : {Case{Trouble::kMessage, 1},
                          {Trouble::kUsage, 64},
                          {Trouble::kServer, 69},
                          {Trouble::kStore, 74},
                          {Trouble::kBusy, 75},
                          {Trouble::kLogin, 77},
                          {Trouble::kConfig, 78}})
    CHECK(exit_code(one.trouble) == one.code);
  CHECK(worse_exit_code(kExitOk, kExitOwed) == 1);
  CHECK(worse_exit_code(kExitLogin, kExitStore) == 77);
}

TEST_CASE("accounts of a command") {
  Settings settings;
  for (const auto* name : {"work", "home", "old"}) settings.accounts.emplace_back().name = name;
  const auto chosen = [&](const std::string& names) {
    const auto accounts = choose_accounts(settings, words(names));
    if (!accounts) return accounts.error().what;
    std::string text;
    for (const auto& account : *accounts) text += account.name + " ";
    return text;
  };
  CHECK(chosen("") == "work home old ");
  CHECK(chosen("old work old") == "work old ");
  CHECK(chosen("wrok") == "there is no account `wrok`; did you mean `work`?");
  CHECK(chosen("work zzzzzz") == "there is no account `zzzzzz`; there is `work`, `home`, `old`");
  CHECK(choose_accounts(settings, {"x"}).error().trouble == Trouble::kUsage);

  CHECK(choose_account(settings, {"old"})->name == "old");
  CHECK(choose_account(settings, {}).error().what ==
        "name an account: there is `work`, `home`, `old`");
  for (int more = 0; more < 20; ++more) settings.accounts.emplace_back().name = "many";
  CHECK(choose_account(settings, {}).error().what.ends_with("`many` and 13 more"));
  settings.accounts.resize(1);
  CHECK(choose_account(settings, {})->name == "work");
}

}  // namespace imapkeep
