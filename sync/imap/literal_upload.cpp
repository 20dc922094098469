#include "sync/imap/literal_upload.h"

#include <utility>

namespace imapkeep::imap {
namespace {

constexpr std::size_t kMostUnsent = 128 * 1024;

}  // namespace

Result<Done> LiteralUpload::go_on(std::size_t unsent_bytes) {
  if (request_->cancelled()) {
    return server_error("a message that was being appended was given up in the middle");
  }
  if (is_reading_ || unsent_bytes > kMostUnsent) return Done{};
  is_reading_ = true;
  request_->read_literal([this](Result<std::string> octets) { took(std::move(octets)); });
  return Done{};
}

void LiteralUpload::took(Result<std::string> octets) {
  is_reading_ = false;
  const auto on_step = on_step_;  // the call may destroy this
  if (!octets) return on_step(octets.error());
  if (octets->empty()) {
    if (const auto ended = session_.end_literal(); !ended) return on_step(ended.error());
  } else if (const auto sent = session_.send_literal(*std::move(octets)); !sent) {
    return on_step(sent.error());
  }
  on_step(Done{});
}

}  // namespace imapkeep::imap
