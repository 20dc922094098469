// A command that the daemon does, as its user sees it.
#include "daemon/app/commands/remote_command.h"

#include <csignal>
#include <cstdlib>

#include "daemon/io/system_clock.h"
#include "tests/daemon/control/socket_daemon.h"

using namespace imapkeep;
using namespace std::chrono_literals;

namespace {

/// What a command wrote to a descriptor that is no terminal, or to one that is.
class Screen {
 public:
  explicit Screen(bool is_terminal) {
    if (is_terminal) {
      reading_ = Fd(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
      REQUIRE(grantpt(reading_.get()) == 0);
      REQUIRE(unlockpt(reading_.get()) == 0);
      writing_ = Fd(::open(ptsname(reading_.get()), O_RDWR | O_NOCTTY | O_CLOEXEC));
    } else {
      int ends[2];
      REQUIRE(pipe2(ends, O_CLOEXEC) == 0);
      reading_ = Fd(ends[0]);
      writing_ = Fd(ends[1]);
    }
    fcntl(reading_.get(), F_SETFL, O_NONBLOCK);
    terminal = std::make_unique<Terminal>(writing_.get());
    REQUIRE(terminal->is_terminal() == is_terminal);
  }
  std::string text() {
    char buffer[4096];
    ssize_t got = 0;
    while ((got = ::read(reading_.get(), buffer, sizeof buffer)) > 0) {
      text_.append(buffer, static_cast<std::size_t>(got));
    }
    return text_;
  }

 private:
  Fd reading_;
  Fd writing_;
  std::string text_;

 public:
  std::unique_ptr<Terminal> terminal;
};

struct Operator {
  SocketDaemon& daemon;
  Screen errors;
  Screen output;
  SystemClock clock;
  std::string printed;

  Operator(SocketDaemon& its_daemon, bool is_terminal)
      : daemon(its_daemon), errors(is_terminal), output(is_terminal) {}

  /// Runs the command while `play` answers; it is called in every round of the loop.
  int run(const ControlRequest& request, const std::function<void()>& play) {
    Operation ticking;
    std::function<void()> tick = [&] {
      play();
      ticking = daemon.timers.after(1ms, tick);
    };
    tick();
    RemoteCommand command({daemon.loop, daemon.timers, clock, *errors.terminal, *output.terminal,
                           [this](const std::string& text) { printed += text; }});
    return command.run(daemon.connected(), request);
  }
};

}  // namespace

TEST_CASE("a command in the daemon looks like one of our own") {
  SocketDaemon daemon;
  Operator person(daemon, false);
  int step = 0;
  const int code = person.run({ControlRequest::Verb::kSync}, [&] {
    if (daemon.handler.count() == 0 || step++ > 0) return;
    daemon.handler.reply().line("work: 3 new\x1b[2J");
    daemon.handler.reply().progress({10, 5, 0, 0, 0});
    daemon.handler.reply().out("out\n");
    daemon.handler.reply().end(77);
  });
  CHECK(code == 77);
  CHECK(person.errors.text() == "work: 3 new?[2J\n");
  CHECK(person.printed == "out\n");
  CHECK(person.output.text().empty());
}

TEST_CASE("on a terminal progress is a bar that goes away at the end") {
  SocketDaemon daemon;
  Operator person(daemon, true);
  int step = 0;
  const int code = person.run({ControlRequest::Verb::kSync}, [&] {
    if (daemon.handler.count() == 0) return;
    if (step == 0) daemon.handler.reply().progress({10, 5, 0, 0, 0});
    if (person.errors.text().find("5/10 messages") != std::string::npos && step < 100) {
      step = 100;
      daemon.handler.reply().end(0);
    }
    ++step;
  });
  CHECK(code == 0);
  CHECK(person.errors.text().ends_with("\r\x1b[K"));
}

TEST_CASE("pages replace each other on a terminal and follow each other elsewhere") {
  for (const bool is_terminal : {true, false}) {
    SocketDaemon daemon;
    Operator person(daemon, is_terminal);
    int shown = 0;
    person.run({ControlRequest::Verb::kStatus, {}, false, true}, [&] {
      if (daemon.handler.count() == 0 || shown > 2) return;
      const std::string text = person.output.text();
      if (shown == 0) daemon.handler.reply().page("one\n");
      if (shown == 1) {
        if (text.find("one") == std::string::npos) return;
        daemon.handler.reply().page("two\n");
      }
      if (shown == 2) {
        if (text.find("two") == std::string::npos) return;
        daemon.handler.reply().end(0);
      }
      ++shown;
    });
    CHECK(person.output.text() ==
          (is_terminal ? "\x1b[H\x1b[2Jone\r\n\x1b[H\x1b[2Jtwo\r\n" : "one\ntwo\n"));
  }
}

TEST_CASE("a broken answer prints nothing on standard output and says why") {
  SocketDaemon daemon;
  Operator person(daemon, false);
  bool said = false;
  const int code = person.run({ControlRequest::Verb::kStatus}, [&] {
    if (!daemon.server || daemon.handler.count() == 0) return;
    if (!std::exchange(said, true)) {
      daemon.handler.reply().out("half a docu");
      daemon.handler.reply().line("and what came with it");
    }
    if (!person.errors.text().empty()) daemon.server.reset();
  });
  CHECK(code == 75);
  CHECK(person.printed.empty());
  CHECK(person.errors.text() ==
        "and what came with it\nimapkeep: the daemon ended before it had answered\n");
}

TEST_CASE("Ctrl-C ends the looking on, and says that the pass goes on") {
  SocketDaemon daemon;
  Operator person(daemon, false);
  bool raised = false;
  const int code = person.run({ControlRequest::Verb::kSync}, [&] {
    if (daemon.handler.count() == 0 || raised) return;
    raised = true;
    std::raise(SIGINT);
  });
  CHECK(code == 130);
  CHECK(person.errors.text() == "imapkeep: no longer watching; the daemon goes on with the pass\n");
  daemon.run_until([&] { return daemon.handler.visit(0).cancelled; });
}
