#include "daemon/io/local_socket.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "daemon/base/bytes.h"
#include "daemon/io/os_error.h"
#include "daemon/io/retry.h"

namespace imapkeep {

Result<LocalDirectory> LocalDirectory::open(const std::string& path) {
  Fd fd(retried([&] { return ::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC); }));
  if (!fd.is_open()) return file_error("open the directory", path, errno);
  return LocalDirectory(std::move(fd), path);
}

sockaddr_un LocalDirectory::address_of(const std::string& name) const {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::string path = path_of(name);
  if (path.size() >= sizeof address.sun_path) {
    path = "/proc/self/fd/" + std::to_string(fd_.get()) + "/" + name;
  }
  path.resize(std::min(path.size(), sizeof address.sun_path - 1));
  std::copy(path.begin(), path.end(), address.sun_path);
  return address;
}

Fd make_local_socket() {
  return Fd(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

Result<Fd> connect_local(const std::string& directory, const std::string& name,
                         std::uint32_t own_user) {
  const auto place = LocalDirectory::open(directory);
  if (!place) return place.error();
  const std::string path = place->path_of(name);
  struct stat facts {};
  if (fstat(place->fd(), &facts) != 0) return file_error("look at", directory, errno);

  Fd connected = make_local_socket();
  if (!connected.is_open()) return file_error("make a socket for", path, errno);
  const sockaddr_un address = place->address_of(name);
  const auto* raw = reinterpret_cast<const sockaddr*>(&address);
  if (retried([&] { return connect(connected.get(), raw, sizeof address); }) != 0) {
    return file_error("connect to", path, errno);
  }
  const auto listener = user_of_peer(connected.get());
  if (!listener) return listener.error();
  if (*listener != own_user && *listener != 0 && *listener != facts.st_uid) {
    return store_error("will not talk to " + printable_utf8(path, 1000) + ": user " +
                           std::to_string(*listener) + " listens there, to whom " +
                           printable_utf8(directory, 1000) + " does not belong",
                       EPERM);
  }
  return connected;
}

Result<std::uint32_t> user_of_peer(int socket) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) {
    return server_error("cannot tell whose connection this is: " + errno_text(errno));
  }
  return std::uint32_t{peer.uid};
}

}  // namespace imapkeep
