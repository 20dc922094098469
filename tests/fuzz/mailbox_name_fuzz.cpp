// What decodes must encode to the same bytes, and what encodes must decode to the same text unless
// it holds control characters.
#include <cstdint>
#include <cstdlib>

#include "daemon/base/bytes.h"
#include "sync/imap/types/mailbox_name.h"

using namespace imapkeep;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto decoded = decode_utf7(text)) {
    if (!is_utf8(*decoded) || encode_utf7(*decoded) != text) std::abort();
  }
  const auto encoded = encode_utf7(text);
  if (encoded.has_value() != is_utf8(text)) std::abort();
  if (encoded) {
    for (const char c : *encoded) {
      if (c < 0x20 || c > 0x7e) std::abort();
    }
    const auto decoded = decode_utf7(*encoded);
    if (decoded && *decoded != text) std::abort();
  }
  for (const char delimiter : {'\0', '.', '/'}) {
    const auto name = MailboxName::from_server(text, NameEncoding::kUtf7);
    if (name.display(delimiter).empty() != text.empty()) std::abort();
  }
  return 0;
}
