#include "daemon/io/service_manager.h"

#include <systemd/sd-daemon.h>

#include <ctime>
#include <utility>

#include "daemon/base/bytes.h"

namespace imapkeep {
namespace {

constexpr Duration kStatusInterval = std::chrono::seconds(1);
constexpr std::size_t kStatusBytes = 500;

/// A line end in what a server said would be another message to systemd, such as MAINPID=1.
std::string one_line(std::string_view text) { return printable_utf8(text, kStatusBytes); }

/// Nobody can be told when this fails; a systemd that hears nothing ends us, as it should.
void notify(const std::string& state) { sd_notify(0, state.c_str()); }

std::string monotonic_now() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return std::to_string(std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000);
}

}  // namespace

SystemdServiceManager::SystemdServiceManager(const Clock& clock, Timers& timers)
    : clock_(clock), timers_(timers) {}

void SystemdServiceManager::ready(std::string_view status) { tell("READY=1", status); }

void SystemdServiceManager::reloading() {
  notify("RELOADING=1\nMONOTONIC_USEC=" + monotonic_now());
}

void SystemdServiceManager::stopping(std::string_view status) { tell("STOPPING=1", status); }

void SystemdServiceManager::feed() { notify("WATCHDOG=1"); }

void SystemdServiceManager::trigger(std::string_view why) { tell("WATCHDOG=trigger", why); }

void SystemdServiceManager::status(std::string_view text) {
  waiting_ = one_line(text);
  if (due_ || waiting_ == shown_) return;
  const MonoTime now = clock_.mono_now();
  const Duration wait = sent_at_ ? kStatusInterval - (now - *sent_at_) : Duration::zero();
  if (wait <= Duration::zero()) return send_status();
  due_ = true;
  later_ = timers_.after(wait, [this] {
    due_ = false;
    if (waiting_ != shown_) send_status();
  });
}

void SystemdServiceManager::send_status() {
  shown_ = waiting_;
  sent_at_ = clock_.mono_now();
  notify("STATUS=" + shown_);
}

void SystemdServiceManager::tell(std::string state, std::string_view status) {
  due_ = false;
  shown_ = waiting_ = one_line(status);
  sent_at_ = clock_.mono_now();
  state += "\nSTATUS=";
  state += shown_;
  notify(state);
}

std::optional<Duration> SystemdServiceManager::watchdog_interval() const {
  std::uint64_t microseconds = 0;
  if (sd_watchdog_enabled(0, &microseconds) <= 0) return std::nullopt;
  return std::chrono::microseconds(microseconds);
}

std::unique_ptr<ServiceManager> own_service_manager(const ProcessEnvironment& environment,
                                                    const Clock& clock, Timers& timers) {
  const auto socket = environment.variable("NOTIFY_SOCKET");
  if (!socket || socket->empty()) return std::make_unique<NoServiceManager>();
  return std::make_unique<SystemdServiceManager>(clock, timers);
}

}  // namespace imapkeep
