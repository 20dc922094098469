#include "daemon/base/operator_file.h"

#include <algorithm>
#include <cerrno>

#include "daemon/base/secret.h"

namespace imapkeep {
namespace {

/// What a person can do about it; the words of the operating system only for the rare rest.
Error cannot_read(const std::string& path, const Error& cause) {
  Error error = config_error("");
  error.os_code = cause.os_code;
  const std::string shown = printable_utf8(path);
  switch (cause.os_code) {
    case ENOENT:
    case ENOTDIR:
      error.what = shown + " does not exist";
      break;
    case EACCES:
    case EPERM:
      error.what = shown + " may not be read by this user";
      break;
    default:
      error.what = shown + " cannot be read: " + cause.what;
      // A full file table or a failing disk may pass; a person is not needed for that.
      if (cause.os_code != 0) error.remedy = Remedy::kRetryLater;
  }
  return error;
}

}  // namespace

Result<OperatorFile> find_operator_file(Files& files, const ProcessEnvironment& environment,
                                        const std::string& path) {
  if (path.empty() || path.front() != '/')
    return config_error("`" + printable_utf8(path) + "` is not an absolute path");
  const std::string real = environment.real_path(path);
  const std::size_t slash = real.rfind('/');
  OperatorFile found;
  found.name = real.substr(slash + 1);
  if (found.name.empty() || found.name == "." || found.name == "..")
    return config_error(printable_utf8(path) + " is not a regular file");

  auto directory = files.open_root(slash == 0 ? "/" : real.substr(0, slash));
  if (!directory) return cannot_read(path, directory.error());
  found.directory = std::move(*directory);
  const auto facts = found.directory->stat(found.name);
  if (!facts) return cannot_read(path, facts.error());
  if (!facts->has_value()) return cannot_read(path, {{}, {}, {}, ENOENT});
  found.facts = **facts;
  if (found.facts.kind == FileKind::kLink)
    return config_error(printable_utf8(path) + " is a link that leads nowhere");
  if (found.facts.kind != FileKind::kFile)
    return config_error(printable_utf8(path) + " is not a regular file");
  return found;
}

Result<std::string> read_operator_file(OperatorFile& file, const std::string& path,
                                       std::size_t limit) {
  const auto too_large = [&] {
    return config_error(printable_utf8(path) + " is larger than " + std::to_string(limit) +
                        " bytes");
  };
  if (file.facts.size > limit) return too_large();
  auto in = file.directory->read(file.name);
  if (!in) return cannot_read(path, in.error());

  // One buffer, never moved while it fills: a password must not be left behind in freed memory. It
  // is one larger than the file, so that a file which grew meanwhile is noticed.
  std::string bytes(std::min<std::size_t>(limit, file.facts.size) + 1, '\0');
  std::size_t filled = 0;
  while (filled < bytes.size()) {
    const auto got = (*in)->read(std::span<char>(bytes).subspan(filled));
    if (!got) {
      wipe(bytes);
      return cannot_read(path, got.error());
    }
    if (*got == 0) break;
    filled += *got;
  }
  if (filled == bytes.size()) {
    wipe(bytes);
    if (filled > limit) return too_large();
    Error changed = config_error(printable_utf8(path) + " changed while it was read");
    changed.remedy = Remedy::kRetrySoon;
    return changed;
  }
  bytes.resize(filled);
  return bytes;
}

}  // namespace imapkeep
