#include "daemon/io/local_listener.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <utility>

#include "daemon/base/bytes.h"
#include "daemon/io/os_error.h"
#include "daemon/io/retry.h"
#include "daemon/io/tcp_stream.h"

namespace imapkeep {
namespace {

constexpr int kWaiting = 64;  // connections that the kernel keeps for us
constexpr Duration kRest = std::chrono::seconds(1);

/// Whether a socket stands there; anything else but nothing is an error.
Result<bool> is_socket(const LocalDirectory& directory, const std::string& name) {
  struct stat facts {};
  if (fstatat(directory.fd(), name.c_str(), &facts, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno == ENOENT) return false;
    return file_error("look at", directory.path_of(name), errno);
  }
  if (S_ISSOCK(facts.st_mode)) return true;
  return store_error("cannot listen on " + printable_utf8(directory.path_of(name), 1000) +
                         ": something that is no socket is in the way; move it away",
                     EEXIST);
}

}  // namespace

Result<std::unique_ptr<LocalListener>> LocalListener::open(Deps deps, Options options,
                                                           Accepted accepted) {
  auto directory = LocalDirectory::open(options.directory);
  if (!directory) return directory.error();
  std::unique_ptr<LocalListener> listener(new LocalListener(
      std::move(deps), std::move(options), std::move(accepted), std::move(*directory)));
  auto listening = listener->listen();
  if (!listening) return listening.error();
  return listener;
}

LocalListener::LocalListener(Deps deps, Options options, Accepted accepted,
                             LocalDirectory directory)
    : deps_(std::move(deps)),
      options_(std::move(options)),
      accepted_(std::move(accepted)),
      directory_(std::move(directory)) {}

LocalListener::~LocalListener() {
  poll_.reset();
  struct stat facts {};
  const char* name = options_.name.c_str();
  if (inode_ != 0 && fstatat(directory_.fd(), name, &facts, AT_SYMLINK_NOFOLLOW) == 0 &&
      facts.st_ino == inode_) {
    unlinkat(directory_.fd(), name, 0);
  }
}

Result<Done> LocalListener::listen() {
  auto placed = put_in_place();
  if (!placed) return placed;
  const int code = poll_.open(
      this, [this](uv_poll_t* raw) { return uv_poll_init(deps_.loop.raw(), raw, socket_.get()); });
  if (code < 0) return file_error("watch", directory_.path_of(options_.name), -code);
  watch();
  return Done{};
}

Result<Done> LocalListener::put_in_place() {
  // Bound beside its place, and moved there when it listens: a client finds the old socket, which
  // nobody answers, or the new one, which is ready.
  const std::string fresh = options_.name + ".new";
  auto old = is_socket(directory_, options_.name);
  if (!old) return old.error();
  auto leftover = is_socket(directory_, fresh);
  if (!leftover) return leftover.error();
  if (*leftover && unlinkat(directory_.fd(), fresh.c_str(), 0) != 0) {
    return file_error("remove", directory_.path_of(fresh), errno);
  }

  socket_ = make_local_socket();
  const auto failed = [&](int code) {
    return file_error("make the socket", directory_.path_of(options_.name), code);
  };
  if (!socket_.is_open()) return failed(errno);
  const sockaddr_un address = directory_.address_of(fresh);
  // Before bind, which gives the file the mode of the socket: it is never open to others.
  if (fchmod(socket_.get(), 0600) != 0 ||
      bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return failed(errno);
  }
  struct stat facts {};
  if (::listen(socket_.get(), kWaiting) != 0 ||
      fstatat(directory_.fd(), fresh.c_str(), &facts, AT_SYMLINK_NOFOLLOW) != 0 ||
      renameat(directory_.fd(), fresh.c_str(), directory_.fd(), options_.name.c_str()) != 0) {
    const int code = errno;
    unlinkat(directory_.fd(), fresh.c_str(), 0);
    return failed(code);
  }
  inode_ = facts.st_ino;
  return Done{};
}

void LocalListener::watch() {
  uv_poll_start(poll_.get(), UV_READABLE, [](uv_poll_t* raw, int, int) {
    static_cast<LocalListener*>(raw->data)->accept_one();
  });
}

void LocalListener::accept_one() {
  // One in a turn of the loop; the poll comes again for the next.
  Fd client(retried(
      [&] { return accept4(socket_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC); }));
  if (!client.is_open()) {
    if (errno != EAGAIN && errno != ECONNABORTED) rest(errno);
    return;
  }
  short_of_files_ = false;
  if (!is_welcome(client.get())) return;
  accepted_(std::make_unique<TcpStream>(deps_.loop, nullptr, std::move(client), "the client"));
}

bool LocalListener::is_welcome(int socket) {
  const auto user = user_of_peer(socket);
  if (user && (*user == deps_.own_user || *user == 0)) return true;
  deps_.log.warning("another user's connection is refused",
                    {{"socket", directory_.path_of(options_.name)},
                     {"user", user ? std::to_string(*user) : user.error().what}});
  [[maybe_unused]] const auto ignored =
      ::send(socket, options_.refusal.data(), options_.refusal.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  return false;
}

void LocalListener::rest(int code) {
  // Who waits stays in the kernel's queue, and the poll would report it again at once, for ever.
  if (!std::exchange(short_of_files_, true)) {
    deps_.log.warning("cannot accept a connection for now",
                      {{"socket", directory_.path_of(options_.name)}, {"why", errno_text(code)}});
  }
  uv_poll_stop(poll_.get());
  resting_ = deps_.timers.after(kRest, [this] { watch(); });
}

}  // namespace imapkeep
