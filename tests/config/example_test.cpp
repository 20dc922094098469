// The documentation is right: the example reads without complaints, and every key is described.
#include <catch2/catch.hpp>

#include <fstream>
#include <iterator>

#include "config/account_keys.h"
#include "tests/config/config_fixture.h"

namespace imapkeep {
namespace {

std::string content(const std::string& path) {
  std::ifstream file(path);
  REQUIRE(file);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("the example configuration reads without complaints") {
  test::ConfigFixture fixture(content("docs/imapkeep.example.yaml"));
  CHECK(fixture.complaints().empty());
  const auto read = fixture.read();
  REQUIRE(read.settings.accounts.size() == 2);
  CHECK(read.settings.accounts[0].mirror.exclude.size() == 3);
  CHECK(read.settings.accounts[1].server.port == 143);
}

TEST_CASE("every key stands in the manual") {
  const auto manual = content("docs/configuration.md");
  const auto page = content("docs/man/imapkeep.yaml.5");
  for (const auto& key : account_vocabulary().built) {
    INFO(key);
    CHECK(manual.find("| `" + key) != std::string::npos);
    CHECK(page.find(".BR " + key + " ") != std::string::npos);
  }
  for (const auto& key : account_vocabulary().later) {
    INFO(key);
    CHECK(manual.find("`" + key + "`") != std::string::npos);
  }
}

}  // namespace imapkeep
