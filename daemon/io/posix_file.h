// Open regular files. Once a write or an fsync of a file has failed, every later call on it fails
// with the same error: the kernel may have dropped the dirty pages and would call the next fsync a
// success.
#pragma once

#include <optional>
#include <string>

#include "daemon/base/files.h"
#include "daemon/io/fd.h"

namespace imapkeep {

class PosixOutFile final : public OutFile {
 public:
  PosixOutFile(Fd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

  Result<Done> write(ByteView bytes) override;
  Result<Done> reserve(std::uint64_t bytes) override;
  Result<Done> set_mtime(std::int64_t unix_seconds) override;
  Result<Done> sync() override;
  Result<Done> close() override;

 private:
  Error fail(std::string_view deed, int code);

  Fd fd_;
  std::string path_;
  std::optional<Error> failed_;
};

class PosixInFile final : public InFile {
 public:
  PosixInFile(Fd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

  Result<std::size_t> read(std::span<char> into) override;
  Result<Done> seek(std::uint64_t offset) override;
  Result<Done> sync() override;

 private:
  Fd fd_;
  std::string path_;
  std::optional<Error> failed_;
};

}  // namespace imapkeep
