// The one line of a progress bar as a pure function of counts, time and width:
//   [#########---------------]  41%  8,231/20,041 messages  241.3 MiB  18.2 MiB/s  0:12 left
// Of several accounts `106/300 accounts` stands before the messages.
// What does not fit the width is left out from the middle outwards; without a total only counts
// stand.
#pragma once

#include <cstdint>
#include <string>

#include "daemon/base/clock.h"

namespace imapkeep {

struct ProgressCounts {
  std::uint64_t planned = 0;  ///< messages known to be wanted so far
  std::uint64_t stored = 0;   ///< durable
  std::uint64_t received_bytes = 0;
  std::uint64_t folders_done = 0;
  std::uint64_t folders = 0;
  std::uint64_t accounts_done = 0;
  std::uint64_t accounts = 0;  ///< of more than one it is said how many are done
};

std::string progress_line(const ProgressCounts& counts, Duration elapsed, std::size_t width);

/// "1,234,567"
std::string with_commas(std::uint64_t number);
/// "512 B", "18.2 MiB"
std::string human_bytes(std::uint64_t bytes);
/// "0:12", "1:02:03"
std::string human_time(Duration time);

}  // namespace imapkeep
