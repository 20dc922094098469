#include "sync/store/maildir_parts.h"

#include <cerrno>
#include <utility>

namespace imapkeep {
namespace {

bool is_same(const FileFacts& one, const FileFacts& other) {
  return one.inode == other.inode && one.device == other.device;
}

}  // namespace

void MaildirParts::rest() {
  if (resting() || !sealed.empty() || journal.torn()) return;
  tree.forget();
  tmp.reset();
  journal_directory.reset();
  store.own.reset();
  store.root.reset();
}

Result<bool> MaildirParts::wake(Files& files, const std::string& path) {
  auto root = files.open_root(path);
  if (!root) return root.error().os_code == ENOENT ? Result<bool>(false) : root.error();
  const auto own_now = (*root)->stat(kStoreDirectory);
  if (!own_now) return own_now.error();
  if (!*own_now || !is_same(**own_now, own_facts)) return false;
  if (!resting()) return true;
  auto own = (*root)->open(kStoreDirectory);
  if (!own) return own.error();
  const auto journal_now = (*own)->stat("journal");
  if (!journal_now) return journal_now.error();
  const auto tmp_now = (*own)->stat("tmp");
  if (!tmp_now) return tmp_now.error();
  if (!*tmp_now || !*journal_now || !is_same(**journal_now, journal_facts)) return false;
  auto new_journal = (*own)->open("journal");
  if (!new_journal) return new_journal.error();
  auto new_tmp = (*own)->open("tmp");
  if (!new_tmp) return new_tmp.error();
  store.root = std::move(*root);
  store.own = std::move(*own);
  journal_directory = std::move(*new_journal);
  tmp = std::move(*new_tmp);
  tree.attach(*store.root);
  journal.attach(*journal_directory);
  sealed.attach(*tmp);
  return true;
}

}  // namespace imapkeep
