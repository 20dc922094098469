// Port: one HTTP request, its whole answer. Meant for small exchanges (OAuth's token and metadata
// endpoints), so an answer has a limit and sits in memory. Certificates are verified, redirects are
// not followed, and a status is no error: the caller reads what it means.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/base/clock.h"
#include "daemon/base/operation.h"
#include "daemon/base/secret.h"

namespace imapkeep {

struct HttpRequest {
  std::string method = "GET";
  std::string url;  ///< https; http for loopback addresses only (anything else: Trouble::kConfig)
  std::vector<std::pair<std::string, std::string>> headers;
  Secret authorization;  ///< the value of the Authorization header; empty: none
  Secret body;           ///< for POST; its type stands in `headers`
  std::string ca_file;   ///< PEM; empty: the system's trust store
  Duration deadline =
      std::chrono::seconds(30);  ///< for everything; connecting gets half of it, and 15 s at most
  std::size_t most_bytes = 64 * 1024;  ///< of the body; a longer one is an error
};

struct HttpAnswer {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;  ///< names in lower case, in order
  Secret body;                                               ///< a Secret, since tokens come in it

  /// The first of that name (lower case), or empty.
  [[nodiscard]] std::string_view header(std::string_view name) const {
    for (const auto& [key, value] : headers)
      if (key == name) return value;
    return {};
  }
};

class HttpClient {
 public:
  virtual ~HttpClient() = default;
  /// Errors: kServer with kRetrySoon (network, TLS to be tried again), kServer with kNeedsOperator
  /// (a certificate that is refused), kConfig (a URL that must not be used). No error holds any
  /// part of a header, of the body or of the URL behind its `?`.
  [[nodiscard]] virtual Operation request(HttpRequest request, Completion<HttpAnswer> done) = 0;
};

}  // namespace imapkeep
