#include "daemon/app/cli.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <optional>
#include <sstream>

#include "config/nearest_word.h"
#include "daemon/app/version.h"
#include "daemon/base/bytes.h"
#include "daemon/base/exit_code.h"

namespace imapkeep {
namespace {

const std::vector<std::string> kLater{"setup", "audit", "verify", "restore", "forget"};

CliAnswer usage(const std::string& sentence) {
  return {kExitUsage, "",
          "imapkeep: " + sentence + "\nimapkeep: `imapkeep --help` lists what there is\n"};
}

std::string in_quotes(const std::string& word) { return "`" + printable_utf8(word, 64) + "`"; }

CliAnswer unknown(const std::string& word, const std::vector<std::string>& known) {
  std::string sentence =
      (word.starts_with('-') ? "unknown option " : "unknown command ") + in_quotes(word);
  if (const auto near = nearest_word(word, known))
    sentence += "; did you mean " + in_quotes(*near) + "?";
  return usage(sentence);
}

/// What to type instead. CLI11's own words speak of its options, not of our commands.
std::string sentence_of(const CLI::ParseError& error, const std::string& command) {
  const std::string said = error.what();
  if (said.ends_with("disallowed flag override"))
    return in_quotes("--" + said.substr(0, said.find(' '))) + " takes no value";
  if (said.starts_with("--config"))
    return said.ends_with("missing") ? "`--config` needs a file behind it: `--config FILE`"
                                     : "`--config` is given more than once; one file is read";
  if (command == "account adopt")
    return "name the one account whose store it is: `imapkeep account adopt ACCOUNT`";
  if (command == "account") return "say what is decided: `imapkeep account adopt ACCOUNT`";
  if (command == "providers")
    return "name one provider, or none to see all: `imapkeep providers NAME`";
  if (command == "login" || command == "doctor")
    return in_quotes(command) + " is for one account at a time: `imapkeep " + command + " ACCOUNT`";
  return printable_utf8(said);
}

}  // namespace

std::variant<Command, CliAnswer> parse_command_line(const std::vector<std::string>& arguments) {
  Command command;
  CLI::App app("Keeps a complete, provable, restorable copy of IMAP mailboxes in plain files.",
               "imapkeep");
  app.failure_message(CLI::FailureMessage::simple);
  app.set_help_flag("-h,--help", "Show this help");
  app.set_version_flag("--version", std::string("imapkeep ") + kVersion, "Show the version");
  app.add_option("-c,--config", command.config, "The configuration file")->type_name("FILE");
  app.add_flag("-v,--verbose", command.verbosity, "Say more; twice for everything")
      ->disable_flag_override();
  app.add_flag("--json", command.json, "Print JSON where there is something to print")
      ->disable_flag_override();
  app.add_flag("--watch", command.watch, "With status: again whenever something changed")
      ->disable_flag_override();

  auto* sync = app.add_subcommand("sync", "One pass over all accounts, or the ones named");
  sync->add_option("account", command.accounts, "Accounts as the configuration names them")
      ->type_name("ACCOUNT");
  sync->add_flag("--accept-gone", command.accept_gone,
                 "What is gone from the server and waits for your word may leave the mirror")
      ->disable_flag_override();
  auto* run = app.add_subcommand("run", "Keep all accounts level for ever: the daemon");
  auto* status = app.add_subcommand("status", "What is stored, what is owed, and since when");
  auto* check = app.add_subcommand("check", "Read the configuration and say all that is wrong");
  auto* providers = app.add_subcommand("providers",
                                       "What is known of mail providers, and how to "
                                       "get in");
  providers->add_option("name", command.accounts, "One of them, with all that is to be done")
      ->type_name("NAME")
      ->expected(0, 1);
  auto* doctor = app.add_subcommand("doctor", "Say the one thing that is wrong with an account");
  doctor->add_option("account", command.accounts, "The account; needed where there are several")
      ->type_name("ACCOUNT")
      ->expected(0, 1);
  auto* login = app.add_subcommand("login", "Get a provider's permission (OAuth) for an account");
  login->add_option("account", command.accounts, "The account; needed where there are several")
      ->type_name("ACCOUNT")
      ->expected(0, 1);
  auto* account = app.add_subcommand("account", "What only a person can decide of an account");
  auto* adopt = account->add_subcommand("adopt",
                                        "Say that its store is the mirror of the configured "
                                        "mailbox, whatever the messages say");
  adopt->add_option("account", command.accounts, "The account as the configuration names it")
      ->type_name("ACCOUNT")
      ->required()
      ->expected(1);
  account->require_subcommand(1);
  for (auto* one : {sync, run, status, check, providers, doctor, login, account, adopt}) {
    one->fallthrough();
  }

  // Known words, so that they are not taken for mistakes; the empty group hides them in the help.
  for (const auto& word : kLater)
    app.add_subcommand(word, "")->group("")->prefix_command()->set_help_flag();
  app.require_subcommand(0, 1);
  app.allow_extras();

  const auto later = [&]() -> std::optional<CliAnswer> {
    for (const auto& word : kLater)
      if (app.got_subcommand(word)) return usage(in_quotes(word) + " is not in this version");
    return std::nullopt;
  };
  try {
    // CLI11 takes them from the back.
    std::vector<std::string> asked = arguments;
    if (!asked.empty() && asked.front() == "help") {  // `help sync`
      asked.erase(asked.begin());
      asked.emplace_back("--help");
    }
    std::vector<std::string> reversed(asked.rbegin(), asked.rend());
    app.parse(reversed);
  } catch (const CLI::Success& success) {  // help or version
    if (const auto answer = later()) return *answer;
    std::ostringstream out, err;
    app.exit(success, out, err);
    return CliAnswer{kExitOk, out.str(), err.str()};
  } catch (const CLI::ParseError& error) {
    const auto given = app.get_subcommands();
    std::string name = given.empty() ? "" : given.front()->get_name();
    if (app.got_subcommand(account) && account->got_subcommand(adopt)) name += " adopt";
    return usage(sentence_of(error, name));
  }
  if (const auto answer = later()) return *answer;

  std::vector<std::string> words{"sync",      "run",    "status", "check",
                                 "providers", "doctor", "login",  "account"};
  const std::vector<std::string> options{"--config",  "--verbose", "--json",       "--watch",
                                         "--version", "--help",    "--accept-gone"};
  words.insert(words.end(), kLater.begin(), kLater.end());
  auto rest = app.remaining(true);
  std::erase(rest, "--");
  if (!rest.empty() && rest.front() == "--accept-gone")
    return usage("only `sync` takes `--accept-gone`");
  if (!rest.empty() && rest.front().starts_with('-')) return unknown(rest.front(), options);
  if (!rest.empty() && app.get_subcommands().empty()) return unknown(rest.front(), words);
  if (!rest.empty())
    return usage(in_quotes(app.get_subcommands().front()->get_name()) + " does not take " +
                 in_quotes(rest.front()));
  if (app.get_subcommands().empty())
    return usage("say what to do: sync, run, status, check, login, doctor, account or providers");
  const std::pair<const CLI::App*, Verb> verbs[] = {
      {sync, Verb::kSync},           {run, Verb::kRun},
      {status, Verb::kStatus},       {check, Verb::kCheck},
      {providers, Verb::kProviders}, {doctor, Verb::kDoctor},
      {login, Verb::kLogin},         {account, Verb::kAdopt}};
  for (const auto& one : verbs)
    if (app.got_subcommand(one.first)) command.verb = one.second;
  if (command.accept_gone && command.accounts.empty())
    return usage("`--accept-gone` is for one account: name it");
  if (command.watch && command.verb != Verb::kStatus) return usage("only `status` takes `--watch`");
  return command;
}

}  // namespace imapkeep
