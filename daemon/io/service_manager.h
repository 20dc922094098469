// The ServiceManager that is systemd, by its own library: datagrams to $NOTIFY_SOCKET. RELOADING=1
// carries the time, which newer versions (Type=notify-reload) wait for and older ones ignore.
#pragma once

#include <memory>

#include "daemon/base/process_environment.h"
#include "daemon/base/service_manager.h"
#include "daemon/base/timers.h"

namespace imapkeep {

class SystemdServiceManager final : public ServiceManager {
 public:
  SystemdServiceManager(const Clock& clock, Timers& timers);

  void ready(std::string_view status) override;
  void status(std::string_view text) override;
  void reloading() override;
  void stopping(std::string_view status) override;
  [[nodiscard]] std::optional<Duration> watchdog_interval() const override;
  void feed() override;
  void trigger(std::string_view why) override;

 private:
  void send_status();
  /// A state with a status, which then waits for none that came before.
  void tell(std::string state, std::string_view status);

  const Clock& clock_;
  Timers& timers_;
  std::string shown_;    // what systemd shows now
  std::string waiting_;  // what it is to show; shown_: nothing waits
  std::optional<MonoTime> sent_at_;
  bool due_ = false;
  Operation later_;
};

/// systemd when it started this process with a socket to answer on, else nobody.
std::unique_ptr<ServiceManager> own_service_manager(const ProcessEnvironment& environment,
                                                    const Clock& clock, Timers& timers);

}  // namespace imapkeep
