#include "daemon/io/uv_timers.h"

#include <sys/timerfd.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <optional>
#include <system_error>

#include "daemon/io/fd.h"
#include "daemon/io/handle.h"
#include "daemon/io/system_clock.h"

namespace imapkeep {
namespace {

// Keeps now + delay far from overflow; nobody waits longer.
constexpr Duration kLongestDelay = std::chrono::hours(24 * 3650);

}  // namespace

class UvTimers::Queue : public std::enable_shared_from_this<Queue> {
 public:
  /// Equal times fire in the order they were asked for.
  using Key = std::pair<MonoTime, std::uint64_t>;

  explicit Queue(EventLoop& loop)
      : fd_(timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK)) {
    if (!fd_.is_open()) throw std::system_error(errno, std::generic_category(), "making a timer");
    int code = handle_.open(
        this, [&](uv_poll_t* raw) { return uv_poll_init(loop.raw(), raw, fd_.get()); });
    if (code == 0) {
      code = uv_poll_start(handle_.get(), UV_READABLE, [](uv_poll_t* raw, int, int) {
        const auto self = static_cast<Queue*>(raw->data)->shared_from_this();
        self->fire();
      });
    }
    if (code < 0) throw std::system_error(-code, std::generic_category(), "watching a timer");
  }

  Key add(Duration delay, std::function<void()> handler) {
    const Duration wait = std::clamp(delay, Duration::zero(), kLongestDelay);
    const Key key(SystemClock::boot_now() + wait, next_id_++);
    waiting_.emplace(key, std::move(handler));
    arm();
    return key;
  }

  void cancel(const Key& key) {
    // Out of the map before it is destroyed: what the handler owns may cancel timers, too. The
    // timerfd stays armed; one idle wake-up is cheaper than a system call per cancelled deadline.
    const auto dies = waiting_.extract(key);
  }

  void close() {
    handle_.reset();
    fd_.reset();
    const auto die = std::exchange(waiting_, {});
  }

 private:
  void fire() {
    std::uint64_t expirations = 0;
    [[maybe_unused]] const auto ignored = ::read(fd_.get(), &expirations, sizeof expirations);
    armed_.reset();
    const Key end(SystemClock::boot_now(), next_id_);  // those added from now on wait a round
    while (!waiting_.empty() && waiting_.begin()->first < end) {
      const auto due = waiting_.extract(waiting_.begin());
      due.mapped()();
    }
    arm();
  }

  void arm() {
    if (waiting_.empty() || !fd_.is_open()) return;
    const MonoTime due = waiting_.begin()->first.first;
    if (armed_ && *armed_ <= due) return;
    const auto since_boot = due.time_since_epoch();
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(since_boot);
    itimerspec when{};
    when.it_value.tv_sec = seconds.count();
    when.it_value.tv_nsec = (since_boot - seconds).count();
    timerfd_settime(fd_.get(), TFD_TIMER_ABSTIME, &when, nullptr);
    armed_ = due;
  }

  Fd fd_;
  Handle<uv_poll_t> handle_;
  std::map<Key, std::function<void()>> waiting_;
  std::uint64_t next_id_ = 0;
  std::optional<MonoTime> armed_;
};

UvTimers::UvTimers(EventLoop& loop) : queue_(std::make_shared<Queue>(loop)) {}

UvTimers::~UvTimers() { queue_->close(); }

Operation UvTimers::after(Duration delay, std::function<void()> handler) {
  const Queue::Key key = queue_->add(delay, std::move(handler));
  return Operation([weak = std::weak_ptr<Queue>(queue_), key] {
    if (const auto queue = weak.lock()) queue->cancel(key);
  });
}

}  // namespace imapkeep
