#include "daemon/io/input_lines.h"

#include <fcntl.h>
#include <pty.h>
#include <termios.h>
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

namespace {

/// The two ends of a terminal, and what a person sees there.
struct PseudoTerminal {
  PseudoTerminal() {
    int ends[2] = {-1, -1};
    REQUIRE(openpty(&ends[0], &ends[1], nullptr, nullptr, nullptr) == 0);
    person = Fd(ends[0]);
    program = Fd(ends[1]);
    REQUIRE(fcntl(person.get(), F_SETFL, O_NONBLOCK) == 0);
  }
  [[nodiscard]] tcflag_t modes() const {
    termios now{};
    REQUIRE(tcgetattr(program.get(), &now) == 0);
    return now.c_lflag;
  }
  void look() {
    char bytes[4096];
    for (ssize_t got; (got = ::read(person.get(), bytes, sizeof bytes)) > 0;)
      seen.append(bytes, static_cast<std::size_t>(got));
  }
  Fd person;
  Fd program;
  std::string seen;
};

}  // namespace

TEST_CASE("input lines: a terminal cuts no pasted address, and is left as it was found") {
  LoopFixture loop;
  PseudoTerminal terminal;
  const tcflag_t before = terminal.modes();
  REQUIRE((before & ICANON) != 0);
  std::vector<std::string> lines;
  const std::string address = "http://127.0.0.1:8910/?code=" + std::string(9000, 'c');
  {
    const InputLines input(loop.loop, terminal.program.get(),
                           [&](const std::string& line) { lines.push_back(line); });
    std::string pasted = address + "\n";
    while (!pasted.empty()) {
      const ssize_t taken = ::write(terminal.person.get(), pasted.data(), pasted.size());
      if (taken > 0) pasted.erase(0, static_cast<std::size_t>(taken));
      loop.run_for(std::chrono::milliseconds(1));
      terminal.look();
    }
    loop.run_until([&] {
      terminal.look();
      return lines.size() == 1;
    });
    CHECK(terminal.seen.starts_with(address.substr(0, 100)));  // it is seen as it is typed
  }
  CHECK(lines == std::vector<std::string>{address});
  CHECK(terminal.modes() == before);
}

TEST_CASE("input lines: a person may correct what was typed, and end it") {
  LoopFixture loop;
  PseudoTerminal terminal;
  std::vector<std::string> lines;
  const InputLines input(loop.loop, terminal.program.get(),
                         [&](const std::string& line) { lines.push_back(line); });
  const std::string typed =
      "wrong\x15"
      "yet\x7fs caf\xc3\xa9\x7f\x7f\x7f\x7f\x7f\n\x04late\n";
  REQUIRE(::write(terminal.person.get(), typed.data(), typed.size()) ==
          static_cast<ssize_t>(typed.size()));
  loop.run_until([&] { return lines.size() == 1; });
  loop.run_for(std::chrono::milliseconds(20));
  CHECK(lines == std::vector<std::string>{"yes"});
  CHECK((terminal.modes() & ICANON) != 0);  // given back at once
}
