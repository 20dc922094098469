// Any bytes from a token endpoint, an issuer, a browser's address line and a vault's file. A token
// that was read can be sent, and a grant says the same when it is written and read again.
#include <cstdint>
#include <cstdlib>

#include "auth/grant.h"
#include "auth/http_date.h"
#include "auth/query.h"
#include "auth/server_metadata.h"
#include "auth/token_answer.h"

using namespace imapkeep;

namespace {

/// As a line of SASL or of HTTP: RFC 6750 §2.1 allows fewer bytes still.
bool is_sendable(const Secret& token) {
  for (const char c : token.reveal()) {
    if (c <= 0x20 || c >= 0x7f) return false;
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  for (const int status : {200, 302, 400, 401, 503}) {
    const HttpAnswer answer{
        status, {{"content-type", "application/json"}, {"retry-after", text}}, Secret(text)};
    for (const TokenAsk asked :
         {TokenAsk::kCode, TokenAsk::kRefresh, TokenAsk::kDevice, TokenAsk::kOwnKey}) {
      const TokenAnswer read = read_token_answer(answer, asked);
      const auto* tokens = std::get_if<Tokens>(&read);
      if (tokens && (status != 200 || tokens->access.empty())) std::abort();
      if (tokens && (tokens->lifetime.count() < 0 || !is_sendable(tokens->access))) std::abort();
      const auto* refusal = std::get_if<TokenRefusal>(&read);
      if (refusal && error_of(*refusal).what.empty()) std::abort();
    }
    (void)read_metadata(answer, "https://issuer.example.org");
  }
  if (const auto grant = grant_from_json(text)) {
    const Secret once = grant_to_json(*grant);
    const auto again = grant_from_json(once.reveal());
    if (!again || grant_to_json(*again).reveal() != once.reveal()) std::abort();
  }
  (void)parse_query(text);
  (void)parse_http_date(text);
  return 0;
}
