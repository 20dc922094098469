#include "daemon/io/input_lines.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <optional>
#include <utility>

#include "daemon/base/secret.h"
#include "daemon/io/handle.h"
#include "daemon/io/retry.h"
#include "daemon/io/typing_mode.h"

namespace imapkeep {

struct InputLines::State : std::enable_shared_from_this<State> {
  int fd = -1;
  std::function<void(const std::string&)> handler;
  Handle<uv_poll_t> poll;
  Handle<uv_idle_t> idle;            // for a file, which is always readable and cannot be polled
  std::optional<TypingMode> typing;  // a terminal
  std::string line;
  bool too_long = false;

  /// Readable: one read takes what is there and does not wait.
  void read_some() {
    std::array<char, 4096> bytes{};
    const ssize_t got = retried([&] { return ::read(fd, bytes.data(), bytes.size()); });
    if (got <= 0) return end();
    for (const char byte : std::string_view(bytes.data(), static_cast<std::size_t>(got))) {
      const auto typed = typing ? typing->take(byte, line) : TypingMode::Typed::kText;
      if (typed == TypingMode::Typed::kEnd) return end();
      if (typed == TypingMode::Typed::kEdited) continue;
      if (byte == '\n') {
        finish_line();
      } else if (line.size() < kMostBytes) {
        line += byte;
      } else {
        too_long = true;
      }
    }
  }

  void finish_line() {
    std::string whole = std::exchange(line, {});
    const auto call = handler;  // which may take itself away
    if (!std::exchange(too_long, false) && call) call(whole);
    wipe(whole);  // it may have been a code
  }

  void end() {
    poll.reset();
    idle.reset();
    typing.reset();
    if (!line.empty()) finish_line();
  }
};

InputLines::InputLines(EventLoop& loop, int fd, std::function<void(const std::string&)> handler)
    : state_(std::make_shared<State>()) {
  state_->fd = fd;
  state_->handler = std::move(handler);
  state_->typing.emplace(fd);
  if (!state_->typing->is_on()) state_->typing.reset();
  // libuv makes what it polls non-blocking, and with it the terminal of whoever started us.
  const int flags = fcntl(fd, F_GETFL);
  int code = state_->poll.open(state_.get(),
                               [&](uv_poll_t* raw) { return uv_poll_init(loop.raw(), raw, fd); });
  if (code == 0) {
    if (flags >= 0) (void)fcntl(fd, F_SETFL, flags);
    (void)uv_poll_start(state_->poll.get(), UV_READABLE, [](uv_poll_t* raw, int, int) {
      const auto self = static_cast<State*>(raw->data)->shared_from_this();
      self->read_some();
    });
    return;
  }
  code = state_->idle.open(state_.get(),
                           [&](uv_idle_t* raw) { return uv_idle_init(loop.raw(), raw); });
  if (code < 0) return;
  (void)uv_idle_start(state_->idle.get(), [](uv_idle_t* raw) {
    const auto self = static_cast<State*>(raw->data)->shared_from_this();
    self->read_some();
  });
}

InputLines::~InputLines() {
  state_->handler = nullptr;
  state_->poll.reset();
  state_->idle.reset();
  state_->typing.reset();
}

}  // namespace imapkeep
