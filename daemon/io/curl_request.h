// An exchange of http.h: a body that sits in memory, and an answer that is collected under its
// limit.
#pragma once

#include <memory>
#include <string>

#include "daemon/io/curl_exchange.h"

namespace imapkeep {

class CurlRequest final : public CurlExchange {
 public:
  /// Errors: Trouble::kConfig, the URL must not be used.
  static Result<std::unique_ptr<CurlExchange>> make(const CurlLibrary& curl, HttpRequest request,
                                                    Completion<HttpAnswer> done);
  ~CurlRequest() override;

  [[nodiscard]] Operation operation(std::function<void()> cancel) const override {
    return pending_.operation(std::move(cancel));
  }
  void end(CURLcode code) override;
  void fail(const Error& why) override { pending_.complete(why); }

 private:
  CurlRequest(const CurlLibrary& curl, HttpRequest request, std::string shown,
              Completion<HttpAnswer> done);
  void set_bodies();
  bool take_body(std::string_view bytes);

  Secret sent_;
  std::size_t most_bytes_;
  Pending<HttpAnswer> pending_;
  std::string body_;
  bool too_long_ = false;
};

}  // namespace imapkeep
