#include "daemon/io/input_lines.h"

#include <fcntl.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <memory>
#include <vector>

#include "daemon/io/fd.h"
#include "tests/daemon/io/loop_fixture.h"
#include "tests/daemon/io/scratch.h"

using namespace imapkeep;

namespace {

struct Pipe {
  Pipe() {
    int ends[2] = {-1, -1};
    REQUIRE(pipe2(ends, O_CLOEXEC) == 0);
    out = Fd(ends[0]);
    in = Fd(ends[1]);
  }
  void say(const std::string& text) const {
    REQUIRE(::write(in.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  }
  Fd out;
  Fd in;
};

}  // namespace

TEST_CASE("input lines: whole lines as they come, the last one without an end, then silence") {
  LoopFixture loop;
  Pipe pipe;
  std::vector<std::string> lines;
  const InputLines input(loop.loop, pipe.out.get(),
                         [&](const std::string& line) { lines.push_back(line); });
  CHECK((fcntl(pipe.out.get(), F_GETFL) & O_NONBLOCK) == 0);
  pipe.say("first\nsec");
  loop.run_until([&] { return lines.size() == 1; });
  pipe.say("ond\n\nthird");
  loop.run_until([&] { return lines.size() == 3; });
  pipe.in.reset();
  loop.run_until([&] { return lines.size() == 4; });
  CHECK(lines == std::vector<std::string>{"first", "second", "", "third"});
}

TEST_CASE("input lines: a monster is dropped, and the next one is not") {
  LoopFixture loop;
  Pipe pipe;
  std::vector<std::string> lines;
  const InputLines input(loop.loop, pipe.out.get(),
                         [&](const std::string& line) { lines.push_back(line); });
  for (int i = 0; i < 40; ++i) {
    pipe.say(std::string(4096, 'x'));
    loop.run_for(std::chrono::milliseconds(1));
  }
  pipe.say("\nshort\n");
  loop.run_until([&] { return !lines.empty(); });
  CHECK(lines == std::vector<std::string>{"short"});
}

TEST_CASE("input lines: a file, nothing at all, and a reader who has heard enough") {
  LoopFixture loop;
  std::vector<std::string> lines;
  const Scratch scratch;
  put_file(scratch / "answers", "one\ntwo\n");
  const Fd file(open((scratch / "answers").c_str(), O_RDONLY | O_CLOEXEC));
  std::unique_ptr<InputLines> input;
  input = std::make_unique<InputLines>(loop.loop, file.get(), [&](const std::string& line) {
    lines.push_back(line);
    input.reset();
  });
  loop.run_until([&] { return !lines.empty(); });
  const Fd nothing(open("/dev/null", O_RDONLY | O_CLOEXEC));
  const InputLines silent(loop.loop, nothing.get(),
                          [&](const std::string& line) { lines.push_back(line); });
  loop.run_for(std::chrono::milliseconds(20));
  CHECK(lines == std::vector<std::string>{"one"});
}
