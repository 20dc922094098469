#include "daemon/io/curl_exchange.h"

#include <algorithm>

#include "daemon/base/ascii_case.h"
#include "daemon/base/bytes.h"

namespace imapkeep {
namespace {

constexpr Duration kMostConnecting = std::chrono::seconds(15);
constexpr std::size_t kMostHeaderBytes = 64 * 1024;

long milliseconds(Duration span) {
  return std::max<long>(1, std::chrono::ceil<std::chrono::milliseconds>(span).count());
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.back() <= ' ' && text.back() >= 0)) text.remove_suffix(1);
  while (!text.empty() && (text.front() <= ' ' && text.front() >= 0)) text.remove_prefix(1);
  return text;
}

}  // namespace

CurlExchange::CurlExchange(const CurlLibrary& curl, CurlTarget target, std::string shown)
    : curl_(curl),
      target_(std::move(target)),
      shown_(std::move(shown)),
      easy_(curl.easy_init(), EasyCloser{&curl}) {}

CurlExchange::~CurlExchange() {
  easy_.reset();
  for (curl_slist* line = headers_; line != nullptr; line = line->next) {
    std::fill_n(static_cast<volatile char*>(line->data), std::string_view(line->data).size(), '\0');
  }
  curl_.slist_free_all(headers_);
}

void CurlExchange::add_header(const std::string& line) {
  headers_ = curl_.slist_append(headers_, line.c_str());
}

void CurlExchange::set_options(bool may_be_plain) {
  set<CURLOPT_URL>(target_.url.c_str());
  set<CURLOPT_PROTOCOLS_STR>(may_be_plain ? "http" : "https");
  set<CURLOPT_FOLLOWLOCATION>(0L);
  // Not even one that the environment names: who would then read the tokens is said nowhere.
  set<CURLOPT_PROXY>("");
  set<CURLOPT_HTTP_VERSION>(long{CURL_HTTP_VERSION_1_1});
  set<CURLOPT_FRESH_CONNECT>(1L);
  set<CURLOPT_FORBID_REUSE>(1L);
  set<CURLOPT_NOSIGNAL>(1L);
  // A cancelled exchange does not wait on the loop for getaddrinfo's thread.
  set<CURLOPT_QUICK_EXIT>(1L);
  set<CURLOPT_CONNECTTIMEOUT_MS>(milliseconds(std::min(target_.deadline / 2, kMostConnecting)));
  set<CURLOPT_ERRORBUFFER>(static_cast<char*>(reason_));
  set<CURLOPT_USERAGENT>("imapkeep");

  set<CURLOPT_SSLVERSION>(long{CURL_SSLVERSION_TLSv1_2});
  set<CURLOPT_SSL_VERIFYPEER>(1L);
  set<CURLOPT_SSL_VERIFYHOST>(2L);
  if (!target_.ca_file.empty()) {
    set<CURLOPT_CAINFO>(target_.ca_file.c_str());
    set<CURLOPT_CAPATH>(
        static_cast<const char*>(nullptr));  // else the system's would be trusted too
  }

  for (const auto& [name, value] : target_.headers) add_header(name + ": " + value);
  if (!target_.authorization.empty()) {
    std::string line = "Authorization: ";
    line.reserve(line.size() + target_.authorization.reveal().size());
    line += target_.authorization.reveal();
    add_header(line);
    wipe(line);
  }
  set<CURLOPT_HTTPHEADER>(headers_);

  using Taker = std::size_t (*)(char*, std::size_t, std::size_t, void*);
  const Taker header = [](char* bytes, std::size_t size, std::size_t count, void* self) {
    const std::size_t all = size * count;
    return static_cast<CurlExchange*>(self)->take_header({bytes, all}) ? all : 0;
  };
  set<CURLOPT_HEADERFUNCTION>(header);
  set<CURLOPT_HEADERDATA>(this);
}

bool CurlExchange::take_header(std::string_view line) {
  header_bytes_ += line.size();
  if (header_bytes_ > kMostHeaderBytes) {
    head_too_long_ = true;
    return false;
  }
  if (line.starts_with("HTTP/")) answer_.headers.clear();  // after an interim answer (1xx)
  const std::size_t colon = line.find(':');
  if (colon != std::string_view::npos) {
    answer_.headers.emplace_back(ascii_lower(trimmed(line.substr(0, colon))),
                                 std::string(trimmed(line.substr(colon + 1))));
  }
  return true;
}

int CurlExchange::status() const {
  long status = 0;
  curl_.easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
  return static_cast<int>(status);
}

Error CurlExchange::late() const {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(target_.deadline).count();
  return server_error(shown_ + ": no whole answer within " + std::to_string(seconds) + " s");
}

Error CurlExchange::error_of(CURLcode code) const {
  if (head_too_long_) {
    return server_error(shown_ + ": the headers of the answer are longer than " +
                        std::to_string(kMostHeaderBytes / 1024) +
                        " KiB; is something else answering there?");
  }
  // curl's own words may quote the server; for these they do not, and say more than the code does.
  const bool says_why = code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_COULDNT_CONNECT ||
                        code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_SSL_CONNECT_ERROR;
  const std::string why = says_why && reason_[0] != '\0' ? printable_utf8(reason_)
                                                         : std::string(curl_.easy_strerror(code));
  switch (code) {
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ISSUER_ERROR:
      return server_error(shown_ + ": the server's certificate is refused (" + why + ")",
                          Remedy::kNeedsOperator);
    case CURLE_SSL_CACERT_BADFILE:
      return config_error(shown_ + ": cannot use the trusted certificates in " +
                          printable_utf8(target_.ca_file, 1000));
    // The URL was looked at before the request left, so this is about the answer (HTTP/0.9).
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
      return server_error(shown_ + ": the answer is not HTTP; is something else answering there?");
    case CURLE_URL_MALFORMAT:
      return config_error(shown_ + ": cannot be used (" + why + ")");
    case CURLE_OPERATION_TIMEDOUT:
      return server_error(shown_ + ": no connection in time");
    default:
      return server_error(shown_ + ": " + why);
  }
}

}  // namespace imapkeep
