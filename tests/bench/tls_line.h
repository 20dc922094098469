// One TLS connection to an IMAP server, blocking, with COMPRESS=DEFLATE when it is asked for.
//
// Everything is read into buffers that live as long as the connection: what is received costs no
// allocation, since this client is the measure of what the wire allows. It is a tool that answers
// every trouble by saying so and ending.
#pragma once

#include <openssl/ssl.h>
#include <zlib.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace imapkeep::bench {

[[noreturn]] void give_up(const std::string& why);

struct Endpoint {
  std::string host;
  std::string port;
};

using TlsClient = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;
TlsClient make_tls_client(const std::string& ca_file);

class TlsLine {
 public:
  TlsLine(SSL_CTX* client, const Endpoint& endpoint);
  ~TlsLine();
  TlsLine(const TlsLine&) = delete;
  TlsLine& operator=(const TlsLine&) = delete;

  void send(std::string_view text);
  /// At least one byte; valid until the next call.
  std::string_view receive();
  /// Both ways, from the next byte on.
  void start_deflate();

  /// As they came through the socket: compressed, with the frames of TLS.
  std::uint64_t bytes_received() const;

 private:
  void write_all(const char* data, std::size_t size);
  std::string_view receive_plain();

  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_;
  int socket_ = -1;
  std::vector<char> plain_;
  bool deflate_ = false;
  std::vector<char> inflated_;
  z_stream in_{};
  z_stream out_{};
};

}  // namespace imapkeep::bench
