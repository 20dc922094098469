#include "tests/witness/journal_view.h"

#include "sync/journal/file_segments.h"
#include "sync/journal/journal_reader.h"
#include "sync/store/maildir/maildir_places.h"
#include "sync/store/maildir/store_identity.h"
#include "tests/witness/read_tree.h"

namespace imapkeep::witness {

Result<JournalView> JournalView::read(Files& files, const std::string& root,
                                      std::optional<JournalPosition> until, const Each& each) {
  const auto own = files.open_root(root + "/.imapkeep");
  if (!own) return own.error();
  const auto text = read_whole(**own, "store.json");
  if (!text) return text.error();
  const auto identity = parse_store_json(*text);
  if (!identity) return identity.error();
  auto journal = (*own)->open("journal");
  if (!journal) return journal.error();
  FileSegments segments(std::move(*journal));
  JournalView view;
  view.store_id = identity->store_id;
  const JournalAccess access{&segments, view.store_id, std::make_shared<const MaildirPlaces>()};
  Notes notes;
  // One at a time, where a place between two records matters.
  const std::size_t together = until ? 1 : 4096;
  while (!until || view.end < *until) {
    const auto chunk = read_journal_records(access, view.end, together, notes);
    if (!chunk) return chunk.error();
    if (until && *until < chunk->next) return view;
    for (const Record& record : chunk->records) {
      if (each) each(view, record);
      view.take(record);
    }
    view.records += chunk->records.size();
    view.end = chunk->next;
    if (chunk->at_end) return view;
  }
  return view;
}

void JournalView::take(const Record& record) {
  if (const auto* message = std::get_if<MessageRecord>(&record)) {
    messages[message->key] = *message;
    quarantined.erase(message->key);
  } else if (const auto* flags = std::get_if<FlagsRecord>(&record)) {
    const auto found = messages.find(flags->key);
    if (found != messages.end()) found->second.flags = flags->flags;
  } else if (const auto* gone = std::get_if<GoneRecord>(&record)) {
    messages.erase(gone->key);
    quarantined.erase(gone->key);
  } else if (const auto* folder = std::get_if<FolderRecord>(&record)) {
    folders[folder->id] = *folder;
    renaming.erase(folder->id);
  } else if (const auto* begun = std::get_if<FolderRenamingRecord>(&record)) {
    renaming[begun->id] = *begun;
  } else if (const auto* gone_folder = std::get_if<FolderGoneRecord>(&record)) {
    folders.erase(gone_folder->id);
    std::erase_if(quarantined,
                  [&](const auto& one) { return one.first.folder == gone_folder->id; });
  } else if (const auto* quarantine = std::get_if<QuarantineRecord>(&record)) {
    quarantined[quarantine->key] = quarantine->reason;
  }
}

}  // namespace imapkeep::witness
