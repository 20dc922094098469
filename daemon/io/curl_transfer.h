// One exchange on one curl easy handle: a request in, an answer collected under its limits. It does
// no waiting of its own; curl_http_client drives it. A connection serves one exchange, because
// tokens are fetched once in an hour.
#pragma once

#include <memory>
#include <string>

#include "daemon/base/http.h"
#include "daemon/io/curl_library.h"

namespace imapkeep {

class CurlTransfer {
 public:
  /// Errors: Trouble::kConfig, the URL must not be used.
  static Result<std::unique_ptr<CurlTransfer>> make(const CurlLibrary& curl, HttpRequest request,
                                                    Completion<HttpAnswer> done);
  ~CurlTransfer();
  CurlTransfer(const CurlTransfer&) = delete;
  CurlTransfer& operator=(const CurlTransfer&) = delete;

  [[nodiscard]] CURL* easy() const { return easy_.get(); }
  [[nodiscard]] Duration deadline() const { return request_.deadline; }
  [[nodiscard]] const Pending<HttpAnswer>& pending() const { return pending_; }
  /// What curl's last word about this exchange means.
  [[nodiscard]] Result<HttpAnswer> result(CURLcode code);
  [[nodiscard]] Error late() const;

 private:
  CurlTransfer(const CurlLibrary& curl, HttpRequest request, std::string shown,
               Completion<HttpAnswer> done);
  template <CURLoption option, class Value>
  void set(Value value);
  void set_options(bool may_be_plain);
  void add_header(const std::string& line);
  [[nodiscard]] Error error_of(CURLcode code) const;
  bool take_header(std::string_view line);
  bool take_body(std::string_view bytes);

  struct EasyCloser {
    const CurlLibrary* curl;
    void operator()(CURL* easy) const { curl->easy_cleanup(easy); }
  };

  const CurlLibrary& curl_;
  HttpRequest request_;
  std::string shown_;  // the URL as errors may tell it
  Pending<HttpAnswer> pending_;
  curl_slist* headers_ = nullptr;
  char reason_[CURL_ERROR_SIZE] = {};
  HttpAnswer answer_;
  std::size_t header_bytes_ = 0;
  std::string body_;
  bool too_long_ = false;
  std::unique_ptr<CURL, EasyCloser> easy_;  // last: it points at the others
};

}  // namespace imapkeep
