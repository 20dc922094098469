// `imapkeep run`: the daemon as a process. The supervisor does the work; here it is tied to the
// world outside: signals (stop, reload), the service manager, the control socket, the watchdog, and
// what happens to the machine. Ready means: configuration read, state locked, ledger open, control
// socket listening; not that any server has been reached.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "daemon/app/application.h"
#include "daemon/app/commands/command_input.h"
#include "daemon/app/daemon_control.h"
#include "daemon/app/supervisor.h"
#include "daemon/app/system_ports.h"
#include "daemon/app/watchdog.h"
#include "daemon/app/worker_watch.h"
#include "daemon/control/control_server.h"
#include "daemon/io/kernel_host_events.h"
#include "daemon/io/local_listener.h"
#include "daemon/io/service_manager.h"
#include "daemon/io/signals.h"

namespace imapkeep {

class RunCommand {
 public:
  /// `load`: the configuration as it is now.
  RunCommand(SystemPorts& system, Application& application, std::function<Result<Settings>()> load);
  RunCommand(const RunCommand&) = delete;
  RunCommand& operator=(const RunCommand&) = delete;
  /// Until SIGTERM or SIGINT; the exit code.
  int run();

 private:
  void on_started(const Result<Done>& started);
  void on_signal(int number);
  Result<Done> reload();
  void stop();
  void give_up();
  void end_when_all_stopped();
  void fail(const Error& error);
  [[nodiscard]] std::string status() const;

  SystemPorts& system_;
  Application& application_;
  std::function<Result<Settings>()> load_;
  std::unique_ptr<ServiceManager> manager_;
  KernelHostEvents host_events_;
  Watchdog watchdog_;
  WorkerWatch worker_watch_;
  Supervisor supervisor_;
  DaemonControl handler_;
  ControlServer control_;
  std::unique_ptr<LocalListener> listener_;
  std::unique_ptr<Signals> signals_;
  std::string complaint_;  ///< why the newest configuration is not in force
  bool started_ = false;
  bool reload_asked_ = false;  ///< before it was started
  bool stopping_ = false;
  bool ending_ = false;  ///< stop() will be called
  int left_to_stop_ = 0;
  int exit_code_ = 0;
  Operation starting_;
  Operation listening_;
  Operation host_event_;
  Operation stopping_accounts_;
  Operation stopping_clients_;
  Operation stopping_tokens_;
  Operation deadline_;
};

/// The exit code.
int run_daemon(CommandInput input);

}  // namespace imapkeep
