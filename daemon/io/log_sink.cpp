#include "daemon/io/log_sink.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>

namespace imapkeep {
namespace {

std::string_view level_word(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarning:
      return "warning";
    case LogLevel::kError:
      return "error";
  }
  return "error";
}

}  // namespace

std::string utc_text(WallTime at) {
  const std::time_t seconds =
      std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count();
  std::tm parts{};
  char text[64];
  if (gmtime_r(&seconds, &parts) == nullptr) return "?";
  return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

LineLogSink::LineLogSink(const Clock& clock, LogLevel least,
                         std::function<void(std::string_view)> writer, LogReader reader)
    : clock_(clock), least_(least), reader_(reader), writer_(std::move(writer)) {}

void LineLogSink::write(LogLevel level, std::string_view event, const LogFields& fields) {
  if (!wants(level)) return;
  std::string line;
  if (reader_ == LogReader::kPerson) {
    line = format_for_person(event, fields) + '\n';
  } else {
    line = utc_text(clock_.wall_now());
    line += ' ';
    line += level_word(level);
    line += ' ';
    line += format_log_line(event, fields);
    line += '\n';
  }
  const std::lock_guard lock(mutex_);
  writer_(line);
}

LogReader reader_of_stderr() {
  return isatty(STDERR_FILENO) == 1 ? LogReader::kPerson : LogReader::kFile;
}

void write_to_stderr(std::string_view line) {
  while (!line.empty()) {
    const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
    if (written > 0) {
      line.remove_prefix(static_cast<std::size_t>(written));
      continue;
    }
    if (errno == EINTR) continue;
    // Somebody else may have made our standard error non-blocking; a line is worth a short wait.
    pollfd ready{STDERR_FILENO, POLLOUT, 0};
    if (errno != EAGAIN || poll(&ready, 1, 1000) <= 0) return;
  }
}

}  // namespace imapkeep
