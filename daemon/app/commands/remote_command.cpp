#include "daemon/app/commands/remote_command.h"

#include <csignal>
#include <optional>

#include "daemon/app/page_fit.h"
#include "daemon/base/exit_code.h"
#include "daemon/observe/progress_line.h"

namespace imapkeep {

int RemoteCommand::run(std::unique_ptr<Stream> daemon, const ControlRequest& request) {
  started_ = deps_.clock.mono_now();
  // A status changes nothing: there a signal may simply end the process.
  std::optional<Signals> signals;
  if (request.verb == ControlRequest::Verb::kSync) {
    signals.emplace(deps_.loop, std::initializer_list<int>{SIGINT, SIGTERM},
                    [this](int number) { on_signal(number); });
  }
  ControlClient client(deps_.timers, std::move(daemon));
  const Operation asking =
      client.ask(request, *this, [this](const Result<int>& result) { on_ended(result); });
  deps_.loop.run();
  deps_.terminal.set_bar("");
  deps_.print(out_);
  return exit_code_;
}

void RemoteCommand::on_ended(const Result<int>& result) {
  deps_.loop.stop();
  if (result) {
    exit_code_ = *result;
    return;
  }
  out_.clear();
  answered_ = false;
  exit_code_ = exit_code(result.error().trouble);
  deps_.terminal.write_line("imapkeep: " + without_controls(result.error().what));
}

void RemoteCommand::on_signal(int number) {
  deps_.terminal.write_line("imapkeep: no longer watching; the daemon goes on with the pass");
  exit_code_ = 128 + number;
  deps_.loop.stop();
}

void RemoteCommand::line(std::string text) { deps_.terminal.write_line(without_controls(text)); }

void RemoteCommand::page(std::string text) { deps_.screen.show_page(without_controls(text)); }

void RemoteCommand::progress(const ProgressCounts& counts) {
  deps_.terminal.set_bar(
      progress_line(counts, deps_.clock.mono_now() - started_, deps_.terminal.width() - 1));
}

}  // namespace imapkeep
