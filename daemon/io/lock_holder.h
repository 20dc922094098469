// Which process holds a lock (flock) on a file, by what the kernel lists in /proc/locks. Nothing is
// locked to find out: a look must not stand in the way of whoever is about to lock it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace imapkeep {

/// Of the lines of /proc/locks, the first that holds such a lock on a file with this inode number
/// and whose process `is_ours` accepts. Devices are not compared: btrfs shows others there than
/// stat does.
std::optional<int> find_lock_holder(std::string_view locks, std::uint64_t inode,
                                    const std::function<bool(int)>& is_ours);

/// A process of this program. Nothing: nobody, or it cannot be known here.
std::optional<int> lock_holder(const std::string& path);

}  // namespace imapkeep
