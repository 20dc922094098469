#include "tests/bench/tls_line.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace imapkeep::bench {
namespace {

constexpr std::size_t kRecord = 16 * 1024;         // the most that one SSL_read gives
constexpr std::size_t kReadAhead = 256 * 1024;     // so that one recv brings many records
constexpr std::size_t kInflatedSize = 256 * 1024;  // what one step of inflate may fill

[[noreturn]] void give_up_tls(const std::string& what) {
  char text[256];
  ERR_error_string_n(ERR_get_error(), text, sizeof text);
  give_up(what + ": " + text);
}

int connect_to(const Endpoint& endpoint) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(endpoint.host.c_str(), endpoint.port.c_str(), &wanted, &found) != 0) {
    give_up("no address for " + endpoint.host);
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, &freeaddrinfo);
  for (const addrinfo* at = found; at != nullptr; at = at->ai_next) {
    const int made = socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (made < 0) continue;
    if (connect(made, at->ai_addr, at->ai_addrlen) == 0) {
      const int on = 1;
      (void)setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      return made;
    }
    close(made);
  }
  give_up("cannot connect to " + endpoint.host + " port " + endpoint.port);
}

}  // namespace

void give_up(const std::string& why) {
  std::fprintf(stderr, "imapkeep-bench-wire: %s\n", why.c_str());
  std::fflush(stderr);
  std::_Exit(1);
}

TlsClient make_tls_client(const std::string& ca_file) {
  TlsClient client(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free);
  if (!client || SSL_CTX_load_verify_file(client.get(), ca_file.c_str()) != 1) {
    give_up_tls("cannot use " + ca_file);
  }
  SSL_CTX_set_verify(client.get(), SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_read_ahead(client.get(), 1);
  SSL_CTX_set_default_read_buffer_len(client.get(), kReadAhead);
  return client;
}

TlsLine::TlsLine(SSL_CTX* client, const Endpoint& endpoint)
    : ssl_(SSL_new(client), &SSL_free), socket_(connect_to(endpoint)), plain_(kRecord) {
  if (!ssl_ || SSL_set1_host(ssl_.get(), endpoint.host.c_str()) != 1 ||
      SSL_set_tlsext_host_name(ssl_.get(), endpoint.host.c_str()) != 1 ||
      SSL_set_fd(ssl_.get(), socket_) != 1 || SSL_connect(ssl_.get()) != 1) {
    give_up_tls("no TLS with " + endpoint.host);
  }
}

TlsLine::~TlsLine() {
  if (deflate_) {
    inflateEnd(&in_);
    deflateEnd(&out_);
  }
  close(socket_);
}

void TlsLine::start_deflate() {
  // Raw streams, as RFC 4978 wants them.
  if (inflateInit2(&in_, -MAX_WBITS) != Z_OK ||
      deflateInit2(&out_, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) !=
          Z_OK) {
    give_up("no memory for DEFLATE");
  }
  inflated_.resize(kInflatedSize);
  deflate_ = true;
}

void TlsLine::send(std::string_view text) {
  if (!deflate_) {
    write_all(text.data(), text.size());
    return;
  }
  char packed[4096];
  out_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  out_.avail_in = static_cast<uInt>(text.size());
  do {
    out_.next_out = reinterpret_cast<Bytef*>(packed);
    out_.avail_out = sizeof packed;
    if (deflate(&out_, Z_SYNC_FLUSH) == Z_STREAM_ERROR) give_up("DEFLATE failed");
    write_all(packed, sizeof packed - out_.avail_out);
  } while (out_.avail_out == 0);
}

void TlsLine::write_all(const char* data, std::size_t size) {
  if (size == 0) return;
  std::size_t written = 0;
  if (SSL_write_ex(ssl_.get(), data, size, &written) != 1) give_up_tls("the line broke");
}

std::string_view TlsLine::receive_plain() {
  std::size_t size = 0;
  if (SSL_read_ex(ssl_.get(), plain_.data(), plain_.size(), &size) != 1) {
    give_up_tls("the server ended the connection");
  }
  return {plain_.data(), size};
}

std::string_view TlsLine::receive() {
  if (!deflate_) return receive_plain();
  while (true) {
    if (in_.avail_in == 0) {
      const auto packed = receive_plain();
      in_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
      in_.avail_in = static_cast<uInt>(packed.size());
    }
    in_.next_out = reinterpret_cast<Bytef*>(inflated_.data());
    in_.avail_out = static_cast<uInt>(inflated_.size());
    const int step = inflate(&in_, Z_SYNC_FLUSH);
    if (step != Z_OK && step != Z_BUF_ERROR) give_up("what the server sent is not DEFLATE");
    const std::size_t size = inflated_.size() - in_.avail_out;
    if (size > 0) return {inflated_.data(), size};
  }
}

std::uint64_t TlsLine::bytes_received() const { return BIO_number_read(SSL_get_rbio(ssl_.get())); }

}  // namespace imapkeep::bench
