// An opened Maildir store, as its steps share it. Lives on the store's strand; nothing here is
// touched from the loop. While it rests only the lock and the journal's segment are open here: the
// directories are closed, and wake() opens them again if the store is still the same.
#pragma once

#include <memory>
#include <string>

#include "daemon/base/notes.h"
#include "sync/journal/file_segments.h"
#include "sync/journal/journal_writer.h"
#include "sync/store/maildir/damaged_files.h"
#include "sync/store/maildir/durable_files.h"
#include "sync/store/maildir/folder_tree.h"
#include "sync/store/maildir/orphans.h"
#include "sync/store/maildir/store_identity.h"

namespace imapkeep {

struct MaildirParts {
  IdentifiedStore store;
  std::shared_ptr<Directory> tmp;          ///< the receiving place; also ArrivingFiles'
  std::unique_ptr<FileSegments> segments;  ///< the journal's
  std::string host;                        ///< as it stands in file names
  FolderTree tree;
  DurableFiles durable;
  JournalWriter journal;
  Orphans orphans;
  /// By which the store is known again: the lock is held open, so nothing else can have its number.
  FileFacts lock_facts;
  DamagedFiles damaged = {};
  /// Somebody has removed the receiving place, with what was there.
  bool place_is_new = false;
  std::uint64_t min_free = 0;  ///< bytes that must stay free on the disk

  [[nodiscard]] bool resting() const { return store.own == nullptr; }
  /// Does nothing while durable messages wait for their names or the journal waits to be mended.
  void rest();
  /// Whether the store at this path is this one still: the disk may have been unmounted, or another
  /// mounted over it, or a copy put back. When it is, the directories are open afterwards.
  Result<bool> wake(Files& files, const std::string& path);

 private:
  /// The receiving place as it is found now.
  Result<bool> receive_in(std::shared_ptr<Directory> now);
};

}  // namespace imapkeep
