// A command that a running daemon does for us: what it says appears here as if we had done it
// ourselves, and its exit code is ours. Ctrl-C ends the looking on; what the daemon does goes on.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "daemon/app/terminal.h"
#include "daemon/base/clock.h"
#include "daemon/control/control_client.h"
#include "daemon/io/signals.h"

namespace imapkeep {

class RemoteCommand final : private ControlOutput {
 public:
  struct Deps {
    EventLoop& loop;
    Timers& timers;
    const Clock& clock;
    Terminal& terminal;                             ///< standard error: lines and the bar
    Terminal& screen;                               ///< standard output: pages
    std::function<void(const std::string&)> print;  ///< to standard output
  };

  explicit RemoteCommand(Deps deps) : deps_(std::move(deps)) {}

  /// Runs the loop to the end; the exit code. Standard output is printed as a whole, at the end:
  /// half a JSON document helps nobody.
  int run(std::unique_ptr<Stream> daemon, const ControlRequest& request);
  /// Whether run() had the daemon's own answer; else it has said why not.
  [[nodiscard]] bool answered() const { return answered_; }

 private:
  void on_ended(const Result<int>& result);
  void on_signal(int number);

  void out(std::string text) override { out_ += text; }
  void line(std::string text) override;
  void page(std::string text) override;
  void progress(const ProgressCounts& counts) override;

  Deps deps_;
  std::string out_;
  MonoTime started_;
  int exit_code_ = 0;
  bool answered_ = true;
};

}  // namespace imapkeep
