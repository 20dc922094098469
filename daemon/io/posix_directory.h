// The Directory port over the *at() calls, relative to an open descriptor: the directory may be
// renamed by somebody else and stays the same directory. Every open says O_NOFOLLOW and O_CLOEXEC.
#pragma once

#include <memory>
#include <string>

#include "daemon/base/files.h"
#include "daemon/io/fd.h"

namespace imapkeep {

/// How a rename that must not replace is made.
enum class RenameMethod {
  kAtomic,  ///< renameat2(RENAME_NOREPLACE), and kLinked where the file system does not know it
  kLinked,  ///< link, then unlink: a crash between the two leaves both names. A directory cannot be
            ///< linked: it is renamed after looking, where at worst an empty one is replaced
};

class PosixDirectory final : public Directory {
 public:
  PosixDirectory(Fd fd, std::string path, RenameMethod method = RenameMethod::kAtomic)
      : fd_(std::move(fd)), path_(std::move(path)), method_(method) {}

  [[nodiscard]] std::string path() const override { return path_; }
  Result<std::unique_ptr<Directory>> open(const std::string& name) override;
  Result<std::unique_ptr<Directory>> make(const std::string& name) override;
  Result<std::optional<FileFacts>> stat(const std::string& name) override;
  Result<FileFacts> stat_self() override;
  Result<FileOrigin> origin(const std::string& name) override;
  Result<bool> may_change(const std::string& name) override;
  Result<Done> list(const std::function<bool(std::string_view)>& each) override;
  Result<std::unique_ptr<NameListing>> names() override;
  Result<std::unique_ptr<OutFile>> create(const std::string& name) override;
  Result<std::unique_ptr<InFile>> read(const std::string& name) override;
  Result<Placed> link(const std::string& name, Directory& to, const std::string& to_name) override;
  Result<Placed> rename(const std::string& name, Directory& to,
                        const std::string& to_name) override;
  Result<Done> replace(const std::string& name, const std::string& to_name) override;
  Result<Placed> unlink(const std::string& name) override;
  Result<Done> set_mtime(const std::string& name, std::int64_t unix_seconds) override;
  Result<Done> remove_directory(const std::string& name) override;
  Result<Done> sync() override;
  Result<Done> sync_file_system() override;
  Result<FreeSpace> free_space() override;
  Result<std::unique_ptr<FileLock>> lock(const std::string& name) override;

 private:
  [[nodiscard]] std::string path_of(const std::string& name) const;
  Result<Placed> rename_by_link(const std::string& name, PosixDirectory& to,
                                const std::string& to_name);

  Fd fd_;
  std::string path_;
  RenameMethod method_;
};

}  // namespace imapkeep
