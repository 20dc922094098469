#define SD_JOURNAL_SUPPRESS_LOCATION  // which line of ours it was is nobody's field
#include "daemon/io/journal_sink.h"

#include <sys/stat.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#include <utility>

#include "daemon/io/journal_fields.h"

namespace imapkeep {
namespace {

bool send_to_journal(const std::vector<std::string>& fields) {
  std::vector<iovec> parts;
  parts.reserve(fields.size());
  for (const std::string& field : fields) {
    parts.push_back({const_cast<char*>(field.data()), field.size()});
  }
  return sd_journal_sendv(parts.data(), static_cast<int>(parts.size())) >= 0;
}

}  // namespace

JournalSink::JournalSink(LogLevel least) : JournalSink(least, send_to_journal, write_to_stderr) {}

JournalSink::JournalSink(LogLevel least, Send send, std::function<void(std::string_view)> stream)
    : least_(least), send_(std::move(send)), stream_(std::move(stream)) {}

void JournalSink::write(LogLevel level, std::string_view event, const LogFields& fields) {
  if (!wants(level)) return;
  if (send_(journal_fields(level, event, fields))) return;
  stream_("<" + std::to_string(journal_priority(level)) + ">" + format_log_line(event, fields) +
          "\n");
}

bool stderr_is_journal(const ProcessEnvironment& environment) {
  const auto named = environment.variable("JOURNAL_STREAM");
  struct stat facts {};
  return named && fstat(STDERR_FILENO, &facts) == 0 &&
         names_journal_stream(*named, facts.st_dev, facts.st_ino);
}

std::unique_ptr<LogSink> daemon_log_sink(const ProcessEnvironment& environment, const Clock& clock,
                                         LogLevel least) {
  if (stderr_is_journal(environment)) return std::make_unique<JournalSink>(least);
  return std::make_unique<LineLogSink>(clock, least, write_to_stderr);
}

}  // namespace imapkeep
