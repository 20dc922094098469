#include "daemon/io/curl_multi.h"

#include <utility>

namespace imapkeep {

CurlMulti::CurlMulti(EventLoop& loop, Timers& timers)
    : loop_(loop), timers_(timers), library_(CurlLibrary::load()) {
  if (!library_) return;
  multi_ = curl().multi_init();
  if (multi_ == nullptr) {
    library_ = server_error("libcurl cannot be used: no memory", Remedy::kRetryLater);
    return;
  }
  using OnSocket = int (*)(CURL*, curl_socket_t, int, void*, void*);
  using OnTimer = int (*)(CURLM*, long, void*);
  const OnSocket on_socket = [](CURL*, curl_socket_t socket, int what, void* self, void*) {
    return static_cast<CurlMulti*>(self)->watch(socket, what);
  };
  const OnTimer on_timer = [](CURLM*, long milliseconds, void* self) {
    static_cast<CurlMulti*>(self)->arm(milliseconds);
    return 0;
  };
  curl().multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, on_socket);
  curl().multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
  curl().multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, on_timer);
  curl().multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
}

Result<Done> CurlMulti::usable() const {
  return library_ ? Result<Done>(Done{}) : Result<Done>(library_.error());
}

Operation CurlMulti::start(std::unique_ptr<CurlExchange> exchange) {
  CURL* easy = exchange->easy();
  Running& running = running_[easy];
  running.exchange = std::move(exchange);
  running.deadline = timers_.after(running.exchange->deadline(), [this, easy] {
    const auto found = running_.find(easy);
    if (found != running_.end()) fail(easy, found->second.exchange->late());
  });
  curl().multi_add_handle(multi_, easy);  // begins with the timer, never here
  return running.exchange->operation([weak = weak_from_this(), easy] {
    if (const auto self = weak.lock()) self->drop(easy);
  });
}

/// Out of curl's hands and ours; not while curl is calling.
CurlMulti::Running CurlMulti::take(CURL* easy) {
  auto node = running_.extract(easy);
  if (!node) return {};
  if (multi_ != nullptr) curl().multi_remove_handle(multi_, easy);
  return std::move(node.mapped());
}

void CurlMulti::drop(CURL* easy) {
  if (!in_curl_) {
    const Running dies = take(easy);
    return;
  }
  const auto found = running_.find(easy);
  if (found == running_.end()) return;
  found->second.exchange->abandon();
  dropped_.push_back(easy);
}

void CurlMulti::fail(CURL* easy, const Error& why) {
  const auto self = shared_from_this();
  const Running failed = take(easy);
  if (failed.exchange) failed.exchange->fail(why);
}

void CurlMulti::unpause(CURL* easy) {
  const auto self = shared_from_this();
  in_curl_ = true;
  curl().easy_pause(easy, CURLPAUSE_CONT);
  in_curl_ = false;
  after_curl();
}

void CurlMulti::close() {
  if (in_curl_) {
    for (const auto& [easy, running] : running_) drop(easy);
    closing_ = true;
    return;
  }
  timer_.cancel();
  for (const auto& [easy, running] : running_) curl().multi_remove_handle(multi_, easy);
  curl().multi_cleanup(std::exchange(multi_, nullptr));
  sockets_.clear();
  running_.clear();
}

/// What was asked for while curl was calling. False: all is closed.
bool CurlMulti::after_curl() {
  for (CURL* easy : std::exchange(dropped_, {})) const Running dies = take(easy);
  if (std::exchange(closing_, false)) close();
  return multi_ != nullptr;
}

/// From inside curl: no exchange may be touched here.
int CurlMulti::watch(curl_socket_t socket, int what) {
  if (what == CURL_POLL_REMOVE) {
    sockets_.erase(socket);
    return 0;
  }
  Watch& watch = sockets_[socket];
  if (watch.poll.get() == nullptr) {
    watch.owner = this;
    watch.socket = socket;
    const int code = watch.poll.open(
        &watch, [&](uv_poll_t* raw) { return uv_poll_init(loop_.raw(), raw, socket); });
    if (code < 0) {
      sockets_.erase(socket);
      return -1;
    }
  }
  const int events = ((what & CURL_POLL_IN) != 0 ? UV_READABLE : 0) |
                     ((what & CURL_POLL_OUT) != 0 ? UV_WRITABLE : 0);
  uv_poll_start(watch.poll.get(), events, [](uv_poll_t* raw, int status, int ready) {
    const auto* seen = static_cast<Watch*>(raw->data);
    int flags = status < 0 ? CURL_CSELECT_ERR : 0;
    if ((ready & UV_READABLE) != 0) flags |= CURL_CSELECT_IN;
    if ((ready & UV_WRITABLE) != 0) flags |= CURL_CSELECT_OUT;
    seen->owner->act(seen->socket, flags);
  });
  return 0;
}

void CurlMulti::arm(long milliseconds) {
  timer_.cancel();
  if (milliseconds < 0) return;
  // A little late rather than early: curl would find nothing due and not ask again.
  const auto delay = std::chrono::milliseconds(milliseconds == 0 ? 0 : milliseconds + 1);
  timer_ = timers_.after(delay, [this] { act(CURL_SOCKET_TIMEOUT, 0); });
}

void CurlMulti::act(curl_socket_t socket, int flags) {
  const auto self = shared_from_this();
  int running = 0;
  in_curl_ = true;
  curl().multi_socket_action(multi_, socket, flags, &running);
  in_curl_ = false;
  if (!after_curl()) return;
  std::vector<std::pair<Running, CURLcode>> ended;
  int left = 0;
  while (const CURLMsg* message = curl().multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode code = message->data.result;  // the message dies with the handle's removal
    ended.emplace_back(take(message->easy_handle), code);
  }
  for (const auto& [one, code] : ended) {
    if (multi_ == nullptr) return;  // a handler destroyed the client
    if (one.exchange) one.exchange->end(code);
  }
}

std::shared_ptr<CurlMulti> usable_multi(std::shared_ptr<CurlMulti>& kept, EventLoop& loop,
                                        Timers& timers) {
  if (kept) return kept;
  auto made = std::make_shared<CurlMulti>(loop, timers);
  if (made->usable()) kept = made;
  return made;
}

}  // namespace imapkeep
