#include "daemon/base/log.h"

#include "daemon/base/bytes.h"
#include "daemon/base/sentence.h"

namespace imapkeep {

std::string format_log_line(std::string_view event, const LogFields& fields) {
  std::string line(event);
  for (const auto& field : fields) {
    const bool plain = !field.value.empty() &&
                       field.value.find_first_of(" \"=\\") == std::string::npos &&
                       printable_utf8(field.value, std::string::npos) == field.value;
    line += ' ';
    line += field.key;
    line += '=';
    if (plain) {
      line += field.value;
      continue;
    }
    line += '"';
    for (char c : sentence_shown(field.value, 2000)) {
      if (c == '"') line += '\\';
      line += c;
    }
    line += '"';
  }
  return line;
}

}  // namespace imapkeep
