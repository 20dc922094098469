#include "daemon/io/posix_files.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "daemon/io/os_error.h"
#include "daemon/io/posix_directory.h"
#include "daemon/io/retry.h"

namespace imapkeep {
namespace {

constexpr int kRootFlags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;

std::optional<Error> bad_path(const std::string& path) {
  if (!path.empty() && path.front() == '/' && path.find('\0') == std::string::npos) {
    return std::nullopt;
  }
  return config_error("\"" + printable_utf8(path) + "\" is not an absolute path");
}

Result<Done> make_one(const std::string& parent, const std::string& path) {
  if (mkdir(path.c_str(), 0700) != 0) {
    if (errno == EEXIST) return Done{};
    // A read-only or foreign parent says so before it says that the directory is there.
    const int code = errno;
    struct stat facts {};
    if (::stat(path.c_str(), &facts) == 0 && S_ISDIR(facts.st_mode)) return Done{};
    return file_error("make the directory", path, code);
  }
  const Fd above(retried([&] { return open(parent.c_str(), kRootFlags); }));
  if (!above.is_open() || retried([&] { return fsync(above.get()); }) != 0) {
    return file_error("make durable", parent, errno);
  }
  return Done{};
}

}  // namespace

Result<std::unique_ptr<Directory>> PosixFiles::open_root(const std::string& path) {
  if (auto error = bad_path(path)) return *error;
  Fd fd(retried([&] { return open(path.c_str(), kRootFlags); }));
  if (!fd.is_open()) return file_error("open the directory", path, errno);
  std::string shown = path;
  while (shown.size() > 1 && shown.back() == '/') shown.pop_back();
  return std::unique_ptr<Directory>(
      std::make_unique<PosixDirectory>(std::move(fd), std::move(shown)));
}

Result<std::unique_ptr<Directory>> PosixFiles::make_root(const std::string& path) {
  if (auto error = bad_path(path)) return *error;
  std::string parent = "/";
  for (std::size_t at = 1; at < path.size();) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    if (end > at) {
      const std::string here = path.substr(0, end);
      auto made = make_one(parent, here);
      if (!made) return made.error();
      parent = here;
    }
    at = end + 1;
  }
  return open_root(path);
}

}  // namespace imapkeep
