// Port: whoever started the daemon and wants to hear how it is: systemd, or nobody. It is told of
// the stages of its life (ready, reloading, ready again, stopping), shown one line of status, and,
// when it asked for it, fed at intervals for as long as the daemon is well: it ends a daemon that
// it does not hear of.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "daemon/base/clock.h"

namespace imapkeep {

class ServiceManager {
 public:
  virtual ~ServiceManager() = default;
  /// The daemon does its work; also the end of reloading. At once, and with this status.
  virtual void ready(std::string_view status) = 0;
  /// One line for `systemctl status`. As often as one likes: one each second arrives, the last.
  virtual void status(std::string_view text) = 0;
  /// The configuration is read again; ready() must follow, whether it was good or not.
  virtual void reloading() = 0;
  virtual void stopping(std::string_view status) = 0;

  /// Within this time of the last feed() or of the start the next one must come; nothing: nobody
  /// waits for it.
  [[nodiscard]] virtual std::optional<Duration> watchdog_interval() const = 0;
  virtual void feed() = 0;
  /// Something that cannot be has happened: be ended now, with a core dump, and started again.
  virtual void trigger(std::string_view why) = 0;
};

/// Started by hand, by cron, by a test.
class NoServiceManager final : public ServiceManager {
 public:
  void ready(std::string_view) override {}
  void status(std::string_view) override {}
  void reloading() override {}
  void stopping(std::string_view) override {}
  [[nodiscard]] std::optional<Duration> watchdog_interval() const override { return std::nullopt; }
  void feed() override {}
  void trigger(std::string_view) override {}
};

}  // namespace imapkeep
