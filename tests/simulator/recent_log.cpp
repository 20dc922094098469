#include "tests/simulator/recent_log.h"

#include <cstdio>

namespace imapkeep::sim {

RecentLog::RecentLog(const Clock& clock, Loudness loudness)
    : clock_(clock), start_(clock.mono_now()), loudness_(loudness) {}

bool RecentLog::wants(LogLevel level) const {
  return level != LogLevel::kDebug || loudness_ == Loudness::kDebug;
}

void RecentLog::write(LogLevel level, std::string_view event, const LogFields& fields) {
  Line line{time_now(), level, std::string(event), fields};
  if (loudness_ != Loudness::kQuiet) std::printf("%s\n", text_of(line).c_str());
  if (level != LogLevel::kDebug) {
    // FNV. Not the fields: paths of this machine may be among them.
    for (const std::string& text : {line.time, line.event}) {
      for (const char c : text) {
        digest_ = (digest_ ^ static_cast<unsigned char>(c)) * 0x100000001b3;
      }
    }
  }
  lines_.push_back(std::move(line));
  if (lines_.size() > kKept) lines_.pop_front();
}

void RecentLog::note(const std::string& what) { write(LogLevel::kInfo, "~ " + what, {}); }

std::string RecentLog::time_now() const {
  const auto ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(clock_.mono_now() - start_).count();
  char text[32];
  std::snprintf(text, sizeof text, "%lld:%02lld:%02lld.%03lld",
                static_cast<long long>(ms / 3'600'000), static_cast<long long>(ms / 60'000 % 60),
                static_cast<long long>(ms / 1000 % 60), static_cast<long long>(ms % 1000));
  return text;
}

std::string RecentLog::text_of(const Line& line) {
  static constexpr const char* kMarks[] = {"debug", "     ", "WARN ", "ERROR"};
  return line.time + " " + kMarks[static_cast<int>(line.level)] + " " +
         format_log_line(line.event, line.fields);
}

std::vector<std::string> RecentLog::last_lines() const {
  std::vector<std::string> texts;
  for (const Line& line : lines_) texts.push_back(text_of(line));
  return texts;
}

}  // namespace imapkeep::sim
