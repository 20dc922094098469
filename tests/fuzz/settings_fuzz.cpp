// Any bytes as a configuration.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "config/settings_reader.h"
#include "tests/support/fake_files.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  imapkeep::test::FakeFiles files;
  files.put("/c.yaml", std::string(reinterpret_cast<const char*>(data), size));
  files.put("/d/more.yaml", "accounts: {more: {}}\n");
  const auto read = imapkeep::read_settings(files, files.environment(), "/c.yaml");
  if (!read.complaints.empty()) return 0;
  if (read.settings.accounts.empty()) std::abort();
  for (const auto& account : read.settings.accounts)
    if (account.server.host.empty() || account.auth.user.empty() || place_of(account.store).empty())
      std::abort();
  return 0;
}
