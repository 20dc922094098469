// One exchange on one curl easy handle: where it goes, whom it trusts, and what curl's last word
// about it means. What is sent and what becomes of the answer is for those who derive from it;
// curl_multi.h drives it. A connection serves one exchange.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "daemon/base/http.h"
#include "daemon/io/curl_library.h"

namespace imapkeep {

/// What every exchange is made of.
struct CurlTarget {
  std::string method;
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;
  Secret authorization;
  std::string ca_file;
  Duration deadline;
};

class CurlExchange {
 public:
  virtual ~CurlExchange();
  CurlExchange(const CurlExchange&) = delete;
  CurlExchange& operator=(const CurlExchange&) = delete;

  [[nodiscard]] CURL* easy() const { return easy_.get(); }
  [[nodiscard]] Duration deadline() const { return target_.deadline; }

  /// What was started, for whoever waits. `cancel`: takes it out of curl's hands.
  [[nodiscard]] virtual Operation operation(std::function<void()> cancel) const = 0;
  /// curl's last word, told to whoever waits, who may destroy anything.
  virtual void end(CURLcode code) = 0;
  /// It is taken out of curl's hands unfinished.
  virtual void fail(const Error& why) = 0;
  /// Nobody waits any more, and curl is still calling: it must be told to stop.
  virtual void abandon() {}

  [[nodiscard]] Error late() const;

 protected:
  /// `shown`: the URL as errors may tell it.
  CurlExchange(const CurlLibrary& curl, CurlTarget target, std::string shown);

  /// Of everything but the bodies. Once, after what derives has set its own headers.
  void set_options(bool may_be_plain);
  void add_header(const std::string& line);
  /// Status and headers as they came; the status is 0 before its line.
  [[nodiscard]] HttpAnswer& answer() { return answer_; }
  [[nodiscard]] Error error_of(CURLcode code) const;
  [[nodiscard]] int status() const;
  [[nodiscard]] const CurlLibrary& curl() const { return curl_; }
  [[nodiscard]] const CurlTarget& target() const { return target_; }
  [[nodiscard]] const std::string& shown() const { return shown_; }
  /// One line of the answer's head; false: there are too many.
  virtual bool take_header(std::string_view line);

  /// curl takes whatever it is given; so the kind that an option wants is looked at here.
  template <CURLoption option, class Value>
  void set(Value value) {
    if constexpr (option < CURLOPTTYPE_OBJECTPOINT) {
      static_assert(std::is_same_v<Value, long>);
    } else if constexpr (option < CURLOPTTYPE_FUNCTIONPOINT) {
      static_assert(std::is_pointer_v<Value> && !std::is_function_v<std::remove_pointer_t<Value>>);
    } else if constexpr (option < CURLOPTTYPE_OFF_T) {
      static_assert(std::is_function_v<std::remove_pointer_t<Value>>);
    } else {
      static_assert(std::is_same_v<Value, curl_off_t>);
    }
    curl_.easy_setopt(easy_.get(), option, value);
  }

 private:
  struct EasyCloser {
    const CurlLibrary* curl;
    void operator()(CURL* easy) const { curl->easy_cleanup(easy); }
  };

  const CurlLibrary& curl_;
  CurlTarget target_;
  std::string shown_;
  curl_slist* headers_ = nullptr;
  char reason_[CURL_ERROR_SIZE] = {};
  HttpAnswer answer_;
  std::size_t header_bytes_ = 0;
  bool head_too_long_ = false;
  std::unique_ptr<CURL, EasyCloser> easy_;  // last: it points at the others
};

}  // namespace imapkeep
