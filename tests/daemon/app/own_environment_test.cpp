// The configuration as it is read in earnest: real files, real links, the real environment.
#include "daemon/app/own_environment.h"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "config/config_location.h"
#include "daemon/app/commands/check_command.h"
#include "daemon/io/posix_files.h"
#include "tests/daemon/io/scratch.h"

namespace imapkeep {
namespace {

std::string config_with(const std::string& password) {
  return "state: state\naccounts:\n  work:\n    host: h\n    user: me\n    auth: {password: "
         "{file: " +
         password + "}}\n    store: {maildir: mail}\n";
}

struct World {
  Scratch scratch;
  PosixFiles files;
  ProcessEnvironment environment = own_environment();

  void put(const std::string& name, const std::string& content, mode_t mode) {
    put_file(scratch / name, content);
    REQUIRE(chmod((scratch / name).c_str(), mode) == 0);
  }
  void link(const std::string& name, const std::string& target) {
    REQUIRE(symlink(target.c_str(), (scratch / name).c_str()) == 0);
  }
  /// With the directory of the test written as "@".
  std::string told(const std::string& config) {
    Command command;
    command.config = scratch / config;
    const auto answer = check_configuration(files, environment, command);
    std::string text = answer.out + answer.err;
    for (std::size_t at = 0; (at = text.find(scratch.path())) != std::string::npos;)
      text.replace(at, scratch.path().size(), "@");
    return text;
  }
};

}  // namespace

TEST_CASE("a real configuration, its links followed") {
  World world;
  world.put("c.yaml", config_with("pw"), 0644);
  world.put("real.password", "swordfish\n", 0600);
  world.link("pw", "real.password");
  world.link("linked.yaml", "c.yaml");
  const std::string kGood = "work: h:993 as me → @/mail (Maildir)\n";
  CHECK(world.told("c.yaml") == kGood);
  CHECK(world.told("linked.yaml") == kGood);

  // What counts is the file at the end of the link.
  world.put("real.password", "swordfish\n", 0640);
  CHECK(world.told("c.yaml") ==
        "@/c.yaml:6:29: the secret file @/pw is open to others (mode 0640); chmod 600 it\n");
  world.put("c.yaml", config_with("pw"), 0666);
  CHECK(
      world.told("linked.yaml") ==
      "@/linked.yaml: this file, which may name commands to run, may be written by anybody: chmod "
      "o-w it\n");
}

TEST_CASE("real files that are not there, or none") {
  World world;
  CHECK(world.told("none.yaml") == "@/none.yaml does not exist\n");
  CHECK(world.told("none/none.yaml") == "@/none/none.yaml does not exist\n");
  REQUIRE(mkdir((world.scratch / "dir").c_str(), 0700) == 0);
  CHECK(world.told("dir") == "@/dir is not a regular file\n");
  CHECK(world.told("dir/") == "@/dir/ is not a regular file\n");
  REQUIRE(mkfifo((world.scratch / "fifo").c_str(), 0600) == 0);
  CHECK(world.told("fifo") == "@/fifo is not a regular file\n");
  world.link("a", "b");
  world.link("b", "a");
  CHECK(world.told("a") == "@/a is a link that leads nowhere\n");
  world.link("dangling", "nowhere");
  CHECK(world.told("dangling") == "@/dangling is a link that leads nowhere\n");
  world.put("c.yaml", config_with("gone"), 0600);
  CHECK(world.told("c.yaml") == "@/c.yaml:6:29: @/gone does not exist\n");
  world.put("file", "", 0600);
  CHECK(world.told("file/c.yaml") == "@/file/c.yaml does not exist\n");
}

TEST_CASE("the real include, and stores that meet behind a link") {
  World world;
  const auto one = [](const std::string& name, const std::string& store) {
    return "accounts: {" + name +
           ": {host: h, user: u, auth: {password: {env: P}}, store: " + "{maildir: " + store +
           "}}}\n";
  };
  REQUIRE(mkdir((world.scratch / "d").c_str(), 0700) == 0);
  REQUIRE(mkdir((world.scratch / "mail").c_str(), 0700) == 0);
  world.link("also", "mail");
  world.put("c.yaml", "state: state\ninclude: d/*.yaml\n", 0600);
  world.put("d/b.yaml", one("b", "../also/x/y"), 0600);
  world.put("d/a.yaml", one("a", "../mail"), 0600);
  CHECK(world.told("c.yaml") == "@/d/b.yaml:1:79: the store of `b` lies inside the store of `a`\n");
  world.put("d/b.yaml", one("b", "../other"), 0600);
  CHECK(world.told("c.yaml") ==
        "a: h:993 as u → @/d/../mail (Maildir)\n"
        "b: h:993 as u → @/d/../other (Maildir)\n");
}

TEST_CASE("this very process") {
  const auto own = own_environment();
  CHECK(own.working_directory.starts_with('/'));
  CHECK(own.user_id == geteuid());
  CHECK(own.variable("PATH").has_value());
  CHECK_FALSE(own.variable("IMAPKEEP_SURELY_NOT_SET").has_value());
  CHECK(own.real_path("/proc/self/../self/status/none").starts_with("/proc/"));
}

}  // namespace imapkeep
