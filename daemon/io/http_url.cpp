#include "daemon/io/http_url.h"

#include <arpa/inet.h>

#include <memory>
#include <string_view>

#include "daemon/base/bytes.h"

namespace imapkeep {
namespace {

struct UrlCloser {
  const CurlLibrary* curl;
  void operator()(CURLU* url) const { curl->url_cleanup(url); }
};

std::string part_of(const CurlLibrary& curl, CURLU* url, CURLUPart part) {
  char* raw = nullptr;
  if (curl.url_get(url, part, &raw, 0) != CURLUE_OK) return "";
  std::string text = raw;
  curl.free(raw);
  return text;
}

/// An address, not a name: what a name means is decided elsewhere.
bool is_loopback(std::string host) {
  if (host.size() > 2 && host.front() == '[') host = host.substr(1, host.size() - 2);
  in_addr four{};
  if (inet_pton(AF_INET, host.c_str(), &four) == 1) return (ntohl(four.s_addr) >> 24) == 127;
  in6_addr six{};
  return inet_pton(AF_INET6, host.c_str(), &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
}

}  // namespace

Result<HttpUrl> judge_url(const CurlLibrary& curl, const std::string& url) {
  HttpUrl judged;
  judged.without_query = printable_utf8(url.substr(0, url.find_first_of("?#")), 300);
  const std::unique_ptr<CURLU, UrlCloser> parsed(curl.url(), UrlCloser{&curl});
  if (!parsed || curl.url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK) {
    return config_error("`" + judged.without_query + "` is no URL");
  }
  if (!part_of(curl, parsed.get(), CURLUPART_USER).empty() ||
      !part_of(curl, parsed.get(), CURLUPART_PASSWORD).empty()) {
    return config_error("a URL must not hold a user name or a password");
  }
  const std::string scheme = part_of(curl, parsed.get(), CURLUPART_SCHEME);
  if (scheme == "https") return judged;
  if (scheme == "http" && is_loopback(part_of(curl, parsed.get(), CURLUPART_HOST))) {
    judged.is_plain = true;
    return judged;
  }
  return config_error("`" + judged.without_query +
                      "` is not used: it must begin with https:// (http:// only to a loopback "
                      "address such as 127.0.0.1)");
}

}  // namespace imapkeep
