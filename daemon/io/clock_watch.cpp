#include "daemon/io/clock_watch.h"

#include <sys/timerfd.h>

#include <cerrno>
#include <system_error>

#include "daemon/io/fd.h"
#include "daemon/io/handle.h"

namespace imapkeep {
namespace {

constexpr std::int64_t kNever = 9'000'000'000;  // seconds: in the year 2255, and the kernel's limit

}  // namespace

struct ClockWatch::State : std::enable_shared_from_this<State> {
  Fd fd;
  Handle<uv_poll_t> handle;
  std::function<void()> jumped;

  bool arm() {
    itimerspec never{};
    never.it_value.tv_sec = kNever;
    return timerfd_settime(fd.get(), TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never,
                           nullptr) == 0 ||
           errno == ECANCELED;  // set between two calls of ours; the timer is armed all the same
  }

  void on_readable() {
    std::uint64_t ignored = 0;
    [[maybe_unused]] const auto cancelled = ::read(fd.get(), &ignored, sizeof ignored);
    arm();
    jumped();
  }
};

ClockWatch::ClockWatch(EventLoop& loop, std::function<void()> jumped)
    : state_(std::make_shared<State>()) {
  state_->jumped = std::move(jumped);
  state_->fd = Fd(timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK));
  if (!state_->fd.is_open() || !state_->arm()) {
    throw std::system_error(errno, std::generic_category(), "watching the clock");
  }
  int code = state_->handle.open(state_.get(), [&](uv_poll_t* raw) {
    return uv_poll_init(loop.raw(), raw, state_->fd.get());
  });
  if (code == 0) {
    code = uv_poll_start(state_->handle.get(), UV_READABLE, [](uv_poll_t* raw, int, int) {
      const auto self = static_cast<State*>(raw->data)->shared_from_this();
      self->on_readable();
    });
  }
  if (code < 0) throw std::system_error(-code, std::generic_category(), "watching the clock");
}

ClockWatch::~ClockWatch() {
  state_->handle.reset();
  state_->fd.reset();
}

}  // namespace imapkeep
