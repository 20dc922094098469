#include "daemon/io/journal_fields.h"

#include "daemon/base/bytes.h"
#include "daemon/io/journal_messages.h"

namespace imapkeep {
namespace {

constexpr std::size_t kLongestName = 64;  // journald drops a field with a longer one
constexpr std::size_t kLongestValue = 8 * 1024;

std::string field_name(std::string_view key) {
  std::string name = "IMAPKEEP_";
  for (const char c : key) {
    if (name.size() == kLongestName) break;
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    const bool digit = c >= '0' && c <= '9';
    name += letter ? static_cast<char>(c & ~0x20) : digit ? c : '_';
  }
  return name;
}

}  // namespace

int journal_priority(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return 7;
    case LogLevel::kInfo:
      return 6;
    case LogLevel::kWarning:
      return 4;
    case LogLevel::kError:
      return 3;
  }
  return 3;
}

std::vector<std::string> journal_fields(LogLevel level, std::string_view event,
                                        const LogFields& long_fields) {
  LogFields fields = long_fields;
  for (LogField& field : fields) {
    if (field.value.size() > kLongestValue) field.value.resize(kLongestValue);
  }
  std::vector<std::string> entry{
      "MESSAGE=" + format_log_line(event, fields),
      "PRIORITY=" + std::to_string(journal_priority(level)),
      "SYSLOG_IDENTIFIER=imapkeep",
      "IMAPKEEP_EVENT=" + std::string(event),
  };
  const auto id = journal_message_id(event);
  if (!id.empty()) entry.push_back("MESSAGE_ID=" + std::string(id));
  for (const LogField& field : fields) {
    entry.push_back(field_name(field.key) + "=" + field.value);
  }
  return entry;
}

bool names_journal_stream(std::string_view journal_stream, std::uint64_t device,
                          std::uint64_t inode) {
  const std::size_t colon = journal_stream.find(':');
  if (colon == std::string_view::npos) return false;
  const auto named_device = parse_u64(journal_stream.substr(0, colon));
  const auto named_inode = parse_u64(journal_stream.substr(colon + 1));
  return named_device && named_inode && *named_device == device && *named_inode == inode;
}

}  // namespace imapkeep
