// Port: a small HTTP server, for the browser's way back in a login and for what programs and people
// ask of a daemon. It decides nothing: whoever listens is shown each request and gives the
// response, at once, or keeps it open and tells events as they happen (server-sent events, WHATWG
// HTML §9.2). What a request says is as it came, escaped and unchecked. One connection is one
// request, and no request's body is read.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "daemon/base/result.h"

namespace imapkeep {

struct HttpVisit {
  std::string method;
  std::string target;  ///< the path and what follows it
  std::string host;    ///< of the Host header; empty when there is none or more than one
};

/// A response that stays open. Ended by either side; then every call is harmless.
class HttpEventStream {
 public:
  virtual ~HttpEventStream() = default;  ///< does not end it
  /// One event; each line of the text becomes a `data:` line. A client that does not read loses the
  /// stream when 256 KiB wait for it.
  virtual void send(std::string_view text) = 0;
  virtual void end() = 0;
  [[nodiscard]] virtual bool is_open() const = 0;
};

struct HttpResponse {
  int status = 200;
  std::string body{};
  std::string content_type = "text/html; charset=utf-8";
  std::string style_hash{};  ///< sha256-…: the one style that a page may use; empty: none
  /// Called once from the loop, when the response was sent or cannot be any more.
  std::function<void()> after{};
  /// Makes it a stream of events, without a body: called once from the loop, when it is open.
  std::function<void(std::shared_ptr<HttpEventStream>)> events{};
};

class HttpServer {
 public:
  /// Closes; no handler of a response is called any more, and the streams are ended.
  virtual ~HttpServer() = default;
  [[nodiscard]] virtual std::uint16_t port() const = 0;
};

struct HttpAddress {
  std::string host = "127.0.0.1";  ///< a number, of either family
  std::uint16_t port = 0;          ///< 0: a free one
};

class HttpServing {
 public:
  virtual ~HttpServing() = default;
  /// Bound when it returns. `answer` must not destroy the server. Errors: kBusy, the port is taken;
  /// kConfig, the address is none.
  virtual Result<std::unique_ptr<HttpServer>> listen(
      const HttpAddress& address, std::function<HttpResponse(const HttpVisit&)> answer) = 0;
};

}  // namespace imapkeep
