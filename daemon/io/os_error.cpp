#include "daemon/io/os_error.h"

#include <cerrno>
#include <cstring>

#include "daemon/base/bytes.h"

namespace imapkeep {
namespace {

struct Advice {
  int code;
  Remedy remedy;
  Trouble trouble;
  std::string_view hint;
};

constexpr Advice kAdvice[] = {
    {ENOSPC, Remedy::kRetryLater, Trouble::kStore,
     "the disk is full: make room, or remove files where it is inodes that lack (df -i)"},
    {EDQUOT, Remedy::kRetryLater, Trouble::kStore, "the quota is used up: make room or raise it"},
    {EMFILE, Remedy::kRetryLater, Trouble::kStore,
     "this process has too many files open: raise its limit (ulimit -n, LimitNOFILE=)"},
    {ENFILE, Remedy::kRetryLater, Trouble::kStore, "the whole machine has too many files open"},
    {ENOMEM, Remedy::kRetryLater, Trouble::kStore, ""},
    {ENOBUFS, Remedy::kRetryLater, Trouble::kStore, ""},
    {EAGAIN, Remedy::kRetryLater, Trouble::kStore, ""},
    {EBUSY, Remedy::kRetryLater, Trouble::kStore, ""},
    {ENOLCK, Remedy::kRetryLater, Trouble::kStore, ""},
    {ETIMEDOUT, Remedy::kRetryLater, Trouble::kStore, "is the server of this file system up?"},
    {ESTALE, Remedy::kRetryLater, Trouble::kStore, "is the server of this file system up?"},
    {EFBIG, Remedy::kSkipMessage, Trouble::kMessage,
     "the file system or a limit (ulimit -f) allows no file of this size"},
    {ENAMETOOLONG, Remedy::kSkipMessage, Trouble::kMessage,
     "this file system does not allow a name of this length"},
    {EILSEQ, Remedy::kSkipMessage, Trouble::kMessage, "this file system does not allow the name"},
    {EMLINK, Remedy::kSkipMessage, Trouble::kMessage,
     "the file has as many links as this file system allows"},
    {EROFS, Remedy::kNeedsOperator, Trouble::kStore,
     "it is mounted read-only; a systemd service writes only where ReadWritePaths= lets it "
     "(\"Mail elsewhere\" in service.md)"},
    {EACCES, Remedy::kNeedsOperator, Trouble::kStore,
     "check the owner and the permissions of it and of the directories above it"},
    {EPERM, Remedy::kNeedsOperator, Trouble::kStore,
     "check its owner, and whether it is marked immutable or the file system knows no such thing"},
    {ENOTDIR, Remedy::kNeedsOperator, Trouble::kStore,
     "a file or a link is in the way of the directory"},
    {ELOOP, Remedy::kNeedsOperator, Trouble::kStore,
     "a symbolic link is in the way; links are not followed here"},
    {EISDIR, Remedy::kNeedsOperator, Trouble::kStore, "a directory is in the way of the file"},
    {ENXIO, Remedy::kNeedsOperator, Trouble::kStore, "it is not a regular file"},
    {EIO, Remedy::kNeedsOperator, Trouble::kStore,
     "the device reports a fault: look at the kernel's log before trusting it with more"},
};

/// A service with ProtectHome= is refused there, whatever owner and permissions say.
bool is_below_home(std::string_view path) {
  return path.starts_with("/home/") || path.starts_with("/root/") || path.starts_with("/run/user/");
}

}  // namespace

std::string errno_text(int code) {
  const char* words = strerrordesc_np(code);
  const char* name = strerrorname_np(code);
  std::string text = words != nullptr ? words : "unknown error";
  text += " (";
  text += name != nullptr ? std::string(name) : std::to_string(code);
  text += ')';
  return text;
}

Error file_error(std::string_view deed, std::string_view path, int code) {
  std::string what = "cannot ";
  what += deed;
  what += ' ';
  what += printable_utf8(path, 1000);
  what += ": ";
  what += errno_text(code);
  Error error = store_error(std::move(what), code);
  for (const Advice& advice : kAdvice) {
    if (advice.code != code) continue;
    error.remedy = advice.remedy;
    error.trouble = advice.trouble;
    if (!advice.hint.empty()) error.what += "; " + std::string(advice.hint);
    if (code == EACCES && is_below_home(path)) {
      error.what +=
          "; a systemd service sees home directories only with BindPaths= or ProtectHome=no "
          "(\"Mail elsewhere\" in service.md)";
    }
  }
  return error;
}

}  // namespace imapkeep
