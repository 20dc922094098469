#include "auth/spoken_secret.h"

#include <algorithm>

#include "auth/form.h"
#include "daemon/base/bytes.h"

namespace imapkeep {
namespace {

constexpr std::size_t kKept = 16;
constexpr std::string_view kMask = "***";

/// The `size` characters from each place where `beginning` stands.
void mask_plain(std::string& text, std::string_view beginning, std::size_t size) {
  for (std::size_t at = text.find(beginning); at != std::string::npos;
       at = text.find(beginning, at + kMask.size())) {
    text.replace(at, std::min(size, text.size() - at), kMask);
  }
}

/// As in an IMAP quoted string, RFC 9051 §4.3.
std::string quoted(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    if (c == '"' || c == '\\') text += '\\';
    text += c;
  }
  return text;
}

bool is_base64(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
         c == '/' || c == '-' || c == '_';
}

/// As in a form or an address: to the end of what such an encoding consists of.
void mask_percent_encoded(std::string& text, std::string beginning) {
  for (std::size_t at = text.find(beginning); at != std::string::npos;
       at = text.find(beginning, at + kMask.size())) {
    const auto from = text.begin() + static_cast<std::ptrdiff_t>(at);
    const auto end = std::find_if(
        from, text.end(), [](char c) { return !is_base64(c) && c != '%' && c != '.' && c != '~'; });
    text.replace(from, end, kMask.begin(), kMask.end());
  }
  wipe(beginning);
}

bool encodes(std::string_view run, std::string_view beginning) {
  std::string standard(run);  // RFC 4648 §4, whichever alphabet it was
  std::replace(standard.begin(), standard.end(), '-', '+');
  std::replace(standard.begin(), standard.end(), '_', '/');
  // Where the run begins within the encoded text, and whether all of it is there, is not known.
  for (std::size_t from = 0; from < std::min<std::size_t>(4, standard.size()); ++from) {
    const std::size_t whole = (standard.size() - from) / 4 * 4;
    const auto bytes = from_base64(std::string_view(standard).substr(from, whole));
    if (bytes && bytes->find(beginning) != std::string::npos) return true;
    const std::size_t rest = standard.size() - from - whole;
    if (rest < 2) continue;
    const auto padded = from_base64(standard.substr(from) + std::string(4 - rest, '='));
    if (padded && padded->find(beginning) != std::string::npos) return true;
  }
  return false;
}

void mask_encoded(std::string& text, std::string_view beginning) {
  for (std::size_t at = 0; at < text.size();) {
    const auto begin = text.begin() + static_cast<std::ptrdiff_t>(at);
    const auto end = std::find_if_not(begin, text.end(), is_base64);
    const auto size = static_cast<std::size_t>(end - begin);
    if (size > beginning.size() && encodes({text.data() + at, size}, beginning)) {
      const std::size_t padding = text.find_first_not_of('=', at + size);
      text.replace(at, std::min(padding, text.size()) - at, kMask);
      at += kMask.size();
    } else {
      at += size + 1;
    }
  }
}

}  // namespace

SpokenSecret::SpokenSecret(const Secret& secret)
    : beginning_(std::string(secret.reveal().substr(0, kKept))), size_(secret.reveal().size()) {}

std::string SpokenSecret::masked(std::string text) const {
  const std::string_view beginning = beginning_.reveal();
  if (beginning.size() < kShortest) return text;
  for (std::string shown : {std::string(beginning), quoted(beginning), printable(beginning)}) {
    mask_plain(text, shown, size_ + shown.size() - beginning.size());
    wipe(shown);
  }
  mask_percent_encoded(text, percent_encode(beginning));
  mask_encoded(text, beginning);
  return text;
}

}  // namespace imapkeep
