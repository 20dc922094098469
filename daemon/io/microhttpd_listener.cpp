#include "daemon/io/microhttpd_listener.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <strings.h>

#include <cerrno>
#include <list>
#include <utility>

#include "daemon/io/fd.h"
#include "daemon/io/handle.h"
#include "daemon/io/microhttpd_library.h"
#include "daemon/io/os_error.h"

namespace imapkeep {
namespace {

using Answer = std::function<HttpPage(const HttpVisit&)>;

Error cannot_listen(std::uint16_t port, int code) {
  if (code == EADDRINUSE) {
    return {Remedy::kRetryLater, Trouble::kBusy,
            "port " + std::to_string(port) +
                " on 127.0.0.1 is in use; close what uses it, or choose another port",
            code};
  }
  return server_error("cannot listen on 127.0.0.1: " + errno_text(code), Remedy::kNeedsOperator);
}

/// Bound to loopback only; SO_REUSEADDR, since the browser's last connection lingers in the kernel
/// and a second attempt on a fixed port must not wait for it.
Result<Fd> bound_socket(std::uint16_t port) {
  Fd made(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int yes = 1;
  if (!made.is_open() || setsockopt(made.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0 ||
      bind(made.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(made.get(), 16) != 0) {
    return cannot_listen(port, errno);
  }
  return made;
}

std::uint16_t port_of(const Fd& socket) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

/// One request, from its first line until its page was sent.
struct Visit {
  HttpVisit asked;
  int hosts = 0;
  std::size_t bytes = 0;  // of target and headers
  bool answered = false;
  std::function<void()> after;
};

MHD_Result look_at_header(void* into, MHD_ValueKind, const char* key, const char* value) {
  auto* visit = static_cast<Visit*>(into);
  visit->bytes += std::string_view(key).size();
  if (value != nullptr) visit->bytes += std::string_view(value).size();
  if (strcasecmp(key, "Host") == 0) {
    ++visit->hosts;
    visit->asked.host = value != nullptr && visit->hosts == 1 ? value : "";
  }
  return MHD_YES;
}

MHD_Result queue(const MicrohttpdLibrary& mhd, MHD_Connection* connection, const HttpPage& page) {
  MHD_Response* response = mhd.create_response_from_buffer(
      page.html.size(), const_cast<char*>(page.html.data()), MHD_RESPMEM_MUST_COPY);
  if (response == nullptr) return MHD_NO;
  const std::string style = page.style_hash.empty() ? "" : "; style-src '" + page.style_hash + "'";
  const std::string policy =
      "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'" + style;
  const std::pair<const char*, const char*> headers[] = {
      {"Content-Type", "text/html; charset=utf-8"},
      {"Cache-Control", "no-store"},
      {"Content-Security-Policy", policy.c_str()},
      {"Referrer-Policy", "no-referrer"},  // the address of this page holds the code
      {"X-Content-Type-Options", "nosniff"},
      {"Connection", "close"},
  };
  for (const auto& [name, value] : headers) mhd.add_response_header(response, name, value);
  if (page.status == 405) mhd.add_response_header(response, "Allow", "GET");
  const auto result = mhd.queue_response(connection, static_cast<unsigned>(page.status), response);
  mhd.destroy_response(response);
  return result;
}

class MicrohttpdListener final : public HttpListener {
 public:
  MicrohttpdListener(MicrohttpdLibrary mhd, Timers& timers, Answer answer)
      : mhd_(mhd), timers_(timers), answer_(std::move(answer)) {}
  ~MicrohttpdListener() override {
    poll_.reset();
    if (daemon_ != nullptr) mhd_.stop_daemon(daemon_);  // tells us of every visit that it drops
  }

  Result<Done> open(EventLoop& loop, std::uint16_t port) {
    auto socket = bound_socket(port);
    if (!socket) return socket.error();
    port_ = port_of(*socket);
    const int raw_socket = socket->release();
    daemon_ = mhd_.start_daemon(
        MHD_USE_EPOLL, 0, nullptr, nullptr, &MicrohttpdListener::on_request, this,  //
        MHD_OPTION_LISTEN_SOCKET, raw_socket,                                       //
        MHD_OPTION_CONNECTION_LIMIT, MicrohttpdListening::kMostConnections,
        MHD_OPTION_CONNECTION_TIMEOUT, MicrohttpdListening::kPatienceSeconds,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, 2 * MicrohttpdListening::kMostRequestBytes,
        MHD_OPTION_URI_LOG_CALLBACK, &MicrohttpdListener::on_target, this,  //
        MHD_OPTION_NOTIFY_COMPLETED, &MicrohttpdListener::on_completed, this, MHD_OPTION_END);
    if (daemon_ == nullptr) {
      const Fd closes(raw_socket);
      return cannot_listen(port, errno);
    }
    const auto* info = mhd_.get_daemon_info(daemon_, MHD_DAEMON_INFO_EPOLL_FD);
    const int code = poll_.open(
        this, [&](uv_poll_t* raw) { return uv_poll_init(loop.raw(), raw, info->epoll_fd); });
    if (code < 0) return cannot_listen(port, -code);
    uv_poll_start(poll_.get(), UV_READABLE, [](uv_poll_t* raw, int, int) {
      static_cast<MicrohttpdListener*>(raw->data)->turn();
    });
    return Done{};
  }

  [[nodiscard]] std::uint16_t port() const override { return port_; }

 private:
  /// The request's target as it came; its parser would have unescaped it.
  static void* on_target(void*, const char* target, MHD_Connection*) {
    auto* visit = new Visit;
    visit->asked.target = target;
    return visit;
  }

  static MHD_Result on_request(void* self, MHD_Connection* connection, const char*,
                               const char* method, const char*, const char*, std::size_t*,
                               void** state) {
    auto* visit = static_cast<Visit*>(*state);
    if (visit == nullptr) return MHD_NO;
    if (std::exchange(visit->answered, true)) return MHD_YES;  // a body; nobody reads it
    visit->asked.method = method;
    auto* listener = static_cast<MicrohttpdListener*>(self);
    const MicrohttpdLibrary& mhd = listener->mhd_;
    mhd.get_connection_values(connection, MHD_HEADER_KIND, &look_at_header, visit);
    if (visit->bytes + visit->asked.target.size() > MicrohttpdListening::kMostRequestBytes) {
      return queue(mhd, connection, {431, "", "", nullptr});
    }
    HttpPage page = listener->answer_(visit->asked);
    visit->after = std::move(page.after);
    return queue(mhd, connection, page);
  }

  static void on_completed(void* self, MHD_Connection*, void** state, MHD_RequestTerminationCode) {
    const std::unique_ptr<Visit> visit(static_cast<Visit*>(std::exchange(*state, nullptr)));
    if (visit && visit->after)
      static_cast<MicrohttpdListener*>(self)->tell(std::move(visit->after));
  }

  void tell(std::function<void()> after) {
    if (poll_.get() == nullptr) return;  // closing
    telling_.push_back(timers_.soon(std::move(after)));
  }

  void turn() {
    mhd_.run(daemon_);
    timer_.cancel();
    MHD_UNSIGNED_LONG_LONG milliseconds = 0;
    if (mhd_.get_timeout(daemon_, &milliseconds) != MHD_YES) return;
    timer_ = timers_.after(std::chrono::milliseconds(milliseconds), [this] { turn(); });
  }

  MicrohttpdLibrary mhd_;
  Timers& timers_;
  Answer answer_;
  std::uint16_t port_ = 0;
  Operation timer_;
  std::list<Operation> telling_;
  Handle<uv_poll_t> poll_;
  MHD_Daemon* daemon_ = nullptr;
};

}  // namespace

Result<std::unique_ptr<HttpListener>> MicrohttpdListening::listen(std::uint16_t port,
                                                                  Answer answer) {
  const auto library = MicrohttpdLibrary::load();
  if (!library) return library.error();
  auto made = std::make_unique<MicrohttpdListener>(*library, timers_, std::move(answer));
  auto opened = made->open(loop_, port);
  if (!opened) return opened.error();
  return std::unique_ptr<HttpListener>(std::move(made));
}

}  // namespace imapkeep
