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

std::string format_for_person(std::string_view event, const LogFields& fields) {
  std::string where;
  std::string why;
  std::string rest;
  for (const auto& field : fields) {
    const std::string value = sentence_shown(field.value, 2000);
    if (field.key == "account" || field.key == "folder") {
      where += (where.empty() ? "" : ", ") + value;
    } else if (field.key == "why") {
      why += ": " + value;
    } else {
      rest += (rest.empty() ? "" : ", ") + field.key + " " + value;
    }
  }
  return (where.empty() ? "" : where + ": ") + std::string(event) + why +
         (rest.empty() ? "" : " (" + rest + ")");
}

}  // namespace imapkeep
