#include "daemon/io/curl_http_client.h"

#include <map>
#include <utility>
#include <vector>

#include "daemon/io/curl_transfer.h"
#include "daemon/io/handle.h"

namespace imapkeep {

class CurlHttpClient::Multi : public std::enable_shared_from_this<Multi> {
 public:
  Multi(EventLoop& loop, Timers& timers)
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
      return static_cast<Multi*>(self)->watch(socket, what);
    };
    const OnTimer on_timer = [](CURLM*, long milliseconds, void* self) {
      static_cast<Multi*>(self)->arm(milliseconds);
      return 0;
    };
    curl().multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl().multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
    curl().multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, on_timer);
    curl().multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
  }

  Operation start(HttpRequest request, Completion<HttpAnswer> done) {
    if (!library_) return refuse(std::move(done), library_.error());
    auto made = CurlTransfer::make(curl(), std::move(request), done);
    if (!made) return refuse(std::move(done), made.error());
    CURL* easy = (*made)->easy();
    Running& running = running_[easy];
    running.transfer = std::move(*made);
    running.deadline = timers_.after(running.transfer->deadline(), [this, easy] { expire(easy); });
    curl().multi_add_handle(multi_, easy);  // begins with the timer, never here
    return running.transfer->pending().operation([weak = weak_from_this(), easy] {
      if (const auto self = weak.lock()) self->take(easy);
    });
  }

  [[nodiscard]] bool usable() const { return multi_ != nullptr; }

  void close() {
    timer_.cancel();
    for (const auto& [easy, running] : running_) curl().multi_remove_handle(multi_, easy);
    curl().multi_cleanup(std::exchange(multi_, nullptr));
    sockets_.clear();
    running_.clear();
  }

 private:
  struct Running {
    std::unique_ptr<CurlTransfer> transfer;
    Operation deadline;
  };
  struct Watch {
    Multi* owner = nullptr;
    curl_socket_t socket = CURL_SOCKET_BAD;
    Handle<uv_poll_t> poll;
  };

  [[nodiscard]] const CurlLibrary& curl() const { return *library_; }

  Operation refuse(Completion<HttpAnswer> done, Error why) {
    return timers_.soon([done = std::move(done), why = std::move(why)] { done(why); });
  }

  /// Out of curl's hands and ours.
  Running take(CURL* easy) {
    auto node = running_.extract(easy);
    if (!node) return {};
    if (multi_ != nullptr) curl().multi_remove_handle(multi_, easy);
    return std::move(node.mapped());
  }

  void expire(CURL* easy) {
    const auto self = shared_from_this();
    const Running late = take(easy);
    if (late.transfer) late.transfer->pending().complete(late.transfer->late());
  }

  /// From inside curl: no exchange may be touched here.
  int watch(curl_socket_t socket, int what) {
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

  void arm(long milliseconds) {
    timer_.cancel();
    if (milliseconds < 0) return;
    // A little late rather than early: curl would find nothing due and not ask again.
    const auto delay = std::chrono::milliseconds(milliseconds == 0 ? 0 : milliseconds + 1);
    timer_ = timers_.after(delay, [this] { act(CURL_SOCKET_TIMEOUT, 0); });
  }

  void act(curl_socket_t socket, int flags) {
    const auto self = shared_from_this();
    int running = 0;
    curl().multi_socket_action(multi_, socket, flags, &running);
    std::vector<std::pair<Running, CURLcode>> ended;
    int left = 0;
    while (const CURLMsg* message = curl().multi_info_read(multi_, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      const CURLcode code = message->data.result;  // the message dies with the handle's removal
      ended.emplace_back(take(message->easy_handle), code);
    }
    for (const auto& [one, code] : ended) {
      if (multi_ == nullptr) return;  // a handler destroyed the client
      if (one.transfer) one.transfer->pending().complete(one.transfer->result(code));
    }
  }

  EventLoop& loop_;
  Timers& timers_;
  Result<CurlLibrary> library_;
  CURLM* multi_ = nullptr;
  std::map<curl_socket_t, Watch> sockets_;
  std::map<CURL*, Running> running_;
  Operation timer_;
};

CurlHttpClient::~CurlHttpClient() {
  if (multi_) multi_->close();
}

Operation CurlHttpClient::request(HttpRequest request, Completion<HttpAnswer> done) {
  if (!multi_) {
    auto made = std::make_shared<Multi>(loop_, timers_);
    // Not kept when it cannot be used: somebody may install what is missing.
    if (!made->usable()) return made->start(std::move(request), std::move(done));
    multi_ = std::move(made);
  }
  return multi_->start(std::move(request), std::move(done));
}

}  // namespace imapkeep
