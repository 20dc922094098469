// A kept message as its file in gone/ holds it: one zstd frame with a checksum and the length of
// what is in it, so that no mail reader takes it for mail and `zstd -dc` gives the message back.
// Both ways stream: memory does not depend on the message.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "daemon/base/files.h"

namespace imapkeep {

inline constexpr std::string_view kFrameSuffix = ".zst";

/// All bytes of `from`, which must be `size` many. An error of reading them is kSkipMessage and
/// kMessage: others can be kept.
Result<Done> write_frame(InFile& from, std::uint64_t size, OutFile& to);

/// The bytes that were written into a frame; its end before the frame is whole, or bytes that do
/// not belong together, are an error. It cannot be sought in.
std::unique_ptr<InFile> read_frame(std::unique_ptr<InFile> from, std::string path);

}  // namespace imapkeep
