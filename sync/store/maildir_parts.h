// An opened Maildir store, as its steps share it. Lives on the store's lane; nothing here is
// touched from the loop.
#pragma once

#include <memory>
#include <string>

#include "sync/store/folder_tree.h"
#include "sync/store/incoming_files.h"
#include "sync/store/journal_writer.h"
#include "sync/store/notes.h"
#include "sync/store/orphans.h"
#include "sync/store/store_identity.h"

namespace imapkeep {

struct MaildirParts {
  IdentifiedStore store;
  std::unique_ptr<Directory> tmp;
  std::unique_ptr<Directory> journal_directory;
  std::string host;  ///< as it stands in file names
  FolderTree tree;
  IncomingFiles incoming;
  JournalWriter journal;
  Orphans orphans;
};

}  // namespace imapkeep
