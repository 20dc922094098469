#include "daemon/observe/progress_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace imapkeep {

std::string with_commas(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t i = digits.size(); i > 3; i -= 3) digits.insert(i - 3, ",");
  return digits;
}

std::string human_bytes(std::uint64_t bytes) {
  constexpr std::array kUnits = {"KiB", "MiB", "GiB", "TiB"};
  if (bytes < 1024) return fmt::format("{} B", bytes);
  double value = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  while (value >= 1000 && unit + 1 < kUnits.size()) {
    value /= 1024;
    ++unit;
  }
  return fmt::format("{:.1f} {}", value, kUnits[unit]);
}

std::string human_time(Duration time) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time).count();
  if (seconds >= 3600) {
    return fmt::format("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
  }
  return fmt::format("{}:{:02}", seconds / 60, seconds % 60);
}

std::string progress_line(const ProgressCounts& counts, Duration elapsed, std::size_t width) {
  const double seconds = std::max(1e-3, std::chrono::duration<double>(elapsed).count());
  const auto part_of = [](std::uint64_t done, std::uint64_t all) {
    return all == 0 ? 0 : std::min(1.0, static_cast<double>(done) / static_cast<double>(all));
  };
  const bool several = counts.accounts > 1;
  const double share = several ? part_of(counts.accounts_done, counts.accounts)
                               : part_of(counts.stored, counts.planned);
  std::string text = fmt::format("{:3.0f}%  ", share * 100);
  if (several) {
    text += fmt::format("{}/{} accounts  ", with_commas(counts.accounts_done),
                        with_commas(counts.accounts));
  }
  text += with_commas(counts.stored) + "/" + with_commas(counts.planned) + " messages";
  const std::string bytes = "  " + human_bytes(counts.received_bytes);
  const std::string rate =
      fmt::format("  {}/s", human_bytes(static_cast<std::uint64_t>(
                                static_cast<double>(counts.received_bytes) / seconds)));
  std::string left;
  if (share > 0 && share < 1) {
    const double whole = seconds / share;
    left = "  " +
           human_time(std::chrono::duration_cast<Duration>(
               std::chrono::duration<double>(whole - seconds))) +
           " left";
  }
  for (const std::string* part : std::array<const std::string*, 3>{&bytes, &rate, &left}) {
    if (text.size() + part->size() <= width) text += *part;
  }
  constexpr std::size_t kBarLeast = 12;
  if (text.size() + kBarLeast <= width) {
    const std::size_t cells = std::min<std::size_t>(width - text.size() - 4, 30);
    const auto filled = static_cast<std::size_t>(share * static_cast<double>(cells));
    text = "[" + std::string(filled, '#') + std::string(cells - filled, '-') + "]  " + text;
  }
  return text.substr(0, width);
}

}  // namespace imapkeep
