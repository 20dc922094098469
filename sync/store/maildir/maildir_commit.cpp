#include "sync/store/maildir/maildir_commit.h"

#include <map>
#include <optional>
#include <set>
#include <utility>

#include "sync/store/maildir/departures.h"
#include "sync/store/maildir/file_search.h"
#include "sync/store/maildir/folder_path.h"
#include "sync/store/maildir/folder_rename.h"
#include "sync/store/maildir/in_the_way.h"
#include "sync/store/maildir/receiving_place.h"

namespace imapkeep {
namespace {

Result<Done> check_path(const std::string& path) {
  if (is_folder_path(path)) return Done{};
  return store_error("\"" + printable(path) + "\" cannot be a folder's path (docs/storage.md)");
}

constexpr const char* kFormerStays =
    "another message has its UID now, and the former one's file cannot be moved to gone/";

}  // namespace

MaildirCommit::MaildirCommit(MaildirParts& parts, Batch batch, WallTime now, Notes& notes)
    : parts_(parts),
      batch_(std::move(batch)),
      now_(now),
      notes_(notes),
      delivery_(parts.tree, parts.durable, parts.orphans, parts.damaged, parts.host, now, notes),
      places_(parts.tree, parts.journal.access(), notes) {}

Result<Committed> MaildirCommit::run() {
  const auto performed = perform();
  if (!performed) {
    condemn();
    return of_the_store(performed.error());
  }
  for (const NewMessage& message : batch_.messages) parts_.durable.discard(message.incoming);
  Committed committed;
  committed.records = std::move(journalled_);
  for (Record& record : records_) committed.records.push_back(std::move(record));
  committed.end = parts_.journal.end();
  committed.refused = std::move(refused_);
  return committed;
}

Result<Done> MaildirCommit::perform() {
  parts_.tree.forget();  // somebody else may have moved directories since
  if (batch_.empty()) return Done{};
  if (const auto ready = parts_.journal.prepare(unix_ms(now_)); !ready) return ready;
  if (const auto sound = check(); !sound) return sound;
  if (const auto done = rename_folders(); !done) return done;
  if (const auto done = make_folders(); !done) return done;
  for (const OwnerRecord& record : batch_.owners) add(record);
  if (const auto done = depart(batch_.replaced); !done) return done;
  if (const auto done = leave_out_messages(); !done) return done;
  if (const auto done = delivery_.deliver(batch_.messages); !done) return done;
  for (const NewMessage& message : batch_.messages) add(message.record);
  for (const MessageRecord& record : batch_.restated) add(record);
  if (const auto done = change_flags(); !done) return done;
  if (const auto done = depart(batch_.departures); !done) return done;
  for (const QuarantineRecord& record : batch_.quarantines) add(record);
  if (const auto done = remove_folders(); !done) return done;
  const auto written = parts_.journal.append(records_, unix_ms(now_));
  return written ? Result<Done>(Done{}) : Result<Done>(written.error());
}

// Names are taken back, except where that could cost bytes: lines of a failed append that could not
// be cut back may be read later, so what they say must stay true; and what has departed because it
// lives on elsewhere may live on in this very batch. Then they stay, and the next batch adopts
// them.
void MaildirCommit::condemn() {
  // Also what was adopted is one again.
  for (const NewMessage& message : batch_.messages) parts_.orphans.suspect(message.folder_path);
  const bool must_stay = parts_.journal.torn() || departing_;
  if (!must_stay && !delivery_.undo()) {
    notes_.push_back({LogLevel::kWarning,
                      "store.condemned_names_stay",
                      {{"meaning", "they are whole, and adopted when their messages come again"}}});
  }
  parts_.tree.forget();
  for (const NewMessage& message : batch_.messages) parts_.durable.discard(message.incoming);
}

Result<Done> MaildirCommit::check() const {
  for (const FolderRecord& folder : batch_.new_folders) {
    if (folder.path.empty()) continue;  // the store decides
    if (const auto sound = check_path(folder.path); !sound) return sound;
  }
  for (const FolderRenamingRecord& renaming : batch_.renamed_folders) {
    if (const auto sound = check_path(renaming.from_path); !sound) return sound;
    if (renaming.path.empty()) continue;
    if (const auto sound = check_path(renaming.path); !sound) return sound;
  }
  for (const NewMessage& message : batch_.messages) {
    if (const auto sound = check_path(message.folder_path); !sound) return sound;
    const bool by_link = message.incoming == 0 && message.same_bytes;
    const MessageIdentity* received = parts_.durable.identity(message.incoming);
    if (by_link || (received && *received == message.record.identity)) continue;
    return store_error("UID " + std::to_string(message.record.key.uid.value) + " for " +
                       message.folder_path + ": its bytes were not received, or not these");
  }
  for (const FlagsChange& change : batch_.flags) {
    if (const auto sound = check_path(change.place.folder_path); !sound) return sound;
  }
  for (const auto* leaving : {&batch_.replaced, &batch_.departures}) {
    for (const Departure& departure : *leaving) {
      if (const auto sound = check_path(departure.place.folder_path); !sound) return sound;
    }
  }
  for (const FolderRecord& folder : batch_.gone_folders) {
    if (const auto sound = check_path(folder.path); !sound) return sound;
  }
  return Done{};
}

Result<Done> MaildirCommit::rename_folders() {
  for (FolderRenamingRecord& renaming : batch_.renamed_folders) {
    if (renaming.at_ms == 0) renaming.at_ms = unix_ms(now_);
    if (renaming.path.empty()) renaming.path = folder_path(renaming.name, renaming.delimiter);
    const auto path = places_.make_for_move(renaming.id, renaming.from_path, renaming.path);
    if (!path && is_in_the_way(path.error())) {
      refuse(renaming.id, renaming.name.display(renaming.delimiter), path.error());
      continue;
    }
    if (!path) return path.error();
    // Before the journal says that it has begun: whether it moves, or stays, must be seen.
    const auto source = parts_.tree.open(below(renaming.from_path, "cur"));
    if (!source && is_in_the_way(source.error())) {
      refuse(renaming.id, renaming.name.display(renaming.delimiter), source.error());
      continue;
    }
    renaming.path = *path;
    if (const auto durable = parts_.tree.flush(); !durable) return durable;
    if (const auto w = parts_.journal.append({renaming}, renaming.at_ms); !w) return w.error();
    renamed_ = true;
    journalled_.push_back(renaming);
    const auto moved = carry_out_rename(parts_.tree, renaming.from_path, renaming.path);
    if (!moved) return moved.error();
    if (*moved) parts_.orphans.moved(renaming.from_path, renaming.path);
    const FolderRecord done{renaming.id, renaming.name, renaming.delimiter,
                            *moved ? renaming.path : renaming.from_path, renaming.at_ms};
    if (const auto w = parts_.journal.append({done}, renaming.at_ms); !w) return w.error();
    journalled_.push_back(done);
  }
  // Behind the record: that INBOX has no cur tells a rename that is done from one that is not.
  return batch_.renamed_folders.empty() ? Done{} : complete_inbox(parts_.tree);
}

Result<Done> MaildirCommit::make_folders() {
  for (FolderRecord& folder : batch_.new_folders) {
    if (folder.path.empty()) folder.path = folder_path(folder.name, folder.delimiter);
    const auto path = places_.make(folder.id, folder.path);
    if (!path && is_in_the_way(path.error())) {
      refuse(folder.id, folder.name.display(folder.delimiter), path.error());
      continue;
    }
    if (!path) return path.error();
    folder.path = *path;
    add(folder);
  }
  return parts_.tree.flush();
}

Result<Done> MaildirCommit::leave_out_messages() {
  std::set<MessageKey> staying;
  for (const Departure& departure : batch_.replaced) staying.insert(departure.key);
  for (const Record& record : records_) {
    if (const auto* gone = std::get_if<GoneRecord>(&record)) staying.erase(gone->key);
  }
  std::map<std::string, std::optional<Error>> closed;
  for (const NewMessage& message : batch_.messages) {
    const auto [at, is_new] = closed.try_emplace(message.folder_path);
    if (!is_new) continue;
    const auto ours = parts_.tree.may_change(below(message.folder_path, "cur"));
    if (ours) continue;
    if (!is_in_the_way(ours.error())) return ours;
    at->second = ours.error();
    refuse(message.record.key.folder, message.folder_path, ours.error());
  }
  std::vector<NewMessage> coming;
  for (NewMessage& message : batch_.messages) {
    const MessageKey& key = message.record.key;
    const bool former_stays = staying.contains(key);
    if (!former_stays && !closed.at(message.folder_path)) {
      coming.push_back(std::move(message));
      continue;
    }
    parts_.durable.discard(message.incoming);
    // The ledger has a live message there, so nothing else would have it fetched again.
    if (former_stays) add(QuarantineRecord{key, kFormerStays, 0});
  }
  batch_.messages = std::move(coming);
  return Done{};
}

Result<Done> MaildirCommit::change_flags() {
  std::map<std::string, std::vector<const FlagsChange*>> by_folder;
  for (const FlagsChange& change : batch_.flags) {
    by_folder[change.place.folder_path].push_back(&change);
    add(FlagsRecord{change.key, change.flags, 0});
  }
  for (const auto& [path, changes] : by_folder) {
    const auto changed = change_flags(path, changes);
    if (changed) continue;
    // The records say what the server says, whatever letters the files keep.
    if (!is_in_the_way(changed.error())) return changed;
    refuse(changes.front()->key.folder, path, changed.error());
  }
  return parts_.tree.flush();
}

Result<Done> MaildirCommit::change_flags(const std::string& path,
                                         const std::vector<const FlagsChange*>& changes) {
  std::vector<SoughtFile> sought;
  for (const FlagsChange* change : changes) {
    sought.push_back(sought_file(change->place, parts_.host));
  }
  const auto found = find_files(parts_.tree, path, sought);
  if (!found) return found.error();
  for (std::size_t i = 0; i < changes.size(); ++i) {
    if (!(*found)[i]) continue;  // the next look at cur/ finds and reports it
    const std::string name = maildir_file(sought[i].base, changes[i]->flags.maildir_letters());
    const FoundFile& file = *(*found)[i];
    const auto directory = parts_.tree.open(file.directory);
    if (!directory) return directory.error();
    parts_.tree.changed(file.directory);  // also when a dead process has renamed it
    if (file.file == name) continue;
    const auto renamed = (*directory)->rename(file.file, **directory, name);
    if (!renamed) return explained(**directory, renamed.error());
  }
  return Done{};
}

Result<Done> MaildirCommit::depart(const std::vector<Departure>& leaving) {
  if (leaving.empty()) return Done{};
  departing_ = true;
  Departures departures(parts_, now_, notes_);
  auto gone = departures.carry_out(leaving);
  if (!gone) return gone.error();
  for (GoneRecord& record : gone->records) add(std::move(record));
  for (FolderRefusal& refusal : gone->refused) refused_.push_back(std::move(refusal));
  return Done{};
}

Result<Done> MaildirCommit::remove_folders() {
  for (const FolderRecord& folder : batch_.gone_folders) {
    const auto removed = parts_.tree.remove_folder(folder.path);
    if (!removed && !is_in_the_way(removed.error())) return removed.error();
    if (!removed || !*removed) {
      notes_.push_back(
          {LogLevel::kInfo,
           "store.folder_not_empty",
           {{"folder", folder.path},
            {"meaning", "it is gone from the server; what is left there is not ours"}}});
    }
    add(FolderGoneRecord{folder.id, 0});
  }
  return parts_.tree.flush();
}

}  // namespace imapkeep
