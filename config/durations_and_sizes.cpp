#include "config/durations_and_sizes.h"

#include <limits>
#include <optional>
#include <span>
#include <string>

#include "daemon/base/bytes.h"

namespace imapkeep {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

constexpr Unit kDurations[] = {{"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}, {"w", 7 * 86400}};
constexpr Unit kSizes[] = {{"B", 1},
                           {"kB", 1000},
                           {"KB", 1000},
                           {"MB", 1000'000},
                           {"GB", 1000'000'000},
                           {"TB", 1000'000'000'000},
                           {"KiB", 1ULL << 10},
                           {"MiB", 1ULL << 20},
                           {"GiB", 1ULL << 30},
                           {"TiB", 1ULL << 40}};

// What clocks and file systems count with is signed.
constexpr std::uint64_t kLargest = std::numeric_limits<std::int64_t>::max();

Result<std::uint64_t> parse(std::string_view text, std::span<const Unit> units,
                            const std::string& expected) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const std::string_view unit = text.substr(digits);
  if (digits == 0) return config_error("must be " + expected);
  if (unit.empty()) return config_error("needs a unit: " + expected);
  for (const auto& known : units) {
    if (known.name != unit) continue;
    const auto number = parse_u64(text.substr(0, digits));
    if (!number || *number > kLargest / known.factor) return config_error("is too large");
    return *number * known.factor;
  }
  return config_error("must be " + expected);
}

}  // namespace

Result<std::chrono::seconds> parse_duration(std::string_view text) {
  const auto seconds =
      parse(text, kDurations, "a whole number with s, m, h, d or w, such as 15m or 90d");
  if (!seconds) return seconds.error();
  // Far beyond any use, and safely inside every duration type.
  if (*seconds > 100ULL * 366 * 86400) return config_error("is too large");
  return std::chrono::seconds(*seconds);
}

Result<std::uint64_t> parse_size(std::string_view text) {
  if (text == "0") return std::uint64_t{0};
  return parse(text, kSizes,
               "a whole number with kB, MB, GB, KiB, MiB or GiB, such as 500MB or 1GiB");
}

}  // namespace imapkeep
