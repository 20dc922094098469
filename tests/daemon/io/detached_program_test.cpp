#include "daemon/io/detached_program.h"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "tests/daemon/io/scratch.h"

using namespace imapkeep;

TEST_CASE("a detached program gets its arguments as they are, and a session of its own") {
  const Scratch scratch;
  const std::string path = scratch / "told";
  REQUIRE(mkfifo(path.c_str(), 0600) == 0);
  const std::string url = "https://as.example/?a=1&b=$(id)";
  const std::string script = R"sh(printf '%s %s' "$2" "$(cut -d' ' -f6 /proc/$$/stat)" >"$1")sh";
  REQUIRE(start_detached({"sh", "-c", script, "sh", path, url}));
  const std::string told = content_of(path);  // waits for the program
  CHECK(told.starts_with(url + " "));
  CHECK(told.size() > url.size() + 1);
  CHECK(told != url + " " + std::to_string(getsid(0)));
}

TEST_CASE("a detached program that is not there is an error") {
  const auto started = start_detached({"no-such-browser-here", "x"});
  REQUIRE_FALSE(started);
  CHECK(started.error().what.find("no-such-browser-here") != std::string::npos);
  CHECK_FALSE(start_detached({}));
}
