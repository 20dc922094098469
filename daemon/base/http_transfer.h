// Port: one HTTP exchange whose bodies are too large for memory. What is sent is read from a source
// piece by piece as the network takes it; what comes is given to a sink, which may ask for a pause.
// Certificates are verified, redirects are not followed, and a status is no error. For exchanges of
// a few kilobytes there is http.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "daemon/base/bytes.h"
#include "daemon/base/clock.h"
#include "daemon/base/http.h"
#include "daemon/base/operation.h"
#include "daemon/base/secret.h"

namespace imapkeep {

/// The body of a request. All calls come from the loop.
class HttpSource {
 public:
  virtual ~HttpSource() = default;
  /// Known before the first byte leaves.
  [[nodiscard]] virtual std::uint64_t size() const = 0;
  /// Puts up to `most` bytes (more than 0) at `into` and says how many. 0: there are none yet, and
  /// `ready` is called when there are. An error ends the exchange with that error.
  virtual Result<std::size_t> read(char* into, std::size_t most) = 0;
  /// Called once, before the first read. `ready` may be called at any time, from the loop, also
  /// when the exchange is over.
  virtual void on_ready(std::function<void()> ready) = 0;
};

/// Takes the answer. All calls come from the loop.
class HttpSink {
 public:
  enum class Next { kMore, kPause };

  virtual ~HttpSink() = default;
  /// Status and headers (HttpAnswer::body is empty), before any byte of the body.
  virtual Result<Done> begin(const HttpAnswer& head) = 0;
  /// Takes all of `bytes`. kPause: no more until `ready` is called; what the network holds by then
  /// waits there. An error ends the exchange with that error.
  virtual Result<Next> write(ByteView bytes) = 0;
  /// As HttpSource::on_ready.
  virtual void on_ready(std::function<void()> ready) = 0;
};

struct HttpTransferRequest {
  std::string method = "GET";
  std::string url;  ///< as HttpRequest::url
  std::vector<std::pair<std::string, std::string>> headers{};
  Secret authorization{};
  std::string ca_file{};
  Duration deadline = std::chrono::hours(1);     ///< for everything
  Duration patience = std::chrono::seconds(60);  ///< for the next byte, in either direction, while
                                                 ///< neither source nor sink pauses
  std::uint64_t most_bytes = std::numeric_limits<std::uint64_t>::max();  ///< of the answer's body
};

class HttpTransfer {
 public:
  virtual ~HttpTransfer() = default;
  /// `source`: null, and nothing is sent. `sink`: null, and the answer's body is dropped. Both must
  /// live until `done` is called or the Operation is destroyed, which they may do themselves. The
  /// result is status and headers. Errors: those of HttpClient, of the source and of the sink.
  [[nodiscard]] virtual Operation start(HttpTransferRequest request, HttpSource* source,
                                        HttpSink* sink, Completion<HttpAnswer> done) = 0;
};

}  // namespace imapkeep
