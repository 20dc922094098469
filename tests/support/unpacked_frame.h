// The bytes in a zstd frame, read by the library itself and nothing of ours.
#pragma once

#include <zstd.h>

#include <string>

namespace imapkeep {

/// Words that no message has when it is no whole frame.
inline std::string unpacked_frame(const std::string& frame) {
  const auto size = ZSTD_getFrameContentSize(frame.data(), frame.size());
  if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN) return "no frame";
  std::string bytes(static_cast<std::size_t>(size), '\0');
  const std::size_t got = ZSTD_decompress(bytes.data(), bytes.size(), frame.data(), frame.size());
  return ZSTD_isError(got) != 0 || got != bytes.size() ? "a damaged frame" : bytes;
}

}  // namespace imapkeep
