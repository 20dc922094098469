// Port: the file system, shaped like POSIX *at() calls below an open directory. A name is one
// component ("/", "." and ".." are refused), and links are never followed, so that no name that a
// server chose can lead outside. Every call blocks: it belongs on a Strand, or before the loop
// runs. Errors carry errno and the path as a person would type it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "daemon/base/bytes.h"
#include "daemon/base/result.h"

namespace imapkeep {

enum class FileKind { kFile, kDirectory, kLink, kOther };

struct FileFacts {
  FileKind kind = FileKind::kOther;
  std::uint64_t size = 0;
  std::int64_t mtime_ns = 0;
  /// ctime: unlike mtime nobody can set it, so that a copy never has that of its original. 0: not
  /// known.
  std::int64_t changed_ns = 0;
  std::uint64_t inode = 0;
  std::uint64_t device = 0;
  std::uint64_t links = 0;
  std::uint32_t mode = 0;  ///< permission bits
  std::uint32_t owner = 0;
};

/// By which a file is told from a copy of it. 0 or empty: the file system does not say.
struct FileOrigin {
  std::uint64_t inode = 0;
  std::int64_t born_ns = 0;
  std::string file_system;  ///< its own UUID, in hex; never a device number
  bool operator==(const FileOrigin&) const = default;
};

struct FreeSpace {
  std::uint64_t bytes = 0;  ///< for an unprivileged writer
};

/// Of link and rename, which never replace.
enum class Placed { kDone, kExists, kMissing };

class OutFile {
 public:
  virtual ~OutFile() = default;                    ///< closes; errors of close() are lost: call it
  virtual Result<Done> write(ByteView bytes) = 0;  ///< all of it, or an error
  /// Room for that many bytes, taken from the disk now, so that writing them cannot find it full.
  /// Where the file system knows no such thing, nothing happens.
  virtual Result<Done> reserve(std::uint64_t bytes) = 0;
  virtual Result<Done> set_mtime(std::int64_t unix_seconds) = 0;
  virtual Result<Done> sync() = 0;  ///< fsync
  virtual Result<Done> close() = 0;
};

class InFile {
 public:
  virtual ~InFile() = default;
  virtual Result<std::size_t> read(std::span<char> into) = 0;  ///< 0 at the end
  virtual Result<Done> seek(std::uint64_t offset) = 0;
  virtual Result<Done> sync() = 0;  ///< fsync: what others wrote becomes durable too
};

class FileLock {
 public:
  virtual ~FileLock() = default;  ///< unlocks
};

/// The names of a directory, one after the other: whoever has a million of them to look at may stop
/// in between and go on later. It is closed when it is destroyed.
class NameListing {
 public:
  virtual ~NameListing() = default;
  /// Valid until the next call; nothing: there are no more.
  virtual Result<std::optional<std::string_view>> next() = 0;
};

class Directory {
 public:
  virtual ~Directory() = default;
  [[nodiscard]] virtual std::string path() const = 0;  ///< for messages only

  virtual Result<std::unique_ptr<Directory>> open(const std::string& name) = 0;
  /// Opens, after making it (mode 0700 less umask) when it is not there.
  virtual Result<std::unique_ptr<Directory>> make(const std::string& name) = 0;
  virtual Result<std::optional<FileFacts>> stat(const std::string& name) = 0;
  virtual Result<FileFacts> stat_self() = 0;
  /// Of a file that is there.
  virtual Result<FileOrigin> origin(const std::string& name) = 0;
  /// Whether names in this directory below us can be read, made and removed by this process.
  virtual Result<bool> may_change(const std::string& name) = 0;
  /// Every name but "." and "..", in no order; the handler returns false to stop.
  virtual Result<Done> list(const std::function<bool(std::string_view)>& each) = 0;
  /// The same names, to be asked for one by one.
  virtual Result<std::unique_ptr<NameListing>> names() = 0;

  /// A new file (O_EXCL, 0600 less umask); EEXIST is an error.
  virtual Result<std::unique_ptr<OutFile>> create(const std::string& name) = 0;
  virtual Result<std::unique_ptr<InFile>> read(const std::string& name) = 0;

  virtual Result<Placed> link(const std::string& name, Directory& to,
                              const std::string& to_name) = 0;
  virtual Result<Placed> rename(const std::string& name, Directory& to,
                                const std::string& to_name) = 0;
  /// The one rename that replaces: for our own state files, written beside and renamed.
  virtual Result<Done> replace(const std::string& name, const std::string& to_name) = 0;
  virtual Result<Placed> unlink(const std::string& name) = 0;  ///< kDone or kMissing
  virtual Result<Done> set_mtime(const std::string& name, std::int64_t unix_seconds) = 0;
  virtual Result<Done> remove_directory(const std::string& name) = 0;

  virtual Result<Done> sync() = 0;              ///< fsync of the directory itself
  virtual Result<Done> sync_file_system() = 0;  ///< syncfs
  virtual Result<FreeSpace> free_space() = 0;
  /// Trouble::kBusy when another process holds it. The file is made when missing, never removed.
  virtual Result<std::unique_ptr<FileLock>> lock(const std::string& name) = 0;
};

class Files {
 public:
  virtual ~Files() = default;
  /// An absolute path; links on the way are the operator's and are followed.
  virtual Result<std::unique_ptr<Directory>> open_root(const std::string& path) = 0;
  /// The same, after making what is missing of it.
  virtual Result<std::unique_ptr<Directory>> make_root(const std::string& path) = 0;
};

}  // namespace imapkeep
