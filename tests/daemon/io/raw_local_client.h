// The other end of a Unix socket as a test holds it: plain system calls, no code of ours.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <string>

#include "daemon/io/fd.h"

namespace imapkeep {

class RawLocalClient {
 public:
  /// 0 or errno. The path must fit an address.
  int connect_to(const std::string& path) {
    fd_ = Fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    REQUIRE(fd_.is_open());
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    REQUIRE(path.size() < sizeof address.sun_path);
    std::memcpy(address.sun_path, path.data(), path.size());
    const auto* raw = reinterpret_cast<const sockaddr*>(&address);
    const int code = ::connect(fd_.get(), raw, sizeof address) == 0 ? 0 : errno;
    fcntl(fd_.get(), F_SETFL, O_NONBLOCK);
    return code;
  }
  bool send(const std::string& bytes) const {
    return ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
           static_cast<ssize_t>(bytes.size());
  }
  /// What has come; ended() says whether more can.
  const std::string& read() {
    char buffer[65536];
    ssize_t got = 0;
    while ((got = recv(fd_.get(), buffer, sizeof buffer, 0)) > 0) {
      read_.append(buffer, static_cast<std::size_t>(got));
    }
    if (got == 0 || errno != EAGAIN) ended_ = true;
    return read_;
  }
  [[nodiscard]] bool ended() {
    read();
    return ended_;
  }
  void half_close() const { shutdown(fd_.get(), SHUT_WR); }
  void close() { fd_.reset(); }

 private:
  Fd fd_;
  std::string read_;
  bool ended_ = false;
};

}  // namespace imapkeep
