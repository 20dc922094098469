#include "daemon/io/tcp_connector.h"

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <algorithm>
#include <cerrno>

#include "daemon/io/os_error.h"

namespace imapkeep {
namespace {

constexpr Duration kPatience = std::chrono::milliseconds(250);  // RFC 8305 §8
constexpr std::size_t kMostAddresses = 16;                      // each may cost a socket

void set_option(int fd, int level, int name, int value) {
  setsockopt(fd, level, name, &value, sizeof value);  // a wish: without it, it works less well
}

/// A peer that vanishes without a word is noticed within two minutes when idle, and within 45
/// seconds when it owes us an acknowledgement.
void set_options(int fd) {
  set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, 60);
  set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, 15);
  set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, 4);
  set_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, 45'000);
}

Error connect_error(const std::string& peer, const std::string& address, int code) {
  std::string what = "cannot connect to " + peer + " (" + address + "): " + errno_text(code);
  Remedy remedy = Remedy::kRetrySoon;
  switch (code) {
    case ECONNREFUSED:  // for a second, too, while a server is started again
      what += "; is the server running, and is the port right?";
      break;
    case ENETUNREACH:
    case EHOSTUNREACH:
      what += "; is this machine online?";
      break;
    case EACCES:
    case EPERM:
      what += "; a firewall of this machine forbids it";
      remedy = Remedy::kRetryLater;
      break;
    case EMFILE:
    case ENFILE:
      what += "; raise the limit of open files";
      remedy = Remedy::kRetryLater;
      break;
    default:
      break;
  }
  return server_error(std::move(what), remedy);
}

/// A connection to a free port of our own machine may meet itself (RFC 9293 §3.5 simultaneous open)
/// when the kernel happens to choose that very port for our end.
bool met_itself(int fd) {
  Address ours;
  Address theirs;
  ours.size = theirs.size = sizeof ours.storage;
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&ours.storage), &ours.size) != 0 ||
      getpeername(fd, reinterpret_cast<sockaddr*>(&theirs.storage), &theirs.size) != 0) {
    return false;
  }
  const auto port = [](const Address& of) {
    return of.family() == AF_INET6 ? reinterpret_cast<const sockaddr_in6*>(&of.storage)->sin6_port
                                   : reinterpret_cast<const sockaddr_in*>(&of.storage)->sin_port;
  };
  return port(ours) == port(theirs) && ours.text() == theirs.text();
}

}  // namespace

struct TcpConnector::Attempt {
  TcpConnector* owner = nullptr;
  Address address;
  Fd socket;
  Handle<uv_poll_t> poll;  // dies before the socket
};

TcpConnector::TcpConnector(EventLoop& loop, Timers& timers, std::vector<Address> addresses,
                           std::string peer, std::function<void(Result<Fd>)> done)
    : loop_(loop),
      timers_(timers),
      addresses_(interleaved(std::move(addresses))),
      peer_(std::move(peer)),
      done_(std::move(done)),
      last_error_(server_error(peer_ + " has no address")) {
  if (addresses_.size() > kMostAddresses) addresses_.resize(kMostAddresses);
}

TcpConnector::~TcpConnector() = default;

void TcpConnector::start() {
  patience_ = timers_.soon([this] { try_next(); });
}

std::string TcpConnector::last_tried() const {
  return next_ == 0 ? "none" : addresses_[next_ - 1].text();
}

void TcpConnector::try_next() {
  while (next_ < addresses_.size()) {
    const Address& address = addresses_[next_++];
    Attempt& attempt = attempts_.emplace_back();
    attempt.owner = this;
    attempt.address = address;
    attempt.socket = Fd(socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    int code = attempt.socket.is_open() ? 0 : errno;
    if (code == 0) {
      set_options(attempt.socket.get());
      if (connect(attempt.socket.get(), reinterpret_cast<const sockaddr*>(&address.storage),
                  address.size) != 0 &&
          errno != EINPROGRESS && errno != EINTR) {
        code = errno;
      }
    }
    if (code == 0) {
      code = -attempt.poll.open(&attempt, [&](uv_poll_t* raw) {
        return uv_poll_init(loop_.raw(), raw, attempt.socket.get());
      });
    }
    if (code == 0) {
      code = -uv_poll_start(attempt.poll.get(), UV_WRITABLE, [](uv_poll_t* raw, int, int) {
        auto* ready = static_cast<Attempt*>(raw->data);
        ready->owner->on_event(*ready);
      });
    }
    if (code == 0) {
      patience_ = timers_.after(kPatience, [this] { try_next(); });
      return;
    }
    last_error_ = connect_error(peer_, address.text(), code);
    attempts_.pop_back();
  }
  if (attempts_.empty()) finish(last_error_);
}

void TcpConnector::on_event(Attempt& attempt) {
  int code = 0;
  socklen_t size = sizeof code;
  if (getsockopt(attempt.socket.get(), SOL_SOCKET, SO_ERROR, &code, &size) != 0) code = errno;
  if (code == 0 && met_itself(attempt.socket.get())) code = ECONNREFUSED;
  if (code == 0) {
    attempt.poll.reset();
    return finish(std::move(attempt.socket));
  }
  last_error_ = connect_error(peer_, attempt.address.text(), code);
  attempts_.remove_if([&](const Attempt& other) { return &other == &attempt; });
  try_next();
}

void TcpConnector::finish(Result<Fd> result) {
  patience_.cancel();
  attempts_.clear();
  const auto done = std::exchange(done_, nullptr);
  done(std::move(result));
}

}  // namespace imapkeep
