// Where a daemon's log lines go. When standard error is a stream to systemd's journal, as
// $JOURNAL_STREAM says, they go to the journal itself, with fields (journal_fields.h); should it
// not take one, the line goes down that stream with the `<4>` in front that the journal reads as a
// priority. Everywhere else (a terminal, a file, a container's log) a line with time and level is
// written, as by every other command, and no `<4>`, which nobody there would understand.
#pragma once

#include <functional>
#include <memory>

#include "daemon/base/process_environment.h"
#include "daemon/io/log_sink.h"

namespace imapkeep {

class JournalSink final : public LogSink {
 public:
  /// Says whether the journal took the entry. From whichever thread logs.
  using Send = std::function<bool(const std::vector<std::string>& fields)>;

  explicit JournalSink(LogLevel least);
  JournalSink(LogLevel least, Send send, std::function<void(std::string_view)> stream);

  void write(LogLevel level, std::string_view event, const LogFields& fields) override;
  [[nodiscard]] bool wants(LogLevel level) const override { return level >= least_; }

 private:
  LogLevel least_;
  Send send_;
  std::function<void(std::string_view)> stream_;
};

/// Is our standard error a stream to the journal?
bool stderr_is_journal(const ProcessEnvironment& environment);

/// The sink of a daemon, chosen as said above.
std::unique_ptr<LogSink> daemon_log_sink(const ProcessEnvironment& environment, const Clock& clock,
                                         LogLevel least);

}  // namespace imapkeep
