#include "sync/store/maildir/maildir_core.h"

#include <cerrno>
#include <set>

#include "sync/journal/journal_reader.h"
#include "sync/store/maildir/departures.h"
#include "sync/store/maildir/file_search.h"
#include "sync/store/maildir/folder_look.h"
#include "sync/store/maildir/folder_path.h"
#include "sync/store/maildir/folder_rename.h"
#include "sync/store/maildir/former_kept.h"
#include "sync/store/maildir/in_the_way.h"
#include "sync/store/maildir/maildir_commit.h"
#include "sync/store/maildir/maildir_name.h"
#include "sync/store/maildir/maildir_places.h"
#include "sync/store/maildir/receiving_place.h"
#include "sync/store/maildir/renamed_files.h"
#include "sync/store/maildir/stored_headers.h"

namespace imapkeep {
namespace {

constexpr std::size_t kRecordsInChunk = 4096;

std::set<std::string> folders_of(const Batch& batch) {
  std::set<std::string> paths;
  for (const NewMessage& message : batch.messages) paths.insert(message.folder_path);
  for (const FlagsChange& change : batch.flags) paths.insert(change.place.folder_path);
  for (const Departure& departure : batch.replaced) paths.insert(departure.place.folder_path);
  for (const Departure& departure : batch.departures) paths.insert(departure.place.folder_path);
  return paths;
}

}  // namespace

StoreFacts MaildirCore::facts_of(const MaildirParts& parts, bool created) const {
  const StoreIdentity& identity = parts.store.identity;
  return {identity.store_id, created,          parts.journal.end(), clean_,
          identity.host,     identity.account, parts.store.origin};
}

Result<MaildirParts*> MaildirCore::opened() {
  if (!parts_)
    return store_error(options_.path + ": the store is not open", 0, Remedy::kRetryLater);
  if (parts_->resting()) {
    const auto there = parts_->wake(files_, options_.path);
    if (!there) return there.error();
    if (!*there) {
      return store_error(options_.path + ": the store is no longer there (not mounted?)", 0,
                         Remedy::kRetryLater);
    }
  }
  return parts_.get();
}

Result<OpenedMaildir> MaildirCore::open(const std::string& expected_id, const std::string& new_id,
                                        WallTime now) {
  const StoreWish wish{options_.path, expected_id, new_id, host_, account_, now, options_.user_id};
  if (parts_) {
    const bool expected =
        wish.expected_id.empty() || wish.expected_id == parts_->store.identity.store_id;
    const auto there = expected ? parts_->wake(files_, options_.path) : Result<bool>(false);
    if (!there) return there.error();
    if (*there) {
      if (const auto mended = parts_->journal.mend(unix_ms(now)); !mended) return mended.error();
    }
    if (*there && !renaming_) {
      if (const auto whole = complete_inbox(parts_->tree); !whole) return whole.error();
      parts_->durable.sweep();
      journal_ahead_ = false;  // the caller compares journal_end now
      const bool anew = std::exchange(parts_->place_is_new, false);
      return OpenedMaildir{facts_of(*parts_, false), parts_->tmp, anew};
    }
    (void)close_journal(now);
    parts_.reset();
  }
  return open_anew(wish);
}

Result<OpenedMaildir> MaildirCore::open_anew(const StoreWish& wish) {
  auto store = open_store(files_, wish);
  if (!store) return store.error();
  bool complete = true;
  for (const char* name : {"journal", "gone"}) {
    const auto there = store->own->stat(name);
    if (!there) return there.error();
    complete = complete && *there;
  }
  auto journal = store->own->make("journal");
  if (!journal) return journal.error();
  if (auto gone = store->own->make("gone"); !gone) {
    const Error why = explained(*store->own, "gone", gone.error());
    if (!is_in_the_way(why)) return gone.error();
    // Mail can still be stored, and what leaves stays for now.
    notes_.push_back({LogLevel::kWarning, "store.in_the_way", {{"why", why.what}}});
  }
  const std::string host = maildir_host(store->identity.host);
  auto segments = std::make_unique<FileSegments>(std::move(*journal));
  JournalAccess access{segments.get(), store->identity.store_id,
                       std::make_shared<const MaildirPlaces>(host)};
  const auto end = survey_journal(access, notes_);
  if (!end) return end.error();
  // Whoever has ended a segment had them durable before it began.
  if (!complete || !end->clean || end->last_segment == 0) {
    if (const auto synced = store->own->sync(); !synced) return synced.error();
  }
  const auto lock_facts = store->own->stat(kLockFile);
  if (!lock_facts) return lock_facts.error();
  auto tree = FolderTree::over(*store->root);
  if (!tree) return tree.error();
  auto tmp = open_receiving_place(*store->root, *store->own);
  if (!tmp) return tmp.error();
  Directory& tmp_directory = **tmp;
  clean_ = end->clean;
  unclaimed_ = end->unclaimed;
  auto parts = std::make_unique<MaildirParts>(MaildirParts{
      std::move(*store), std::move(*tmp), std::move(segments), host, std::move(*tree),
      DurableFiles(tmp_directory), JournalWriter(std::move(access), end->last_segment, end->end),
      Orphans(end->unclaimed), lock_facts->value_or(FileFacts{})});
  parts->min_free = options_.min_free;
  if (const auto cleared = parts->durable.clear(notes_); !cleared) return cleared.error();
  if (end->unfinished) {
    if (const auto done = finish_rename(*parts, *end->unfinished, wish.now); !done) {
      return done.error();
    }
  }
  if (const auto whole = complete_inbox(parts->tree); !whole) return whole.error();
  remove_former_place(*parts->store.own, *parts->tmp, notes_);
  compress_former_kept(parts->tree, *parts->tmp, options_.min_free, notes_);
  if (const auto looked = look_at_modes(parts->tree, notes_); !looked) return looked.error();
  parts_ = std::move(parts);
  OpenedMaildir opened{facts_of(*parts_, parts_->store.created), parts_->tmp, true};
  parts_->rest();  // the server may be long in coming
  journal_ahead_ = false;
  renaming_ = false;
  return opened;
}

/// A rename stood in the journal and was not recorded as done. When its target has been taken by
/// other mail meanwhile, the folder keeps its path under its new name: the record decides.
Result<Done> MaildirCore::finish_rename(MaildirParts& parts, const FolderRenamingRecord& renaming,
                                        WallTime now) {
  FolderRecord done{renaming.id, renaming.name, renaming.delimiter, renaming.path, unix_ms(now)};
  if (!is_folder_path(renaming.from_path) || !is_folder_path(renaming.path)) {
    return store_error(parts.segments->describe() +
                       ": its last rename names a path that cannot be one");
  }
  const auto moved = carry_out_rename(parts.tree, renaming.from_path, renaming.path);
  if (!moved) return of_the_store(moved.error());
  if (*moved) parts.orphans.moved(renaming.from_path, renaming.path);
  if (!*moved) done.path = renaming.from_path;
  const auto written = parts.journal.append({done}, done.at_ms);
  if (!written) return written.error();
  notes_.push_back({LogLevel::kInfo,
                    "store.rename_finished",
                    {{"from", renaming.from_path}, {"path", done.path}}});
  return Done{};
}

Result<JournalChunk> MaildirCore::read_journal(JournalPosition from) {
  const auto parts = opened();
  if (!parts) return parts.error();
  // A ledger is built anew, perhaps because a line had to be removed from the journal: what that
  // said is found again like anything else that nobody claims.
  if (from == JournalPosition{} && (*parts)->journal.end() != from) {
    (*parts)->orphans.suspect("");
  }
  return read_journal_records((*parts)->journal.access(), from, kRecordsInChunk, notes_);
}

Result<Done> MaildirCore::check_space(std::uint64_t needed) {
  const auto parts = opened();
  if (!parts) return parts.error();
  const auto space = check_free_space(*(*parts)->store.root, needed, options_.min_free);
  return space ? try_small_file(*(*parts)->tmp) : space;
}

void MaildirCore::discard(IncomingId incoming) {
  if (parts_) parts_->durable.discard(incoming);  // at rest there is none
}

Result<std::vector<DurableMessage>> MaildirCore::make_durable(Handover handover) {
  const auto parts = opened();
  if (!parts) return parts.error();
  return (*parts)->durable.make_durable(std::move(handover));
}

Result<Committed> MaildirCore::commit(Batch batch, WallTime now, bool last_was_heard) {
  const auto parts = opened();
  if (!parts) return parts.error();
  if (!last_was_heard) journal_ahead_ = true;
  if (journal_ahead_) {
    for (const NewMessage& message : batch.messages) discard(message.incoming);
    return store_error(options_.path +
                           ": the journal holds records that the ledger was not told of; the store "
                           "must be opened again",
                       0, Remedy::kRetrySoon);
  }
  std::vector<TokenChange> changes;
  for (const std::string& path : folders_of(batch))
    changes.push_back({path, token_or_none(path), {}});
  MaildirCommit commit(**parts, std::move(batch), now, notes_);
  auto committed = commit.run();
  if (!committed) {
    journal_ahead_ = renaming_ = commit.journal_is_ahead();
    return committed;
  }
  for (TokenChange& change : changes) change.after = token_or_none(change.folder_path);
  committed->token_changes = std::move(changes);
  return committed;
}

FolderToken MaildirCore::token_or_none(const std::string& folder_path) {
  parts_->tree.forget();
  auto token = cur_token(parts_->tree, folder_path);
  return token ? *std::move(token) : FolderToken{};
}

Result<FolderToken> MaildirCore::folder_token(const std::string& folder_path,
                                              const FolderToken& known) {
  const auto parts = opened();
  if (!parts) return parts.error();
  (*parts)->tree.forget();  // somebody else may have replaced directories since
  return look_at_folder((*parts)->tree, folder_path, known, notes_);
}

Result<std::vector<StoredPlace>> MaildirCore::find_missing(const std::string& folder_path,
                                                           const std::vector<StoredPlace>& places) {
  const auto parts = opened();
  if (!parts) return parts.error();
  (*parts)->tree.forget();
  std::vector<SoughtFile> sought;
  sought.reserve(places.size());
  for (const StoredPlace& place : places) sought.push_back(sought_file(place, (*parts)->host));
  auto found = find_files((*parts)->tree, folder_path, sought);
  if (!found) return found.error();
  const auto back = take_back_names((*parts)->tree, folder_path, places, sought, *found, notes_);
  if (!back) return back.error();
  std::vector<StoredPlace> missing;
  LookAtFiles look((*parts)->tree, folder_path, notes_);
  for (std::size_t i = 0; i < places.size(); ++i) {
    const auto& file = (*found)[i];
    (*parts)->damaged.looked_at(places[i], sought[i], file);
    look.at(places[i], file);
    if (!file || !file->whole) missing.push_back(places[i]);
  }
  look.end();
  return missing;
}

Result<std::vector<std::optional<std::string>>> MaildirCore::read_headers(
    const std::string& folder_path, const std::vector<StoredPlace>& places) {
  const auto parts = opened();
  if (!parts) return parts.error();
  (*parts)->tree.forget();
  return read_stored_headers((*parts)->tree, folder_path, places, (*parts)->host);
}

Result<std::uint64_t> MaildirCore::purge_gone(int days, WallTime now) {
  const auto parts = opened();
  return parts ? purge_kept((*parts)->tree, days, now, notes_)
               : Result<std::uint64_t>(parts.error());
}

Result<Done> MaildirCore::close_journal(WallTime now) {
  const auto unclaimed = parts_->orphans.suspected();
  // What is known of it now is written down, also when there was nothing else to write.
  if (!clean_ || unclaimed != unclaimed_) {
    const auto there = parts_->wake(files_, options_.path);
    const auto ready =
        there && *there ? parts_->journal.prepare(unix_ms(now)) : Result<Done>(Done{});
    // What an interrupted writer left says it by itself; an end in order would say too little.
    if (!ready) return clean_ ? ready : Result<Done>(Done{});
  }
  return parts_->journal.close(unix_ms(now), unclaimed);
}

void MaildirCore::adoption_is_over(const std::set<std::string>& maybe_unclaimed) {
  if (parts_) parts_->orphans.adoption_is_over(maybe_unclaimed);
}

void MaildirCore::rest() {
  if (parts_) parts_->rest();
}

Result<Done> MaildirCore::close(WallTime now) {
  if (!parts_) return Done{};
  const auto cleared = parts_->resting() ? Result<Done>(Done{}) : parts_->durable.clear(notes_);
  const auto closed = close_journal(now);
  parts_.reset();
  return cleared ? closed : cleared;
}

}  // namespace imapkeep
