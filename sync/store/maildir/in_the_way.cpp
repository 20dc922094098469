#include "sync/store/maildir/in_the_way.h"

#include <cerrno>

namespace imapkeep {
namespace {

constexpr const char* kFolderWaits = "; this folder is not mirrored until then, all others are";

Error folder_error(std::string what, int os_code) {
  return {Remedy::kSkipMessage, Trouble::kMessage, std::move(what) + kFolderWaits, os_code};
}

}  // namespace

Error may_not_change(const std::string& path) {
  return folder_error(path +
                          ": permission denied. Give this directory and all that is in it back to "
                          "the user that imapkeep runs as, with mode 0700",
                      EACCES);
}

Error explained(Directory& parent, const std::string& name, const Error& error) {
  const int code = error.os_code;
  const std::string path = (parent.path() == "/" ? "" : parent.path()) + "/" + name;
  if (code == EACCES || code == EPERM) return may_not_change(path);
  if (code != ENOTDIR && code != ELOOP) return error;
  const auto facts = parent.stat(name);
  if (!facts || !*facts || (*facts)->kind == FileKind::kDirectory) return error;
  if ((*facts)->kind == FileKind::kLink) {
    return folder_error(path +
                            " is a symbolic link, and none is followed inside a mirror. Put the "
                            "directory itself there, or move the link away",
                        code);
  }
  const std::string what =
      (*facts)->kind == FileKind::kFile ? "a file" : "a socket, FIFO or device";
  return folder_error(
      path + " is " + what + " where a directory of the mirror belongs. Move it away", code);
}

Error explained(Directory& directory, const Error& error) {
  const bool denied = error.os_code == EACCES || error.os_code == EPERM;
  return denied && !is_in_the_way(error) ? may_not_change(directory.path()) : error;
}

bool is_in_the_way(const Error& error) {
  return error.trouble == Trouble::kMessage && error.remedy == Remedy::kSkipMessage &&
         (error.os_code == ENOTDIR || error.os_code == ELOOP || error.os_code == EACCES);
}

Error of_the_store(const Error& error) {
  if (!is_in_the_way(error)) return error;
  Error of_store = error;
  of_store.trouble = Trouble::kStore;
  of_store.remedy = Remedy::kRetryLater;
  return of_store;
}

}  // namespace imapkeep
