#include "daemon/io/http_url.h"

#include <memory>
#include <string_view>

#include "daemon/base/bytes.h"
#include "daemon/base/web_address.h"

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

/// As curl has read it, so that no spelling means one host here and another one there.
bool is_on_this_machine(std::string_view host) {
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return is_loopback(host);
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
  if (scheme == "http" && is_on_this_machine(part_of(curl, parsed.get(), CURLUPART_HOST))) {
    judged.is_plain = true;
    return judged;
  }
  return config_error("`" + judged.without_query +
                      "` is not used: it must begin with https:// (http:// only to loopback "
                      "hosts: 127.0.0.0/8, ::1, localhost)");
}

}  // namespace imapkeep
