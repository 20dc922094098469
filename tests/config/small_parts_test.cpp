// Words, numbers and paths: the small parts of the configuration's language.
#include <catch2/catch.hpp>

#include "config/config_location.h"
#include "config/durations_and_sizes.h"
#include "config/nearest_word.h"
#include "config/paths.h"
#include "tests/support/fake_files.h"

namespace imapkeep {

TEST_CASE("nearest word") {
  const std::vector<std::string> words{"host", "port", "user", "auth", "authzid", "on_expunge"};
  struct Case {
    std::string word, near;
  };
  const Case cases[] = {{"hots", "host"},
                        {"Host", "host"},
                        {"hst", "host"},
                        {"prot", "port"},
                        {"usr", "user"},
                        {"autzhid", "authzid"},
                        {"on-expunge", "on_expunge"},
                        {"onexpunge", "on_expunge"},
                        {"password", ""},
                        {"x", ""},
                        {"", ""},
                        {"ho", ""},
                        {std::string(10'000, 'h'), ""}};
  for (const auto& one : cases) {
    INFO(one.word);
    CHECK(nearest_word(one.word, words).value_or("") == one.near);
  }
}

TEST_CASE("durations") {
  struct Case {
    std::string text;
    std::int64_t seconds;
  };
  for (const auto& one :
       {Case{"0s", 0}, {"15m", 900}, {"2h", 7200}, {"90d", 7'776'000}, {"1w", 604'800}}) {
    INFO(one.text);
    const auto duration = parse_duration(one.text);
    REQUIRE(duration);
    CHECK(duration->count() == one.seconds);
  }
  for (const auto* text : {"", "d", "90", "1.5h", "-1d", " 1d", "1 d", "1y", "1D", "1dd",
                           "99999999999d", "18446744073709551616s", "0x10s"}) {
    INFO(text);
    CHECK_FALSE(parse_duration(text));
  }
  CHECK(parse_duration("15").error().what ==
        "needs a unit: a whole number with s, m, h, d or w, such as 15m or 90d");
  CHECK(parse_duration("36601d").error().what == "is too large");
}

TEST_CASE("sizes") {
  struct Case {
    std::string text;
    std::uint64_t bytes;
  };
  for (const auto& one : {Case{"0", 0},
                          {"12B", 12},
                          {"1kB", 1000},
                          {"1KB", 1000},
                          {"500MB", 500'000'000},
                          {"2GB", 2'000'000'000},
                          {"1TB", 1'000'000'000'000},
                          {"64KiB", 65536},
                          {"1MiB", 1 << 20},
                          {"1GiB", 1 << 30},
                          {"3TiB", 3ULL << 40},
                          {"9223372036854775807B", INT64_MAX}}) {
    INFO(one.text);
    const auto size = parse_size(one.text);
    REQUIRE(size);
    CHECK(*size == one.bytes);
  }
  for (const auto* text : {"", "GiB", "1", "1024", "1.5GiB", "-1GiB", "1 GiB", "1g", "1gib",
                           "9223372036854775808B", "9007199254740993TiB", "1GiBB"}) {
    INFO(text);
    CHECK_FALSE(parse_size(text));
  }
}

TEST_CASE("paths") {
  test::FakeFiles files;
  const auto here = files.environment();
  struct Case {
    std::string text, file, path;
  };
  const Case cases[] = {{"/srv/mail", "a.yaml", "/srv/mail"},
                        {"//srv/./mail//", "a.yaml", "/srv/mail"},
                        {"/srv/../x", "a.yaml", "/srv/../x"},
                        {"/", "a.yaml", "/"},
                        {"mail", "a.yaml", "/conf.d/mail"},
                        {"mail", "conf/a.yaml", "/conf.d/conf/mail"},
                        {"../mail", "conf/a.yaml", "/conf.d/conf/../mail"},
                        {"mail", "/etc/imapkeep/a.yaml", "/etc/imapkeep/mail"},
                        {"mail", "/a.yaml", "/mail"},
                        {".", "/etc/a.yaml", "/etc"},
                        {"~/mail", "/etc/a.yaml", "/home/me/mail"},
                        {"~", "/etc/a.yaml", "/home/me"},
                        {"a~b", "/etc/a.yaml", "/etc/a~b"}};
  for (const auto& one : cases) {
    INFO(one.text << " in " << one.file);
    const auto path = resolve_path(here, one.text, one.file);
    REQUIRE(path);
    CHECK(*path == one.path);
  }
  CHECK_FALSE(resolve_path(here, "", "a.yaml"));
  CHECK_FALSE(resolve_path(here, "~you/mail", "a.yaml"));
  files.variables.clear();
  CHECK_FALSE(resolve_path(here, "~/mail", "a.yaml"));
}

TEST_CASE("where the configuration is") {
  test::FakeFiles files;
  const auto here = files.environment();
  CHECK(find_config(files, here, "").error().what ==
        "there is no configuration; looked for /home/me/.config/imapkeep/imapkeep.yaml and "
        "/etc/imapkeep/imapkeep.yaml; name one with -c FILE or $IMAPKEEP_CONFIG, or write one: "
        "`imapkeep providers NAME` shows what goes into it");

  files.put("/etc/imapkeep/imapkeep.yaml", "");
  CHECK(*find_config(files, here, "") == "/etc/imapkeep/imapkeep.yaml");
  files.put("/home/me/.config/imapkeep/imapkeep.yaml", "");
  CHECK(*find_config(files, here, "") == "/home/me/.config/imapkeep/imapkeep.yaml");
  files.variables["XDG_CONFIG_HOME"] = "relative";  // to be ignored, says its specification
  CHECK(*find_config(files, here, "") == "/home/me/.config/imapkeep/imapkeep.yaml");
  files.variables["XDG_CONFIG_HOME"] = "/xdg";
  CHECK(*find_config(files, here, "") == "/etc/imapkeep/imapkeep.yaml");
  files.put_directory("/xdg/imapkeep/imapkeep.yaml");  // there, and wrong: to be said, not skipped
  CHECK(*find_config(files, here, "") == "/xdg/imapkeep/imapkeep.yaml");
  files.variables["IMAPKEEP_CONFIG"] = "mine.yaml";
  CHECK(*find_config(files, here, "") == "mine.yaml");
  CHECK(*find_config(files, here, "other.yaml") == "other.yaml");

  files.variables = {};
  CHECK(*find_config(files, here, "") == "/etc/imapkeep/imapkeep.yaml");
}

}  // namespace imapkeep
