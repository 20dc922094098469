// A configuration on paper, read.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "config/settings_reader.h"
#include "tests/support/fake_files.h"

namespace imapkeep::test {

struct ConfigFixture {
  FakeFiles files;

  explicit ConfigFixture(std::string text) { files.put("/etc/ik/c.yaml", std::move(text)); }
  SettingsRead read() { return read_settings(files, files.environment(), "/etc/ik/c.yaml"); }
  /// Every complaint on a line of its own, without the directory.
  std::string complaints() {
    std::string lines;
    for (const auto& complaint : read().complaints) {
      std::string line = to_string(complaint);
      if (line.starts_with("/etc/ik/")) line.erase(0, 8);
      lines += line + "\n";
    }
    return lines;
  }
};

inline const MaildirOptions& maildir_of(const AccountSettings& account) {
  return std::get<MaildirOptions>(account.store);
}

/// One good account; `more` are further lines of it, indented by four.
inline std::string account(const std::string& more = "", const std::string& host = "h.example") {
  return "accounts:\n  work:\n    host: " + host +
         "\n    user: me\n    auth: {password: {file: /pw}}\n    store: {maildir: /m}\n" + more;
}

}  // namespace imapkeep::test
