// One life of `imapkeep run`, from reading the configuration to its end, with simulated ports under
// it: what main and RunCommand tie together, less the process around it (signals, the service
// manager, the socket itself). Disk, ledger file and servers outlive it.
#pragma once

#include <list>
#include <memory>
#include <string>

#include "daemon/app/application.h"
#include "daemon/app/daemon_control.h"
#include "daemon/app/supervisor.h"
#include "daemon/base/files.h"
#include "tests/support/fixed_random.h"
#include "tests/support/sim_network.h"
#include "tests/support/sim_workers.h"
#include "tests/support/sim_world.h"

namespace imapkeep::sim {

class DaemonProcess {
 public:
  struct World {
    SimWorld& time;
    SimNetwork& network;
    Files& files;
    FixedRandom& random;
    LogSink& log;
    std::string config;  ///< path
  };

  /// An error: it says why and ends at once.
  static Result<std::unique_ptr<DaemonProcess>> start(const World& world);
  ~DaemonProcess();
  DaemonProcess(const DaemonProcess&) = delete;
  DaemonProcess& operator=(const DaemonProcess&) = delete;

  /// SIGKILL: nothing is written any more. To be destroyed next.
  void kill();
  void terminate();  ///< SIGTERM
  [[nodiscard]] bool is_terminating() const { return terminating_; }
  [[nodiscard]] bool has_ended() const { return ended_; }
  Result<Done> reload();  ///< SIGHUP
  void on_host_event(HostEvent host_event) { supervisor_.on_host_event(host_event); }

  /// A command over the control socket.
  void ask(const ControlRequest& request);
  void hang_up();  ///< the oldest client goes away
  /// Clients that wait for an answer.
  [[nodiscard]] std::size_t unanswered() const;

  [[nodiscard]] Supervisor& supervisor() { return supervisor_; }
  [[nodiscard]] const Settings& settings() const { return application_->settings; }
  [[nodiscard]] SimWorkers& workers();

 private:
  struct SimPorts;
  struct Client;

  DaemonProcess(const World& world, std::unique_ptr<SimPorts> ports,
                std::unique_ptr<Application> application);

  World world_;
  std::unique_ptr<SimPorts> ports_;
  std::unique_ptr<Application> application_;
  Supervisor supervisor_;
  DaemonControl handler_;
  std::list<std::unique_ptr<Client>> clients_;
  bool terminating_ = false;
  bool ended_ = false;
  Operation starting_;
  Operation stopping_;
};

}  // namespace imapkeep::sim
