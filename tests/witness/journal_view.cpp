#include "tests/simulator/journal_view.h"

#include "sync/store/journal_reader.h"
#include "sync/store/store_identity.h"

namespace imapkeep::sim {

Result<JournalView> JournalView::read(MemoryDisk& disk, const std::string& root) {
  std::string text;
  disk.each_file(root + "/.imapkeep", [&](const std::string& path, const std::string& bytes) {
    if (path.ends_with("/store.json")) text = bytes;
  });
  const auto identity = parse_store_json(text);
  if (!identity) return identity.error();
  auto journal = disk.open_root(root + "/.imapkeep/journal");
  if (!journal) return journal.error();
  JournalView view;
  Notes notes;
  JournalPosition at;
  while (true) {
    const auto chunk = read_journal_records(**journal, identity->store_id, at, 4096, notes);
    if (!chunk) return chunk.error();
    for (const Record& record : chunk->records) view.take(record);
    if (chunk->at_end) return view;
    at = chunk->next;
  }
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
  } else if (const auto* gone_folder = std::get_if<FolderGoneRecord>(&record)) {
    folders.erase(gone_folder->id);
    std::erase_if(quarantined,
                  [&](const auto& one) { return one.first.folder == gone_folder->id; });
  } else if (const auto* quarantine = std::get_if<QuarantineRecord>(&record)) {
    quarantined[quarantine->key] = quarantine->reason;
  }
}

}  // namespace imapkeep::sim
