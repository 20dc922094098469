// Files that stand on paper: what an operator's files look like, without a disk. Read-only; links
// are resolved by real_path(), like those of the operating system. For configurations and secrets.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "daemon/base/files.h"
#include "daemon/base/process_environment.h"

namespace imapkeep::test {

struct FakeFile {
  std::string bytes;
  FileFacts facts;
  int os_code = 0;  ///< reading it fails so
};

class FakeFiles final : public Files {
 public:
  /// Absolute paths; the directories above come by themselves.
  FakeFile& put(const std::string& path, std::string bytes, std::uint32_t mode = 0600);
  void put_directory(const std::string& path);
  void put_private_directory(const std::string& path, std::uint32_t owner);  ///< mode 0700
  void put_link(const std::string& path, const std::string& target);

  Result<std::unique_ptr<Directory>> open_root(const std::string& path) override;
  Result<std::unique_ptr<Directory>> make_root(const std::string& path) override;

  /// Somebody (uid 1000) with HOME=/home/me and nothing else, standing in /work.
  [[nodiscard]] ProcessEnvironment environment() const;
  std::map<std::string, std::string> variables{{"HOME", "/home/me"}};

 private:
  [[nodiscard]] std::string real_path(const std::string& path) const;

  std::map<std::string, FakeFile> entries_;
  std::map<std::string, std::string> links_;
};

}  // namespace imapkeep::test
