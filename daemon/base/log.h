// SystemPorts-readable and few: an event, a level, and key=value fields, into an injected sink.
// A Log is a cheap value: with() makes one that adds fields (account, folder) to every line, and
// its copies share them.
// Nothing that a user would call private (subjects, addresses in headers) is ever a field.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace imapkeep {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

struct LogField {
  std::string key;
  std::string value;
};
using LogFields = std::vector<LogField>;

class LogSink {
 public:
  virtual ~LogSink() = default;
  virtual void write(LogLevel level, std::string_view event, const LogFields& fields) = 0;
  /// False lets callers skip building fields that nobody reads.
  [[nodiscard]] virtual bool wants(LogLevel level) const = 0;
};

class Log {
 public:
  explicit Log(LogSink& sink) : sink_(&sink) {}

  [[nodiscard]] Log with(LogFields fields) const {
    Log inner = *this;
    inner.context_ = std::make_shared<const LogFields>(all_of(std::move(fields)));
    return inner;
  }
  [[nodiscard]] bool wants(LogLevel level) const { return sink_->wants(level); }

  void debug(std::string_view event, LogFields fields = {}) const {
    write(LogLevel::kDebug, event, std::move(fields));
  }
  void info(std::string_view event, LogFields fields = {}) const {
    write(LogLevel::kInfo, event, std::move(fields));
  }
  void warning(std::string_view event, LogFields fields = {}) const {
    write(LogLevel::kWarning, event, std::move(fields));
  }
  void error(std::string_view event, LogFields fields = {}) const {
    write(LogLevel::kError, event, std::move(fields));
  }

 private:
  void write(LogLevel level, std::string_view event, LogFields fields) const {
    if (!sink_->wants(level)) return;
    sink_->write(level, event, all_of(std::move(fields)));
  }
  [[nodiscard]] LogFields all_of(LogFields fields) const {
    if (context_) fields.insert(fields.begin(), context_->begin(), context_->end());
    return fields;
  }

  LogSink* sink_;
  std::shared_ptr<const LogFields> context_;  ///< null: nothing
};

/// One line: `event key=value key="value with spaces"`, control characters escaped.
std::string format_log_line(std::string_view event, const LogFields& fields);

/// The same for somebody who looks on: `work, INBOX: event: why (key value, key value)`.
std::string format_for_person(std::string_view event, const LogFields& fields);

}  // namespace imapkeep
