// Which URLs a request may go to, and how they are told: https anywhere, plain http only to an
// address of this machine, never a user name in it.
#pragma once

#include <string>

#include "daemon/base/result.h"
#include "daemon/io/curl_library.h"

namespace imapkeep {

struct HttpUrl {
  bool is_plain = false;      ///< http, to a loopback address
  std::string without_query;  ///< for errors and logs: what stands behind `?` may be secret
};

/// Errors: Trouble::kConfig.
Result<HttpUrl> judge_url(const CurlLibrary& curl, const std::string& url);

}  // namespace imapkeep
