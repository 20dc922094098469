#include "sync/store/maildir/kept_files.h"

#include <cerrno>
#include <utility>

#include "sync/store/maildir/arriving_files.h"
#include "sync/store/maildir/in_the_way.h"
#include "sync/store/maildir/kept_frame.h"
#include "sync/store/maildir/maildir_name.h"
#include "sync/store/maildir/receiving_place.h"

namespace imapkeep {
namespace {

// A file system's most is 255.
constexpr std::size_t kLongestKeptName = 240;

Error no_room(const Error& error) {
  Error told = error;
  told.remedy = Remedy::kRetryLater;
  told.what +=
      "; what has left the server does not fit on the disk beside what is there, so it stays in "
      "its folder until there is room";
  return told;
}

}  // namespace

bool keeps_waiting(const Error& error) {
  const bool one_file = error.trouble == Trouble::kMessage && error.remedy == Remedy::kSkipMessage;
  return one_file || is_about_room(error);
}

std::string numbered_name(const std::string& name, std::uint32_t n) {
  if (n < 2) return name;
  const auto parsed = parse_maildir_name(name);
  return parsed ? maildir_file(maildir_base(parsed->stem, n, parsed->host), parsed->flags)
                : name + "~" + std::to_string(n);
}

Result<FolderTree::Handle> make_proven(FolderTree& tree, const std::string& path) {
  auto made = tree.make(path);
  if (!made) return made;
  // What was there already may have been made by a process that died before its fsync.
  tree.changed("");
  for (std::size_t end = path.find('/'); end != std::string::npos; end = path.find('/', end + 1)) {
    tree.changed(path.substr(0, end));
  }
  tree.changed(path);
  return made;
}

Result<bool> holds_bytes_of(Directory& kept, const std::string& kept_name, Directory& live,
                            const std::string& live_name) {
  auto bytes = live.read(live_name);
  if (!bytes && bytes.error().os_code == ENOENT) return false;
  if (!bytes) return bytes.error();
  auto frame = kept.read(kept_name);
  if (!frame) return false;
  const auto unpacked = read_frame(std::move(*frame), kept.path() + "/" + kept_name);
  return same_bytes(**bytes, *unpacked);
}

Result<bool> holds_message(Directory& kept, const std::string& kept_name, std::uint64_t size,
                           std::uint64_t xxh3) {
  auto frame = kept.read(kept_name);
  if (!frame) return false;
  const auto unpacked = read_frame(std::move(*frame), kept.path() + "/" + kept_name);
  const auto same = is_message(*unpacked, size, xxh3);
  return same && *same;  // a frame that is damaged is none
}

Result<std::size_t> KeptFiles::add(FoundFile live, std::string directory, std::string name) {
  const std::size_t index = files_.size();
  Packing& packing = files_.emplace_back();
  if (name.size() > kLongestKeptName) name.resize(kLongestKeptName);
  packing.file = {std::move(live), std::move(directory), std::move(name), std::nullopt, false};
  const auto packed = pack(packing);
  if (packed) return index;
  const auto refused = refuse(packing, packed.error());
  return refused ? Result<std::size_t>(index) : refused.error();
}

std::size_t KeptFiles::add_kept(FoundFile live, std::string from, std::string name,
                                std::string directory) {
  Packing& packing = files_.emplace_back();
  packing.file = {std::move(live), std::move(directory), std::move(name), std::nullopt, false};
  packing.from = std::move(from);
  packing.placed = packing.here_before = true;
  return files_.size() - 1;
}

Result<Done> KeptFiles::pack(Packing& packing) {
  const FoundFile& live = packing.file.live;
  // Else it would be kept again and again, and never leave.
  if (const auto ours = tree_.may_change(live.directory); !ours) return ours;
  const auto directory = tree_.open(live.directory);
  if (!directory) return directory.error();
  const auto facts =
      *directory ? (*directory)->stat(live.file) : Result<std::optional<FileFacts>>(std::nullopt);
  if (!facts) return explained(**directory, facts.error());
  if (!*facts) {
    packing.file.vanished = true;
    return Done{};
  }
  if (const auto room = check_free_space(place_, (*facts)->size, min_free_); !room) return room;
  auto bytes = (*directory)->read(live.file);
  if (!bytes && bytes.error().os_code == ENOENT) {
    packing.file.vanished = true;
    return Done{};
  }
  if (!bytes) return explained(**directory, live.file, bytes.error());
  packing.packed = receiving_name("kept." + std::to_string(files_.size()));
  auto out = place_.create(packing.packed);
  if (!out && out.error().os_code == EEXIST) {  // one that could not be removed
    if (const auto former = place_.unlink(packing.packed); !former) return former.error();
    out = place_.create(packing.packed);
  }
  if (!out) return out.error();
  packing.out = std::move(*out);
  if (const auto done = write_frame(**bytes, (*facts)->size, *packing.out); !done) return done;
  packing.date = (*facts)->mtime_ns / 1'000'000'000;
  return ++open_ < kSyncTogether ? Result<Done>(Done{}) : close_open();
}

/// An error when it is no reason to wait.
Result<Done> KeptFiles::refuse(Packing& packing, const Error& why) {
  drop(packing);
  if (!keeps_waiting(why)) return why;
  packing.file.refused = is_about_room(why) ? no_room(why) : why;
  return Done{};
}

/// Many are made durable by one syncfs, which needs no descriptors.
Result<Done> KeptFiles::close_open() {
  for (Packing& packing : files_) {
    const auto out = std::move(packing.out);
    if (!out) continue;
    const auto closed = out->close();
    if (closed) continue;
    if (const auto refused = refuse(packing, closed.error()); !refused) return refused;
  }
  return Done{};
}

Result<Done> KeptFiles::make_durable() {
  std::size_t waiting = 0;
  for (const Packing& packing : files_) waiting += packing.packed.empty() ? 0U : 1U;
  if (waiting == 0) return Done{};
  if (open_ >= kSyncTogether) {
    if (const auto closed = close_open(); !closed) return closed;
    const auto synced = place_.sync_file_system();
    if (synced) return Done{};
    // Nobody knows which of them are on the disk.
    for (Packing& packing : files_) {
      if (packing.packed.empty()) continue;
      if (const auto refused = refuse(packing, synced.error()); !refused) return refused;
    }
    return Done{};
  }
  for (Packing& packing : files_) {
    const auto out = std::move(packing.out);
    if (!out) continue;
    auto synced = out->sync();
    if (synced) synced = out->close();
    if (synced) continue;
    if (const auto refused = refuse(packing, synced.error()); !refused) return refused;
  }
  return Done{};
}

Result<Done> KeptFiles::place(Packing& packing) {
  File& file = packing.file;
  const std::string path = below(kGoneDirectory, file.directory);
  const auto directory = make_proven(tree_, path);
  if (!directory) return directory.error();
  if (packing.here_before) return move_on(packing, **directory);
  const std::string wanted = file.name;
  for (std::uint32_t n = 1;; ++n) {
    file.name = numbered_name(wanted, n).append(kFrameSuffix);
    const auto moved = name_received(place_, packing.packed, packing.date, **directory, file.name);
    if (!moved) return tree_.explained_move(file.live.directory, path, moved.error());
    if (*moved == Placed::kMissing) {
      return store_error(place_.path() + "/" + packing.packed +
                             ": it has vanished from here before it had its name",
                         0, Remedy::kRetrySoon);
    }
    if (*moved == Placed::kDone) break;
    if (taken_ == Taken::kNext) continue;
    const auto live = tree_.open(file.live.directory);
    if (!live) return live.error();
    const auto same = holds_bytes_of(**directory, file.name, **live, file.live.file);
    if (!same) return same.error();
    if (!*same) continue;
    drop(packing);
    packing.here_before = true;
    packing.from = file.directory;
    if (const auto proven = move_on(packing, **directory); !proven) return proven;
    break;
  }
  packing.packed.clear();
  packing.placed = true;
  return Done{};
}

/// Whoever wrote it may have died before its last fsync.
Result<Done> KeptFiles::move_on(Packing& packing, Directory& to) {
  File& file = packing.file;
  const std::string path = below(kGoneDirectory, packing.from);
  const auto from = tree_.open(path);
  if (!from || !*from) return from ? may_not_change(path) : from.error();
  const auto kept = (*from)->read(file.name);
  if (!kept) return explained(**from, kept.error());
  if (const auto synced = (*kept)->sync(); !synced) return synced;
  if (packing.from == file.directory) return Done{};
  const std::string name = file.name;
  const std::string wanted = name.substr(0, name.size() - kFrameSuffix.size());
  for (std::uint32_t n = 1;; ++n) {
    file.name = numbered_name(wanted, n).append(kFrameSuffix);
    const auto moved = (*from)->rename(name, to, file.name);
    if (!moved)
      return tree_.explained_move(path, below(kGoneDirectory, file.directory), moved.error());
    if (*moved == Placed::kMissing) {
      return store_error((*from)->path() + "/" + name + ": it has vanished", 0, Remedy::kRetrySoon);
    }
    if (*moved == Placed::kDone) break;
  }
  tree_.changed(path);  // behind the one that it came to
  return Done{};
}

Result<Done> KeptFiles::unlink_live(Packing& packing) {
  const FoundFile& live = packing.file.live;
  const auto directory = tree_.open(live.directory);
  if (!directory) return directory.error();
  tree_.changed(live.directory);
  const auto gone = *directory ? (*directory)->unlink(live.file) : Result<Placed>(Placed::kMissing);
  if (gone) return Done{};
  // It stays, so it has not left: the next try must not find one of it in gone/ each time.
  if (!packing.here_before) {
    const auto kept = tree_.open(below(kGoneDirectory, packing.file.directory));
    if (kept && *kept) (void)(*kept)->unlink(packing.file.name);
  }
  return refuse(packing, explained(**directory, gone.error()));
}

Result<Done> KeptFiles::finish() {
  if (const auto durable = make_durable(); !durable) return durable;
  bool any = false;
  for (Packing& packing : files_) {
    if (packing.packed.empty() && !packing.here_before) continue;
    const auto placed = place(packing);
    any = any || placed;
    if (placed) continue;
    if (const auto refused = refuse(packing, placed.error()); !refused) return refused;
  }
  if (!any) return Done{};
  if (const auto durable = tree_.flush(); !durable) return durable;
  for (Packing& packing : files_) {
    if (!packing.placed || packing.file.refused) continue;
    if (const auto left = unlink_live(packing); !left) return left;
  }
  return Done{};
}

void KeptFiles::drop(Packing& packing) {
  packing.out.reset();
  if (packing.packed.empty()) return;
  (void)place_.unlink(packing.packed);  // else the next opening removes it
  packing.packed.clear();
}

void KeptFiles::drop() {
  for (Packing& packing : files_) drop(packing);
}

}  // namespace imapkeep
