// Port: a small HTTP server on 127.0.0.1, for the browser's way back in a login. It decides
// nothing: whoever listens is shown each request and gives the page to answer with, at once. What a
// request says is as it came, escaped and unchecked. One connection is one request.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "daemon/base/result.h"

namespace imapkeep {

struct HttpVisit {
  std::string method;
  std::string target;  ///< the path and what follows it
  std::string host;    ///< of the Host header; empty when there is none or more than one
};

struct HttpPage {
  int status = 200;
  std::string html;
  std::string style_hash;  ///< sha256-…: the one style that the page may use; empty: none
  /// Called once from the loop, when the page was sent or cannot be any more.
  std::function<void()> after;
};

class HttpListener {
 public:
  virtual ~HttpListener() = default;  ///< closes; no `after` is called any more
  [[nodiscard]] virtual std::uint16_t port() const = 0;
};

class HttpListening {
 public:
  virtual ~HttpListening() = default;
  /// Bound when it returns. Port 0: a free one. `answer` must not destroy the listener.
  /// Errors: kBusy, the port is taken.
  virtual Result<std::unique_ptr<HttpListener>> listen(
      std::uint16_t port, std::function<HttpPage(const HttpVisit&)> answer) = 0;
};

}  // namespace imapkeep
