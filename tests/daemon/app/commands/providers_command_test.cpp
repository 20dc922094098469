// What `imapkeep providers` prints: a line for each, and a page for each that a terminal can hold.
#include "daemon/app/commands/providers_command.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <sstream>

#include "config/providers.h"

namespace imapkeep {
namespace {

CliAnswer show(const std::string& name, bool json = false) {
  Command command;
  command.verb = Verb::kProviders;
  if (!name.empty()) command.accounts = {name};
  command.json = json;
  return show_providers(command);
}

}  // namespace

TEST_CASE("the table has a line for each provider") {
  const auto answer = show("");
  CHECK(answer.exit_code == 0);
  CHECK(answer.out.starts_with(
      "gmail         imap.gmail.com          code, service-account, app password\n"
      "outlook       outlook.office365.com   code, device\n"));
  CHECK(answer.out.find("\nyahoo         imap.mail.yahoo.com     app password\n") !=
        std::string::npos);
  CHECK(answer.out.find("\nNot tried live: ") != std::string::npos);
}

TEST_CASE("a page has every step and source, and fits") {
  for (const auto& name : provider_names()) {
    INFO(name);
    const auto answer = show(name);
    CHECK(answer.exit_code == 0);
    CHECK(answer.out.find("Not tried live: this was read in the sources below, in 20") !=
          std::string::npos);
    const Provider& provider = *find_provider(name);
    for (const auto source : provider.sources)
      CHECK(answer.out.find("\n  " + std::string(source) + "\n") != std::string::npos);
    const std::size_t last = std::max(provider.client_steps.size(), provider.password_steps.size());
    CHECK(answer.out.find("\n  " + std::to_string(last) + ". ") != std::string::npos);
    CHECK(answer.out.find("\n  " + std::to_string(last + 1) + ". ") == std::string::npos);
    std::istringstream lines(answer.out);
    for (std::string line; std::getline(lines, line);) {
      INFO(line);
      CHECK((line.size() <= 90 || line.find("https://") != std::string::npos));
      CHECK(std::count(line.begin(), line.end(), '`') % 2 == 0);  // can be copied
    }
  }
}

TEST_CASE("as JSON, and a name that nobody has") {
  CHECK(show("", true).out.find("\"name\": \"mail.ru\"") != std::string::npos);
  CHECK(show("aol", true).out.find("\"tried_live\": false") != std::string::npos);
  CHECK(show("gmial").exit_code == 64);
  CHECK(show("gmial").err ==
        "imapkeep: nothing is known of the provider `gmial`; did you mean `gmail`?\n");
  CHECK(show("acme").err ==
        "imapkeep: nothing is known of the provider `acme`; `imapkeep providers` lists them\n");
}

}  // namespace imapkeep
