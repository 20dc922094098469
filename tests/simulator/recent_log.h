// The daemon's log and the simulator's own, in virtual time: the last lines are kept for the report
// of a violation, and all of them go into a digest that is the same for the same seed.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "daemon/base/clock.h"
#include "daemon/base/log.h"

namespace imapkeep::sim {

enum class Loudness { kQuiet, kInfo, kDebug };

class RecentLog final : public LogSink {
 public:
  RecentLog(const Clock& clock, Loudness loudness);

  void write(LogLevel level, std::string_view event, const LogFields& fields) override;
  [[nodiscard]] bool wants(LogLevel level) const override;
  /// What the simulator does to the daemon.
  void note(const std::string& what);

  /// Of a run that began when this log was made: "1:02:03.004".
  [[nodiscard]] std::string time_now() const;
  [[nodiscard]] std::vector<std::string> last_lines() const;
  [[nodiscard]] std::uint64_t digest() const { return digest_; }

 private:
  static constexpr std::size_t kKept = 60;
  struct Line {
    std::string time;
    LogLevel level;
    std::string event;
    LogFields fields;
  };
  static std::string text_of(const Line& line);

  const Clock& clock_;
  MonoTime start_;
  Loudness loudness_;
  std::deque<Line> lines_;
  std::uint64_t digest_ = 0;
};

}  // namespace imapkeep::sim
