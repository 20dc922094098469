#include "daemon/io/posix_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <limits>

#include "daemon/io/os_error.h"
#include "daemon/io/retry.h"

namespace imapkeep {

Error PosixOutFile::fail(std::string_view deed, int code) {
  failed_ = file_error(deed, path_, code);
  return *failed_;
}

Result<Done> PosixOutFile::write(ByteView bytes) {
  if (failed_) return *failed_;
  while (!bytes.empty()) {
    const ssize_t written = retried([&] { return ::write(fd_.get(), bytes.data(), bytes.size()); });
    if (written < 0) return fail("write", errno);
    if (written == 0) return fail("write", EIO);  // POSIX has no such answer for a regular file
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return Done{};
}

Result<Done> PosixOutFile::reserve(std::uint64_t bytes) {
  if (failed_) return *failed_;
  const auto size = static_cast<off_t>(bytes);
  if (retried([&] { return fallocate(fd_.get(), FALLOC_FL_KEEP_SIZE, 0, size); }) == 0)
    return Done{};
  if (errno == EOPNOTSUPP || errno == ENOSYS) return Done{};
  return fail("reserve room for", errno);
}

Result<Done> PosixOutFile::set_mtime(std::int64_t unix_seconds) {
  if (failed_) return *failed_;
  timespec times[2] = {};
  times[0].tv_nsec = UTIME_OMIT;
  times[1].tv_sec = unix_seconds;
  if (futimens(fd_.get(), times) != 0) return fail("set the date of", errno);
  return Done{};
}

Result<Done> PosixOutFile::sync() {
  if (failed_) return *failed_;
  if (retried([&] { return fsync(fd_.get()); }) != 0) return fail("make durable", errno);
  return Done{};
}

Result<Done> PosixOutFile::close() {
  if (failed_) return *failed_;
  if (!fd_.is_open()) return Done{};
  // Linux has closed the descriptor even when it says EINTR; a second close could hit a stranger's.
  if (::close(fd_.release()) != 0 && errno != EINTR) return fail("finish", errno);
  return Done{};
}

Result<std::size_t> PosixInFile::read(std::span<char> into) {
  const ssize_t got = retried([&] { return ::read(fd_.get(), into.data(), into.size()); });
  if (got < 0) return file_error("read", path_, errno);
  return static_cast<std::size_t>(got);
}

Result<Done> PosixInFile::seek(std::uint64_t offset) {
  if (offset > static_cast<std::uint64_t>(std::numeric_limits<off_t>::max())) {
    return file_error("seek in", path_, EOVERFLOW);
  }
  if (lseek(fd_.get(), static_cast<off_t>(offset), SEEK_SET) < 0) {
    return file_error("seek in", path_, errno);
  }
  return Done{};
}

Result<Done> PosixInFile::sync() {
  if (failed_) return *failed_;
  if (retried([&] { return fsync(fd_.get()); }) != 0) {
    failed_ = file_error("make durable", path_, errno);
    return *failed_;
  }
  return Done{};
}

}  // namespace imapkeep
