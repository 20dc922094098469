#include "daemon/app/commands/store_health.h"

#include <cerrno>
#include <memory>
#include <variant>

#include "daemon/base/bytes.h"
#include "daemon/observe/progress_line.h"
#include "sync/store/maildir/arriving_files.h"
#include "sync/store/maildir/store_identity.h"

namespace imapkeep {
namespace {

struct Split {
  std::string parent;
  std::string name;
};

Split split(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return {slash == 0 ? "/" : path.substr(0, slash), path.substr(slash + 1)};
}

Error may_not(const std::string& path) {
  return store_error(printable_utf8(path, 1000) +
                         " may not be read and written by this user: check its owner and its "
                         "permissions, or run imapkeep as the user to whom it belongs",
                     EACCES);
}

/// ROOT, or its parent where ROOT has still to be made.
Result<std::unique_ptr<Directory>> nearest(Files& files, const MaildirOptions& options,
                                           bool& is_there) {
  auto root = files.open_root(options.path);
  is_there = root.has_value();
  if (root || root.error().os_code != ENOENT) return root;
  auto parent = files.open_root(split(options.path).parent);
  if (!parent && parent.error().os_code == ENOENT) {
    return store_error(printable_utf8(options.path, 1000) +
                           ": its parent directory is not there (not mounted?); make it, or "
                           "correct the path",
                       ENOENT);
  }
  return parent;
}

Result<std::string> look_at_maildir(Files& files, const MaildirOptions& options) {
  const std::string shown = printable_utf8(options.path, 1000);
  bool is_there = false;
  auto directory = nearest(files, options, is_there);
  if (!directory) return directory.error();
  if (!is_there) {
    const Split above = split(split(options.path).parent);
    if (above.name.empty()) return shown + " will be made by the first sync";
    auto grandparent = files.open_root(above.parent);
    const auto may = grandparent ? (*grandparent)->may_change(above.name) : Result<bool>(true);
    if (may && !*may) return may_not(split(options.path).parent);
    return shown + " will be made by the first sync";
  }
  const auto own = (*directory)->stat(kStoreDirectory);
  if (!own) return own.error();
  const Split root = split(options.path);
  auto parent = files.open_root(root.parent);
  const auto may = *own     ? (*directory)->may_change(kStoreDirectory)
                   : parent ? (*parent)->may_change(root.name)
                            : Result<bool>(true);
  if (!may) return may.error();
  if (!*may) return may_not(*own ? options.path + "/" + kStoreDirectory : options.path);
  return shown + (*own ? " may be written" : " may be written; the first sync makes a store of it");
}

Result<std::string> look_at_space_of(Files& files, const MaildirOptions& options) {
  bool is_there = false;
  auto directory = nearest(files, options, is_there);
  if (!directory) return directory.error();
  const auto enough = check_free_space(**directory, 0, options.min_free);
  if (!enough) return enough.error();
  const auto space = (*directory)->free_space();
  if (!space) return space.error();
  return human_bytes(space->bytes) + " free, min_free is " + human_bytes(options.min_free);
}

}  // namespace

Result<std::string> look_at_store(Files& files, const StoreOptions& options) {
  return std::visit([&](const MaildirOptions& maildir) { return look_at_maildir(files, maildir); },
                    options);
}

Result<std::string> look_at_space(Files& files, const StoreOptions& options) {
  return std::visit([&](const MaildirOptions& maildir) { return look_at_space_of(files, maildir); },
                    options);
}

}  // namespace imapkeep
