#include "sync/imap/types/date_time.h"

#include <algorithm>
#include <array>
#include <chrono>

#include "daemon/base/ascii_case.h"

namespace imapkeep {
namespace {

/// `count` digits at the front, taken off; -1 when there are not that many.
int take_digits(std::string_view& text, std::size_t count) {
  if (text.size() < count) return -1;
  int value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(count);
  return value;
}

bool take(std::string_view& text, char c) {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

/// 1..12, or 0.
unsigned take_month(std::string_view& text) {
  constexpr std::string_view kMonths = "janfebmaraprmayjunjulaugsepoctnovdec";
  if (text.size() < 3) return 0;
  const std::array<char, 3> name{ascii_lower(text[0]), ascii_lower(text[1]), ascii_lower(text[2])};
  for (std::size_t at = 0; at < kMonths.size(); at += 3) {
    if (name[0] == kMonths[at] && name[1] == kMonths[at + 1] && name[2] == kMonths[at + 2]) {
      text.remove_prefix(3);
      return static_cast<unsigned>(at / 3) + 1;
    }
  }
  return 0;
}

std::optional<std::chrono::minutes> zone(std::string_view text) {
  const bool west = text.starts_with('-');
  if (!west && !text.starts_with('+')) {
    for (const auto* utc : {"", "Z", "UT", "UTC", "GMT"}) {
      if (same_ignoring_case(text, utc)) return std::chrono::minutes(0);
    }
    return std::nullopt;
  }
  text.remove_prefix(1);
  const int hours = take_digits(text, 2);
  const int minutes = take_digits(text, 2);
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59 || !text.empty()) return std::nullopt;
  const std::chrono::minutes offset(hours * 60 + minutes);
  return west ? -offset : offset;
}

void trim(std::string_view& text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
}

}  // namespace

std::optional<std::int64_t> parse_date_time(std::string_view text) {
  trim(text);
  const std::size_t day_digits = text.size() > 1 && text[1] == '-' ? 1 : 2;
  const int day = take_digits(text, day_digits);
  if (day < 0 || !take(text, '-')) return std::nullopt;
  const unsigned month = take_month(text);
  if (!take(text, '-')) return std::nullopt;
  const int year = take_digits(text, 4);
  if (year < 0 || !take(text, ' ')) return std::nullopt;
  trim(text);
  const int hour = take_digits(text, 2);
  if (!take(text, ':')) return std::nullopt;
  const int minute = take_digits(text, 2);
  if (!take(text, ':')) return std::nullopt;
  const int second = take_digits(text, 2);
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) {
    return std::nullopt;
  }
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month),
                                         std::chrono::day(static_cast<unsigned>(day))};
  trim(text);
  const auto offset = zone(text);
  if (!date.ok() || !offset) return std::nullopt;
  const auto time = std::chrono::sys_days(date) + std::chrono::hours(hour) +
                    std::chrono::minutes(minute) + std::chrono::seconds(second) - *offset;
  return std::chrono::seconds(time.time_since_epoch()).count();
}

std::string format_date_time(std::int64_t unix_seconds) {
  constexpr std::int64_t kEarliest = -62'167'219'200;  // year 0
  constexpr std::int64_t kLatest = 253'402'300'799;    // year 9999
  if (unix_seconds < kEarliest || unix_seconds > kLatest) return {};
  const std::chrono::sys_seconds at{std::chrono::seconds(unix_seconds)};
  const auto days = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date(days);
  const std::chrono::hh_mm_ss time(at - days);
  const auto padded = [](std::int64_t value, std::size_t digits) {
    const std::string text = std::to_string(value);
    return std::string(digits - std::min(digits, text.size()), '0') + text;
  };
  constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  const std::size_t month = unsigned{date.month()} - 1;
  return padded(unsigned{date.day()}, 2) + "-" + std::string(kMonths.substr(month * 3, 3)) + "-" +
         padded(int{date.year()}, 4) + " " + padded(time.hours().count(), 2) + ":" +
         padded(time.minutes().count(), 2) + ":" + padded(time.seconds().count(), 2) + " +0000";
}

}  // namespace imapkeep
