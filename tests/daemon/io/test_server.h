// A small blocking server on loopback, on a thread of its own: plain or TLS, one script for each
// connection that it accepts.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "daemon/io/fd.h"
#include "tests/daemon/io/test_certificates.h"

namespace imapkeep {

/// The server's end of a connection; TLS once secure() was called.
class TestPeer {
 public:
  explicit TestPeer(int fd) : fd_(fd) {}
  ~TestPeer() { SSL_free(ssl_); }
  TestPeer(const TestPeer&) = delete;
  TestPeer& operator=(const TestPeer&) = delete;

  bool secure(SSL_CTX* context) {
    ssl_ = SSL_new(context);
    SSL_set_fd(ssl_, fd_);
    const bool fine = SSL_accept(ssl_) == 1;
    ERR_clear_error();
    return fine;
  }
  /// 0 at the end, below 0 on failure.
  int read(char* into, std::size_t size) {
    if (ssl_ != nullptr) return SSL_read(ssl_, into, static_cast<int>(size));
    return static_cast<int>(recv(fd_, into, size, 0));
  }
  bool write(std::string_view bytes) {
    while (!bytes.empty()) {
      const int put = ssl_ != nullptr
                          ? SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size()))
                          : static_cast<int>(::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL));
      if (put <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(put));
    }
    return true;
  }
  std::string read_line() {
    std::string line;
    char c = 0;
    while (read(&c, 1) == 1) {
      line += c;
      if (c == '\n') break;
    }
    return line;
  }
  /// Until the client closes.
  std::string read_all() {
    std::string all;
    std::vector<char> buffer(64 * 1024);
    for (;;) {
      const int got = read(buffer.data(), buffer.size());
      if (got <= 0) return all;
      all.append(buffer.data(), static_cast<std::size_t>(got));
    }
  }
  void say_goodbye() { SSL_shutdown(ssl_); }
  [[nodiscard]] int fd() const { return fd_; }
  [[nodiscard]] SSL* ssl() const { return ssl_; }

 private:
  int fd_;
  SSL* ssl_ = nullptr;
};

class TestServer {
 public:
  using Script = std::function<void(TestPeer&)>;

  explicit TestServer(Script script, const char* address = "127.0.0.1")
      : listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), script_(std::move(script)) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    inet_pton(AF_INET, address, &at.sin_addr);
    socklen_t size = sizeof at;
    if (bind(listener_.get(), reinterpret_cast<sockaddr*>(&at), size) != 0 ||
        listen(listener_.get(), 16) != 0 ||
        getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&at), &size) != 0) {
      std::abort();
    }
    port_ = ntohs(at.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~TestServer() {
    shutdown(listener_.get(), SHUT_RDWR);
    const int now = current_.load();
    if (now >= 0) shutdown(now, SHUT_RDWR);
    thread_.join();
  }
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  void serve() {
    for (;;) {
      const Fd socket(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (!socket.is_open()) return;
      current_ = socket.get();
      {
        TestPeer peer(socket.get());
        script_(peer);
      }
      current_ = -1;
    }
  }

  Fd listener_;
  Script script_;
  std::uint16_t port_ = 0;
  std::atomic<int> current_{-1};
  std::thread thread_;
};

/// A server's context with its certificate and the intermediate ones behind it.
inline std::shared_ptr<SSL_CTX> server_context(const TestIdentity& identity,
                                               const std::vector<TestIdentity>& chain = {}) {
  std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()), &SSL_CTX_free);
  SSL_CTX_use_certificate(context.get(), identity.certificate.get());
  SSL_CTX_use_PrivateKey(context.get(), identity.key.get());
  for (const auto& link : chain) SSL_CTX_add1_chain_cert(context.get(), link.certificate.get());
  return context;
}

}  // namespace imapkeep
