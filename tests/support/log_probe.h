// Keeps every log line, as an operator would read it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/log.h"

namespace imapkeep {

class LogProbe final : public LogSink {
 public:
  struct Line {
    LogLevel level;
    std::string text;
  };

  void write(LogLevel level, std::string_view event, const LogFields& fields) override {
    lines.push_back({level, format_log_line(event, fields)});
  }
  [[nodiscard]] bool wants(LogLevel) const override { return true; }

  [[nodiscard]] Log log() { return Log(*this); }
  [[nodiscard]] bool contains(std::string_view part) const {
    for (const auto& line : lines) {
      if (line.text.find(part) != std::string::npos) return true;
    }
    return false;
  }
  [[nodiscard]] std::size_t count(LogLevel level) const {
    std::size_t found = 0;
    for (const auto& line : lines) found += line.level == level ? 1U : 0U;
    return found;
  }

  std::vector<Line> lines;
};

}  // namespace imapkeep
