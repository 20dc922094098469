#include "daemon/io/http_server.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <strings.h>

#include <cerrno>
#include <list>
#include <utility>
#include <vector>

#include "daemon/base/bytes.h"
#include "daemon/io/address.h"
#include "daemon/io/fd.h"
#include "daemon/io/handle.h"
#include "daemon/io/microhttpd_events.h"
#include "daemon/io/microhttpd_library.h"
#include "daemon/io/os_error.h"

namespace imapkeep {
namespace {

using Answer = std::function<HttpResponse(const HttpVisit&)>;

Error cannot_listen(const HttpAddress& address, int code) {
  if (code == EADDRINUSE) {
    return {Remedy::kRetryLater, Trouble::kBusy,
            "port " + std::to_string(address.port) + " on " + address.host +
                " is in use; close what uses it, or choose another port",
            code};
  }
  return server_error("cannot listen on " + address.host + ": " + errno_text(code),
                      Remedy::kNeedsOperator);
}

/// SO_REUSEADDR, since a browser's last connection lingers in the kernel and a second attempt on a
/// fixed port must not wait for it.
Result<Fd> bound_socket(const HttpAddress& wanted) {
  const auto address = parse_address(wanted.host, wanted.port);
  if (!address) {
    return config_error("cannot listen on " + printable_utf8(wanted.host) +
                        ": it is no address (127.0.0.1, or ::1)");
  }
  Fd made(socket(address->family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int yes = 1;
  if (made.is_open() && address->family() == AF_INET6)
    setsockopt(made.get(), IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof yes);
  if (!made.is_open() || setsockopt(made.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0 ||
      bind(made.get(), reinterpret_cast<const sockaddr*>(&address->storage), address->size) != 0 ||
      ::listen(made.get(), 16) != 0) {
    return cannot_listen(wanted, errno);
  }
  return made;
}

std::uint16_t port_of(const Fd& socket) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.ss_family == AF_INET6
                   ? reinterpret_cast<const sockaddr_in6*>(&address)->sin6_port
                   : reinterpret_cast<const sockaddr_in*>(&address)->sin_port);
}

/// One request, from its first line until its response was sent.
struct Visit {
  HttpVisit asked;
  int hosts = 0;
  std::size_t bytes = 0;  // of target and headers
  bool answered = false;
  std::function<void()> after;
  std::shared_ptr<MicrohttpdEvents> events;
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

MHD_Result queue(const MicrohttpdLibrary& mhd, MHD_Connection* connection,
                 const HttpResponse& given, MHD_Response* response) {
  if (response == nullptr) return MHD_NO;
  const std::string style =
      given.style_hash.empty() ? "" : "; style-src '" + given.style_hash + "'";
  const std::string policy =
      "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'" + style;
  const std::pair<const char*, const char*> headers[] = {
      {"Content-Type", given.events ? "text/event-stream" : given.content_type.c_str()},
      {"Cache-Control", "no-store"},
      {"Content-Security-Policy", policy.c_str()},
      {"Referrer-Policy", "no-referrer"},  // the address of this page may hold a code
      {"X-Content-Type-Options", "nosniff"},
      {"Connection", "close"},
  };
  for (const auto& [name, value] : headers) mhd.add_response_header(response, name, value);
  if (given.status == 405) mhd.add_response_header(response, "Allow", "GET");
  const auto result = mhd.queue_response(connection, static_cast<unsigned>(given.status), response);
  mhd.destroy_response(response);
  return result;
}

MHD_Result queue(const MicrohttpdLibrary& mhd, MHD_Connection* connection,
                 const HttpResponse& given) {
  return queue(mhd, connection, given,
               mhd.create_response_from_buffer(
                   given.body.size(), const_cast<char*>(given.body.data()), MHD_RESPMEM_MUST_COPY));
}

class MicrohttpdServer final : public HttpServer {
 public:
  MicrohttpdServer(MicrohttpdLibrary mhd, EventLoop& loop, Timers& timers, Answer answer)
      : mhd_(mhd), loop_(loop), timers_(timers), answer_(std::move(answer)) {}
  ~MicrohttpdServer() override {
    poll_.reset();
    // None may be suspended when the library stops; an ended stream is not.
    for (const auto& events : streams_) events->end();
    if (daemon_ != nullptr) mhd_.stop_daemon(daemon_);  // tells us of every visit that it drops
  }

  Result<Done> open(const HttpAddress& address) {
    auto socket = bound_socket(address);
    if (!socket) return socket.error();
    port_ = port_of(*socket);
    const int raw_socket = socket->release();
    daemon_ = mhd_.start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, nullptr, nullptr,
        &MicrohttpdServer::on_request, this,   //
        MHD_OPTION_LISTEN_SOCKET, raw_socket,  //
        MHD_OPTION_CONNECTION_LIMIT, MicrohttpdServing::kMostConnections,
        MHD_OPTION_CONNECTION_TIMEOUT, MicrohttpdServing::kPatienceSeconds,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, 2 * MicrohttpdServing::kMostRequestBytes,
        MHD_OPTION_URI_LOG_CALLBACK, &MicrohttpdServer::on_target, this,  //
        MHD_OPTION_NOTIFY_COMPLETED, &MicrohttpdServer::on_completed, this, MHD_OPTION_END);
    if (daemon_ == nullptr) {
      const Fd closes(raw_socket);
      return cannot_listen(address, errno);
    }
    const auto* info = mhd_.get_daemon_info(daemon_, MHD_DAEMON_INFO_EPOLL_FD);
    const int code = poll_.open(
        this, [&](uv_poll_t* raw) { return uv_poll_init(loop_.raw(), raw, info->epoll_fd); });
    if (code < 0) return cannot_listen(address, -code);
    uv_poll_start(poll_.get(), UV_READABLE, [](uv_poll_t* raw, int, int) {
      static_cast<MicrohttpdServer*>(raw->data)->turn();
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
    auto* server = static_cast<MicrohttpdServer*>(self);
    server->mhd_.get_connection_values(connection, MHD_HEADER_KIND, &look_at_header, visit);
    return server->answer(*visit, connection);
  }

  MHD_Result answer(Visit& visit, MHD_Connection* connection) {
    if (visit.bytes + visit.asked.target.size() > MicrohttpdServing::kMostRequestBytes)
      return queue(mhd_, connection, {431});
    HttpResponse response = answer_(visit.asked);
    visit.after = std::move(response.after);
    if (!response.events) return queue(mhd_, connection, response);
    visit.events = std::make_shared<MicrohttpdEvents>(
        mhd_, connection, [this] { turning_ = timers_.soon([this] { turn(); }); });
    visit.events->watch(loop_);
    streams_.push_back(visit.events);
    tell([open = response.events, events = visit.events] { open(events); });
    return queue(mhd_, connection, response, visit.events->response());
  }

  static void on_completed(void* self, MHD_Connection*, void** state, MHD_RequestTerminationCode) {
    const std::unique_ptr<Visit> visit(static_cast<Visit*>(std::exchange(*state, nullptr)));
    if (!visit) return;
    auto* server = static_cast<MicrohttpdServer*>(self);
    if (visit->events) {
      visit->events->forget_connection();
      server->streams_.remove(visit->events);
    }
    if (visit->after) server->tell(std::move(visit->after));
  }

  void tell(std::function<void()> what) {
    if (poll_.get() == nullptr) return;  // closing
    const auto one = telling_.emplace(telling_.end());
    *one = timers_.soon([this, one, what = std::move(what)] {
      telling_.erase(one);
      what();  // may destroy this
    });
  }

  void turn() {
    mhd_.run(daemon_);
    timer_.cancel();
    MHD_UNSIGNED_LONG_LONG milliseconds = 0;
    if (mhd_.get_timeout(daemon_, &milliseconds) != MHD_YES) return;
    timer_ = timers_.after(std::chrono::milliseconds(milliseconds), [this] { turn(); });
  }

  MicrohttpdLibrary mhd_;
  EventLoop& loop_;
  Timers& timers_;
  Answer answer_;
  std::uint16_t port_ = 0;
  Operation timer_;
  Operation turning_;  ///< its descriptor does not show that a connection was resumed
  std::list<Operation> telling_;
  std::list<std::shared_ptr<MicrohttpdEvents>> streams_;
  Handle<uv_poll_t> poll_;
  MHD_Daemon* daemon_ = nullptr;
};

}  // namespace

Result<std::unique_ptr<HttpServer>> MicrohttpdServing::listen(const HttpAddress& address,
                                                              Answer answer) {
  const auto library = MicrohttpdLibrary::load();
  if (!library) return library.error();
  auto made = std::make_unique<MicrohttpdServer>(*library, loop_, timers_, std::move(answer));
  auto opened = made->open(address);
  if (!opened) return opened.error();
  return std::unique_ptr<HttpServer>(std::move(made));
}

}  // namespace imapkeep
