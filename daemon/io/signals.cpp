#include "daemon/io/signals.h"

#include <csignal>
#include <system_error>
#include <vector>

#include "daemon/io/handle.h"

namespace imapkeep {

struct Signals::State : std::enable_shared_from_this<State> {
  std::function<void(int)> handler;
  std::vector<Handle<uv_signal_t>> handles;

  static void on_signal(uv_signal_t* watched, int number) {
    const auto self = static_cast<State*>(watched->data)->shared_from_this();
    self->handler(number);
  }
};

Signals::Signals(EventLoop& loop, std::initializer_list<int> numbers,
                 std::function<void(int)> handler)
    : state_(std::make_shared<State>()) {
  state_->handler = std::move(handler);
  for (const int number : numbers) {
    Handle<uv_signal_t> handle;
    int code = handle.open(state_.get(),
                           [&loop](uv_signal_t* raw) { return uv_signal_init(loop.raw(), raw); });
    if (code == 0) code = uv_signal_start(handle.get(), &State::on_signal, number);
    if (code < 0) throw std::system_error(-code, std::generic_category(), "watching a signal");
    state_->handles.push_back(std::move(handle));
  }
}

Signals::~Signals() { state_->handles.clear(); }

void ignore_write_signals() {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
}

}  // namespace imapkeep
