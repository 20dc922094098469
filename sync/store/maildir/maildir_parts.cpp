#include "sync/store/maildir/maildir_parts.h"

#include <cerrno>
#include <utility>

#include "sync/store/maildir/receiving_place.h"

namespace imapkeep {
namespace {

bool is_same(const FileFacts& one, const FileFacts& other) {
  return one.inode == other.inode && one.device == other.device;
}

}  // namespace

void MaildirParts::rest() {
  if (resting() || !durable.empty() || journal.torn()) return;
  tree.forget();
  tmp.reset();
  segments->detach();
  store.own.reset();
  store.root.reset();
}

Result<bool> MaildirParts::wake(Files& files, const std::string& path) {
  const auto absent = [](const Error& error) {
    return error.os_code == ENOENT ? Result<bool>(false) : error;
  };
  auto root = files.open_root(path);
  if (!root) return absent(root.error());
  auto own = (*root)->open(kStoreDirectory);
  if (!own) return absent(own.error());
  const auto lock = (*own)->stat(kLockFile);
  if (!lock) return lock.error();
  if (!*lock || !is_same(**lock, lock_facts)) return false;
  auto journal_now = (*own)->open("journal");
  if (!journal_now) return absent(journal_now.error());
  FileSegments segments_now(std::move(*journal_now));
  const auto same = journal.is_in(segments_now);
  if (!same || !*same) return same;
  auto tmp_now = open_receiving_place(**root, **own);
  if (!tmp_now) return tmp_now.error();
  if (!resting()) return receive_in(std::move(*tmp_now));
  store.root = std::move(*root);
  store.own = std::move(*own);
  segments->attach(segments_now.take_directory());
  tmp = std::move(*tmp_now);
  tree.attach(*store.root);
  durable.attach(*tmp);
  return true;
}

Result<bool> MaildirParts::receive_in(std::shared_ptr<Directory> now) {
  tree.forget();
  const auto same = is_same_place(*tmp, *now);
  if (!same) return same;
  if (*same || !durable.empty()) return true;
  tmp = std::move(now);
  durable.attach(*tmp);
  place_is_new = true;
  return true;
}

}  // namespace imapkeep
