// Unix stream sockets as files in a directory. A path may be longer than the 107 bytes that an
// address has room for: then it leads through the open directory's number in /proc. Both ends ask
// the kernel who the other one is.
#pragma once

#include <sys/un.h>

#include <cstdint>
#include <string>

#include "daemon/base/result.h"
#include "daemon/io/fd.h"

namespace imapkeep {

class LocalDirectory {
 public:
  /// Links on the way are the operator's and are followed.
  static Result<LocalDirectory> open(const std::string& path);

  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] std::string path_of(const std::string& name) const { return path_ + "/" + name; }
  /// Good as long as this object lives. `name` is one short component.
  [[nodiscard]] sockaddr_un address_of(const std::string& name) const;

 private:
  LocalDirectory(Fd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

  Fd fd_;
  std::string path_;
};

/// A non-blocking socket.
Fd make_local_socket();

/// Connected to the socket `name`, non-blocking. Errors carry errno: ENOENT (no such file),
/// ECONNREFUSED (nobody listens), EAGAIN (too many wait to be accepted), EACCES. The process that
/// listens must be `own_user`'s, root's, or of the user to whom the directory belongs.
Result<Fd> connect_local(const std::string& directory, const std::string& name,
                         std::uint32_t own_user);

/// Who connected, or for the side that connected: who listens.
Result<std::uint32_t> user_of_peer(int socket);

}  // namespace imapkeep
