// Log lines as text: `2026-11-23T03:14:15Z info event key=value`. The writer is injected, so that
// the program can lift its progress bar before a line and draw it again afterwards.
#pragma once

#include <functional>
#include <mutex>
#include <string_view>

#include "daemon/base/clock.h"
#include "daemon/base/log.h"

namespace imapkeep {

enum class LogReader { kFile, kPerson };

class LineLogSink final : public LogSink {
 public:
  /// `writer` gets whole lines, line end included, one at a time, from whichever thread logs.
  LineLogSink(const Clock& clock, LogLevel least, std::function<void(std::string_view)> writer,
              LogReader reader = LogReader::kFile);
  void write(LogLevel level, std::string_view event, const LogFields& fields) override;
  [[nodiscard]] bool wants(LogLevel level) const override { return level >= least_; }

 private:
  const Clock& clock_;
  LogLevel least_;
  LogReader reader_;
  std::mutex mutex_;
  std::function<void(std::string_view)> writer_;
};

/// The usual writer. What standard error does not take is lost: there is nobody left to tell.
void write_to_stderr(std::string_view line);
/// Who reads standard error.
LogReader reader_of_stderr();

/// `2026-11-23T03:14:15Z`
std::string utc_text(WallTime at);

}  // namespace imapkeep
