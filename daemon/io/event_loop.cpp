#include "daemon/io/event_loop.h"

#include <uv.h>

#include <cstdio>
#include <cstdlib>
#include <system_error>

#include "daemon/io/handle.h"
#include "daemon/io/signals.h"

namespace imapkeep {
namespace {

constexpr std::size_t kReadBufferBytes = 128 * 1024;

void require(int code, const char* what) {
  if (code < 0) throw std::system_error(-code, std::generic_category(), what);
}

}  // namespace

struct EventLoop::Wake {
  Handle<uv_async_t> handle;
};

EventLoop::EventLoop()
    : loop_(std::make_unique<uv_loop_s>()),
      wake_(std::make_unique<Wake>()),
      read_buffer_(new char[kReadBufferBytes]) {
  ignore_write_signals();
  require(uv_loop_init(loop_.get()), "making the event loop");
  require(wake_->handle.open(this,
                             [this](uv_async_t* async) {
                               return uv_async_init(loop_.get(), async, [](uv_async_t* woken) {
                                 static_cast<EventLoop*>(woken->data)->run_posted();
                               });
                             }),
          "making the event loop's wake-up");
}

EventLoop::~EventLoop() {
  discard_posted();
  wake_->handle.reset();
  // Closing takes a round of the loop. More than a few rounds: somebody's handle outlives the loop
  // and would write into freed memory later; stop here, where the mistake still has a name.
  for (int round = 0; uv_loop_close(loop_.get()) == UV_EBUSY; ++round) {
    if (round == 100) {
      std::fputs("imapkeep: a bug: something made on the event loop outlives it\n", stderr);
      std::abort();
    }
    uv_run(loop_.get(), UV_RUN_NOWAIT);
  }
}

void EventLoop::run() { uv_run(loop_.get(), UV_RUN_DEFAULT); }

void EventLoop::stop() {
  post([this] { uv_stop(loop_.get()); });
}

void EventLoop::post(std::function<void()> function) {
  {
    const std::lock_guard lock(mutex_);
    posted_.push_back(std::move(function));
  }
  uv_async_send(wake_->handle.get());
}

Operation EventLoop::defer(std::function<void()> function) {
  const Pending<Done> pending([function = std::move(function)](Result<Done>) { function(); });
  post([pending] { pending.complete(Done{}); });
  return pending.operation();
}

std::span<char> EventLoop::read_buffer() { return {read_buffer_.get(), kReadBufferBytes}; }

void EventLoop::run_posted() {
  // What these functions post runs in the next round, after the sockets had their turn.
  std::vector<std::function<void()>> batch;
  {
    const std::lock_guard lock(mutex_);
    batch.swap(posted_);
  }
  for (auto& function : batch) {
    function();
    function = nullptr;
  }
}

void EventLoop::discard_posted() {
  for (;;) {  // destroying one may post another
    std::vector<std::function<void()>> batch;
    {
      const std::lock_guard lock(mutex_);
      batch.swap(posted_);
    }
    if (batch.empty()) return;
  }
}

}  // namespace imapkeep
