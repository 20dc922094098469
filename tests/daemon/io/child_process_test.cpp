#include "daemon/io/child_process.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "daemon/io/fd.h"
#include "daemon/io/signals.h"
#include "daemon/io/system_clock.h"
#include "tests/daemon/io/scratch.h"

using namespace imapkeep;
using namespace std::chrono_literals;

namespace {

Result<std::string> run(std::vector<std::string> argv, Duration deadline = 20s) {
  return ChildProcess().output_of(argv, deadline);
}

}  // namespace

TEST_CASE("the output of a program comes as it is") {
  struct Case {
    std::vector<std::string> argv;
    std::string output;
  };
  for (const Case& item : std::vector<Case>{
           {{"printf", "pass word\\n"}, "pass word\n"},
           {{"printf", "a\\000b"}, std::string("a\0b", 3)},
           {{"true"}, ""},
           {{"sh", "-c", "cat"}, ""},  // standard input is empty, not ours
           {{"echo", "$HOME", "`id`", "*"}, "$HOME `id` *\n"},
           {{"sh", "-c", "exec 1>&-; exit 0"}, ""},
           {{"sh", "-c", "head -c 65536 /dev/zero | tr '\\0' x"}, std::string(65536, 'x')},
       }) {
    INFO(item.argv.back());
    const auto output = run(item.argv);
    REQUIRE(output);
    CHECK(*output == item.output);
  }
}

TEST_CASE("what a program leaves running is not waited for") {
  const auto begun = std::chrono::steady_clock::now();
  const auto output = run({"sh", "-c", "sleep 100 & echo $!"});
  REQUIRE(output);
  CHECK(std::chrono::steady_clock::now() - begun < 50s);
  const pid_t left = std::stoi(*output);
  CHECK(kill(left, 0) == 0);
  kill(left, SIGKILL);
}

TEST_CASE("a program that fails is an error that names it, but not its arguments") {
  struct Case {
    std::vector<std::string> argv;
    std::string says;
  };
  for (const Case& item : std::vector<Case>{
           {{"/nonexistent/program", "private"}, "No such file or directory (ENOENT)"},
           {{"/", "private"}, "EACCES"},
           {{"sh", "-c", "echo secret; exit 3", "private"}, "\"sh\" ended with status 3"},
           {{"sh", "-c", "kill -9 $$", "private"}, "\"sh\" was ended by signal 9"},
           {{"sh", "-c", "head -c 65537 /dev/zero", "private"}, "wrote more than 64 KiB"},
           {{"yes", "private"}, "wrote more than 64 KiB"},
           {{}, "empty command"},
           {{""}, "empty command"},
       }) {
    INFO(item.says);
    const auto output = run(item.argv);
    REQUIRE_FALSE(output);
    CHECK(output.error().what.find(item.says) != std::string::npos);
    CHECK(output.error().what.find("private") == std::string::npos);
    CHECK(output.error().what.find("secret") == std::string::npos);
    CHECK(output.error().trouble == Trouble::kConfig);
    CHECK(output.error().remedy == Remedy::kNeedsOperator);
  }
}

TEST_CASE("past its deadline a program is killed with all it started") {
  for (const std::string script : {"sleep 600 & echo $! >&9; wait", "exec 1>&-; sleep 600"}) {
    INFO(script);
    const Scratch scratch;
    const std::string pid_file = scratch / "pid";
    const MonoTime before = SystemClock::boot_now();
    const auto output = run({"sh", "-c", "exec 9>" + pid_file + "; echo $$ >&9; " + script}, 300ms);
    REQUIRE_FALSE(output);
    CHECK(output.error().what.find("did not end within 1 s") != std::string::npos);
    CHECK(SystemClock::boot_now() - before < 20s);
    const pid_t group = std::stoi(content_of(pid_file));
    // Killed and, the leader, reaped: what is left of the group can only be on its way out.
    if (kill(-group, 0) == 0) {
      const std::string state = content_of("/proc/" + std::to_string(group) + "/stat");
      CHECK(state.empty());
    }
  }
}

TEST_CASE("a child gets neither our descriptors nor our ignored signals") {
  ignore_write_signals();
  const Fd leak(open("/dev/null", O_RDONLY));  // on purpose without O_CLOEXEC
  REQUIRE(leak.is_open());
  const auto open_files =
      run({"sh", "-c",
           "for n in 0 1 2 " + std::to_string(leak.get()) +
               " 3 4 5 6 7 8 9; do [ -e /proc/$$/fd/$n ] && printf $n; done; :"});
  REQUIRE(open_files);
  CHECK(*open_files == "012");
  const auto ignored = run({"sh", "-c", "sed -n 's/^SigIgn:\\t//p' /proc/$$/status"});
  REQUIRE(ignored);
  const auto mask = std::stoull(*ignored, nullptr, 16);
  CHECK((mask & (1ULL << (SIGPIPE - 1))) == 0);
  CHECK((mask & (1ULL << (SIGXFSZ - 1))) == 0);
}
