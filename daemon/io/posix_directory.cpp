#include "daemon/io/posix_directory.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>

#include "daemon/io/file_origin.h"
#include "daemon/io/os_error.h"
#include "daemon/io/posix_file.h"
#include "daemon/io/retry.h"

namespace imapkeep {
namespace {

constexpr int kDirectoryFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
// Without O_NONBLOCK, opening a FIFO that somebody put here would wait for ever.
constexpr int kReadFlags = O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;

std::optional<Error> refused(const std::string& name, const std::string& directory) {
  const bool fine = !name.empty() && name != "." && name != ".." &&
                    name.find('/') == std::string::npos && name.find('\0') == std::string::npos;
  if (fine) return std::nullopt;
  return store_error("refused \"" + printable_utf8(name, 300) + "\" as a name in " +
                         printable_utf8(directory, 1000) + ": it is not one component of a path",
                     EINVAL, Remedy::kSkipMessage);
}

FileFacts facts_of(const struct stat& from) {
  FileFacts facts;
  facts.kind = S_ISREG(from.st_mode)   ? FileKind::kFile
               : S_ISDIR(from.st_mode) ? FileKind::kDirectory
               : S_ISLNK(from.st_mode) ? FileKind::kLink
                                       : FileKind::kOther;
  facts.size = static_cast<std::uint64_t>(from.st_size);
  facts.mtime_ns = from.st_mtim.tv_sec * std::int64_t{1'000'000'000} + from.st_mtim.tv_nsec;
  facts.changed_ns = from.st_ctim.tv_sec * std::int64_t{1'000'000'000} + from.st_ctim.tv_nsec;
  facts.inode = from.st_ino;
  facts.device = from.st_dev;
  facts.links = from.st_nlink;
  facts.mode = from.st_mode & 07777;
  facts.owner = from.st_uid;
  return facts;
}

/// 0 or an errno.
int check_regular(int fd) {
  struct stat facts {};
  if (fstat(fd, &facts) != 0) return errno;
  if (S_ISDIR(facts.st_mode)) return EISDIR;
  return S_ISREG(facts.st_mode) ? 0 : ENXIO;
}

class PosixListing final : public NameListing {
 public:
  using Stream = std::unique_ptr<DIR, int (*)(DIR*)>;
  PosixListing(Stream stream, std::string path)
      : stream_(std::move(stream)), path_(std::move(path)) {}

  Result<std::optional<std::string_view>> next() override {
    for (;;) {
      errno = 0;
      const dirent* entry = readdir(stream_.get());
      if (entry == nullptr) {
        if (errno != 0) return file_error("list", path_, errno);
        return std::optional<std::string_view>();
      }
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") return std::optional<std::string_view>(name);
    }
  }

 private:
  Stream stream_;
  std::string path_;
};

class PosixLock final : public FileLock {
 public:
  explicit PosixLock(Fd fd) : fd_(std::move(fd)) {}

 private:
  Fd fd_;  // closing the only descriptor of the open file releases its flock
};

}  // namespace

std::string PosixDirectory::path_of(const std::string& name) const {
  return path_ == "/" ? path_ + name : path_ + "/" + name;
}

Result<std::unique_ptr<Directory>> PosixDirectory::open(const std::string& name) {
  if (auto error = refused(name, path_)) return *error;
  Fd fd(retried([&] { return openat(fd_.get(), name.c_str(), kDirectoryFlags); }));
  if (!fd.is_open()) return file_error("open the directory", path_of(name), errno);
  return std::unique_ptr<Directory>(
      std::make_unique<PosixDirectory>(std::move(fd), path_of(name), method_));
}

Result<std::unique_ptr<Directory>> PosixDirectory::make(const std::string& name) {
  if (auto error = refused(name, path_)) return *error;
  if (retried([&] { return mkdirat(fd_.get(), name.c_str(), 0700); }) != 0 && errno != EEXIST) {
    return file_error("make the directory", path_of(name), errno);
  }
  return open(name);
}

Result<std::optional<FileFacts>> PosixDirectory::stat(const std::string& name) {
  if (auto error = refused(name, path_)) return *error;
  struct stat facts {};
  if (fstatat(fd_.get(), name.c_str(), &facts, AT_SYMLINK_NOFOLLOW) == 0) {
    return std::optional<FileFacts>(facts_of(facts));
  }
  if (errno == ENOENT) return std::optional<FileFacts>();
  return file_error("look at", path_of(name), errno);
}

Result<FileFacts> PosixDirectory::stat_self() {
  struct stat facts {};
  if (fstat(fd_.get(), &facts) != 0) return file_error("look at", path_, errno);
  return facts_of(facts);
}

Result<FileOrigin> PosixDirectory::origin(const std::string& name) {
  if (auto error = refused(name, path_)) return *error;
  const auto origin = origin_of(fd_.get(), name);
  if (!origin) return file_error("look at", path_of(name), errno);
  return *origin;
}

Result<bool> PosixDirectory::may_change(const std::string& name) {
  if (auto error = refused(name, path_)) return *error;
  if (faccessat(fd_.get(), name.c_str(), R_OK | W_OK | X_OK, AT_EACCESS) == 0) return true;
  if (errno == EACCES || errno == EPERM) return false;
  return file_error("look at", path_of(name), errno);
}

Result<std::unique_ptr<NameListing>> PosixDirectory::names() {
  // A description of its own, since a duplicate would share the read position with other listings.
  Fd fd(retried([&] { return openat(fd_.get(), ".", kDirectoryFlags); }));
  if (!fd.is_open()) return file_error("list", path_, errno);
  PosixListing::Stream stream(fdopendir(fd.get()), &closedir);
  if (!stream) return file_error("list", path_, errno);
  [[maybe_unused]] const int now_the_streams = fd.release();
  return std::unique_ptr<NameListing>(std::make_unique<PosixListing>(std::move(stream), path_));
}

Result<Done> PosixDirectory::list(const std::function<bool(std::string_view)>& each) {
  const auto listing = names();
  if (!listing) return listing.error();
  for (;;) {
    const auto name = (*listing)->next();
    if (!name) return name.error();
    if (!*name || !each(**name)) return Done{};
  }
}

Result<std::unique_ptr<OutFile>> PosixDirectory::create(const std::string& name) {
  if (auto error = refused(name, path_)) return *error;
  constexpr int kFlags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  Fd fd(retried([&] { return openat(fd_.get(), name.c_str(), kFlags, 0600); }));
  if (!fd.is_open()) return file_error("create", path_of(name), errno);
  return std::unique_ptr<OutFile>(std::make_unique<PosixOutFile>(std::move(fd), path_of(name)));
}

Result<std::unique_ptr<InFile>> PosixDirectory::read(const std::string& name) {
  if (auto error = refused(name, path_)) return *error;
  Fd fd(retried([&] { return openat(fd_.get(), name.c_str(), kReadFlags); }));
  const int code = fd.is_open() ? check_regular(fd.get()) : errno;
  if (code != 0) return file_error("read", path_of(name), code);
  return std::unique_ptr<InFile>(std::make_unique<PosixInFile>(std::move(fd), path_of(name)));
}

Result<Placed> PosixDirectory::link(const std::string& name, Directory& to,
                                    const std::string& to_name) {
  if (auto error = refused(name, path_)) return *error;
  if (auto error = refused(to_name, to.path())) return *error;
  auto& target = dynamic_cast<PosixDirectory&>(to);
  if (linkat(fd_.get(), name.c_str(), target.fd_.get(), to_name.c_str(), 0) == 0) {
    return Placed::kDone;
  }
  if (errno == EEXIST) return Placed::kExists;
  if (errno == ENOENT) return Placed::kMissing;
  return file_error("link", path_of(name) + " as " + target.path_of(to_name), errno);
}

Result<Placed> PosixDirectory::rename(const std::string& name, Directory& to,
                                      const std::string& to_name) {
  if (auto error = refused(name, path_)) return *error;
  if (auto error = refused(to_name, to.path())) return *error;
  auto& target = dynamic_cast<PosixDirectory&>(to);
  if (method_ == RenameMethod::kLinked) return rename_by_link(name, target, to_name);
  if (renameat2(fd_.get(), name.c_str(), target.fd_.get(), to_name.c_str(), RENAME_NOREPLACE) ==
      0) {
    return Placed::kDone;
  }
  if (errno == EEXIST) return Placed::kExists;
  if (errno == ENOENT) return Placed::kMissing;
  // What an old kernel, or a file system without the flag (NFS, many in user space), says.
  if (errno == EINVAL || errno == ENOSYS) return rename_by_link(name, target, to_name);
  return file_error("rename", path_of(name) + " to " + target.path_of(to_name), errno);
}

Result<Placed> PosixDirectory::rename_by_link(const std::string& name, PosixDirectory& to,
                                              const std::string& to_name) {
  const auto failed = [&](int code) {
    return file_error("rename", path_of(name) + " to " + to.path_of(to_name), code);
  };
  auto source = stat(name);
  if (!source) return source.error();
  if (!*source) return Placed::kMissing;
  if ((*source)->kind == FileKind::kDirectory) {
    auto there = to.stat(to_name);
    if (!there) return there.error();
    if (*there) return Placed::kExists;
    // rename(2) replaces a directory only by a directory and only when it is empty.
    if (renameat(fd_.get(), name.c_str(), to.fd_.get(), to_name.c_str()) == 0) {
      return Placed::kDone;
    }
    if (errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR) return Placed::kExists;
    return errno == ENOENT ? Result<Placed>(Placed::kMissing) : Result<Placed>(failed(errno));
  }
  auto linked = link(name, to, to_name);
  if (!linked || *linked != Placed::kDone) return linked;
  if (unlinkat(fd_.get(), name.c_str(), 0) == 0 || errno == ENOENT) return Placed::kDone;
  const int code = errno;
  unlinkat(to.fd_.get(), to_name.c_str(), 0);
  return failed(code);
}

Result<Done> PosixDirectory::replace(const std::string& name, const std::string& to_name) {
  if (auto error = refused(name, path_)) return *error;
  if (auto error = refused(to_name, path_)) return *error;
  if (renameat(fd_.get(), name.c_str(), fd_.get(), to_name.c_str()) == 0) return Done{};
  return file_error("replace", path_of(to_name) + " by " + name, errno);
}

Result<Placed> PosixDirectory::unlink(const std::string& name) {
  if (auto error = refused(name, path_)) return *error;
  if (unlinkat(fd_.get(), name.c_str(), 0) == 0) return Placed::kDone;
  if (errno == ENOENT) return Placed::kMissing;
  return file_error("remove", path_of(name), errno);
}

Result<Done> PosixDirectory::set_mtime(const std::string& name, std::int64_t unix_seconds) {
  if (auto error = refused(name, path_)) return *error;
  const std::array<timespec, 2> times{{{0, UTIME_OMIT}, {unix_seconds, 0}}};
  if (utimensat(fd_.get(), name.c_str(), times.data(), AT_SYMLINK_NOFOLLOW) == 0) return Done{};
  return file_error("set the time of", path_of(name), errno);
}

Result<Done> PosixDirectory::remove_directory(const std::string& name) {
  if (auto error = refused(name, path_)) return *error;
  if (unlinkat(fd_.get(), name.c_str(), AT_REMOVEDIR) == 0) return Done{};
  return file_error("remove the directory", path_of(name), errno);
}

Result<Done> PosixDirectory::sync() {
  if (retried([&] { return fsync(fd_.get()); }) == 0) return Done{};
  return file_error("make durable", path_, errno);
}

Result<Done> PosixDirectory::sync_file_system() {
  if (retried([&] { return syncfs(fd_.get()); }) == 0) return Done{};
  return file_error("make durable the file system of", path_, errno);
}

Result<FreeSpace> PosixDirectory::free_space() {
  struct statvfs facts {};
  if (retried([&] { return fstatvfs(fd_.get(), &facts); }) != 0) {
    return file_error("ask for the free space of", path_, errno);
  }
  return FreeSpace{std::uint64_t{facts.f_bavail} * facts.f_frsize};
}

Result<std::unique_ptr<FileLock>> PosixDirectory::lock(const std::string& name) {
  if (auto error = refused(name, path_)) return *error;
  constexpr int kFlags = O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
  Fd fd(retried([&] { return openat(fd_.get(), name.c_str(), kFlags, 0600); }));
  const int code = fd.is_open() ? check_regular(fd.get()) : errno;
  if (code != 0) return file_error("lock", path_of(name), code);
  if (retried([&] { return flock(fd.get(), LOCK_EX | LOCK_NB); }) == 0) {
    return std::unique_ptr<FileLock>(std::make_unique<PosixLock>(std::move(fd)));
  }
  if (errno != EWOULDBLOCK) return file_error("lock", path_of(name), errno);
  return Error{Remedy::kRetryLater, Trouble::kBusy,
               printable_utf8(path_of(name), 1000) + " is locked by another process", EWOULDBLOCK};
}

}  // namespace imapkeep
