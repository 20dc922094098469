#include "sync/store/departures.h"

#include <cerrno>
#include <map>
#include <utility>

#include "sync/store/damaged_files.h"
#include "sync/store/in_the_way.h"
#include "sync/store/maildir_name.h"
#include "sync/store/store_identity.h"

namespace imapkeep {
namespace {

const std::string kGone = below(kStoreDirectory, "gone");

}  // namespace

Result<Departures::Outcome> Departures::carry_out(const std::vector<Departure>& departures) {
  std::map<std::string, std::vector<std::size_t>> by_folder;
  for (std::size_t i = 0; i < departures.size(); ++i) {
    by_folder[departures[i].place.folder_path].push_back(i);
  }
  Outcome outcome;
  Records records(departures.size());
  for (const auto& [path, indices] : by_folder) {
    const auto done = carry_out(departures, path, indices, records);
    if (!done && !is_in_the_way(done.error())) return done.error();
    if (!done) {
      outcome.refused.push_back({departures[indices.front()].key.folder, path, done.error()});
    }
  }
  // An unlinked name's directory may be one that others have left for gone/.
  for (const std::string& directory : std::exchange(left_, {})) tree_.changed(directory);
  if (const auto flushed = tree_.flush(); !flushed) return flushed.error();
  for (auto& record : records) {
    if (record) outcome.records.push_back(std::move(*record));
  }
  return outcome;
}

Result<Done> Departures::carry_out(const std::vector<Departure>& departures,
                                   const std::string& path, const std::vector<std::size_t>& indices,
                                   Records& records) {
  std::vector<SoughtFile> sought;
  for (const std::size_t i : indices) sought.push_back(sought_file(departures[i].place, host_));
  const auto found = find_files(tree_, path, sought);
  if (!found) return found.error();
  const auto copies = find_copies(departures, indices);
  if (!copies) return copies.error();
  const auto kept = find_kept(departures, indices, *found);
  if (!kept) return kept.error();
  for (std::size_t k = 0; k < indices.size(); ++k) {
    Departure departure = departures[indices[k]];
    const auto lives_on = copy_is_there(departure, (*copies)[k]);
    if (!lives_on) return lives_on.error();
    if (!*lives_on) departure.to = GoneTo::kKept;
    GoneRecord record{departure.key, GoneTo::kLost, unix_ms(now_)};
    const auto done = carry_out(departure, (*found)[k], (*kept)[k], record);
    if (!done) return done;
    records[indices[k]] = std::move(record);
  }
  return Done{};
}

Result<Departures::Found> Departures::find_copies(const std::vector<Departure>& departures,
                                                  const std::vector<std::size_t>& indices) {
  Found copies(indices.size());
  std::map<std::string, std::vector<std::size_t>> by_folder;
  for (std::size_t k = 0; k < indices.size(); ++k) {
    const Departure& departure = departures[indices[k]];
    if (departure.to != GoneTo::kMoved || !departure.other_copy) continue;
    by_folder[departure.other_copy->folder_path].push_back(k);
  }
  for (const auto& [path, group] : by_folder) {
    std::vector<SoughtFile> sought;
    sought.reserve(group.size());
    for (const std::size_t k : group) {
      sought.push_back(sought_file(*departures[indices[k]].other_copy, host_));
    }
    auto found = find_files(tree_, path, sought);
    if (!found && is_in_the_way(found.error())) continue;
    if (!found) return found.error();
    for (std::size_t i = 0; i < group.size(); ++i) copies[group[i]] = std::move((*found)[i]);
  }
  return copies;
}

/// Right before ours is unlinked: the other one may have left in this very batch.
Result<bool> Departures::copy_is_there(const Departure& departure,
                                       const std::optional<FoundFile>& copy) {
  if (departure.to != GoneTo::kMoved || !departure.other_copy) return true;
  if (!copy || !copy->whole) return false;
  const auto directory = tree_.open(copy->directory);
  if (directory && *directory) {
    const auto facts = (*directory)->stat(copy->file);
    if (facts && *facts) {
      return (*facts)->kind == FileKind::kFile && (*facts)->size == departure.other_copy->size;
    }
  }
  // A reader has renamed it this moment, or it cannot be looked at.
  const auto found = find_files(tree_, departure.other_copy->folder_path,
                                {sought_file(*departure.other_copy, host_)});
  if (!found && is_in_the_way(found.error())) return false;
  if (!found) return found.error();
  return found->front() && found->front()->whole;
}

Result<Done> Departures::carry_out(const Departure& departure,
                                   const std::optional<FoundFile>& found,
                                   const std::optional<FoundFile>& kept, GoneRecord& record) {
  if (departure.to == GoneTo::kLost) return Done{};
  if (found && !found->whole && departure.to != GoneTo::kRemoved) {
    return lose(departure, *found, record);
  }
  if (found && departure.to == GoneTo::kKept) return keep(departure, *found, record);
  if (!found) {
    // Done by a process that died before its fsync, or by a reader.
    const auto before = departure.to == GoneTo::kKept
                            ? kept_before(departure.place.folder_path, kept, record)
                            : Result<bool>(true);
    if (!before) return before.error();
    left_.push_back(below(departure.place.folder_path, "cur"));
    if (*before) record.to = departure.to;
    return Done{};
  }
  const auto directory = tree_.open(found->directory);
  if (!directory) return directory.error();
  const auto gone = (*directory)->unlink(found->file);
  if (!gone && gone.error().os_code == EISDIR) return lose(departure, *found, record);
  if (!gone) return explained(**directory, gone.error());
  left_.push_back(found->directory);
  record.to = departure.to;
  return Done{};
}

Result<Done> Departures::keep(const Departure& departure, const FoundFile& found,
                              GoneRecord& record) {
  const std::string below_gone = below(utc_date(now_), departure.place.folder_path);
  const std::string folder = below(kGone, below_gone);
  if (const auto made = tree_.make_parts(folder); !made) return made.error();
  const std::string kept_path = below(folder, "cur");
  const auto kept = tree_.open(kept_path);
  if (!kept) return kept.error();
  const auto live = tree_.open(found.directory);
  if (!live) return live.error();
  tree_.changed(kept_path);
  left_.push_back(found.directory);
  const auto ours = (*live)->stat(found.file);
  if (!ours) return explained(**live, ours.error());
  const auto parsed = parse_maildir_name(found.file);
  std::string name = found.file;
  for (std::uint32_t n = 2;; ++n) {
    const auto moved = (*live)->rename(found.file, **kept, name);
    if (!moved) return tree_.explained_move(found.directory, kept_path, moved.error());
    if (*moved == Placed::kMissing) return Done{};  // a reader removed it this moment: lost
    if (*moved == Placed::kDone) break;
    const auto theirs = (*kept)->stat(name);
    if (!theirs) return explained(**kept, theirs.error());
    if (*ours && *theirs && (*ours)->inode == (*theirs)->inode) {
      // Moved before a power cut that brought the live name back.
      const auto gone = (*live)->unlink(found.file);
      if (!gone) return explained(**live, gone.error());
      break;
    }
    name = parsed ? maildir_file(maildir_base(parsed->stem, n, parsed->host), parsed->flags)
                  : found.file + "~" + std::to_string(n);
  }
  record.to = GoneTo::kKept;
  if (name != found.file) record.place = below(below(below_gone, "cur"), name);
  return Done{};
}

/// What lies under its name is not the message, and the server cannot be asked any more.
Result<Done> Departures::lose(const Departure& departure, const FoundFile& damaged,
                              GoneRecord& record) {
  const auto moved = set_aside(tree_, departure.place.folder_path, damaged, now_, notes_);
  if (!moved) return moved.error();
  if (departure.to != GoneTo::kKept) record.to = departure.to;
  return Done{};
}

Result<Departures::Found> Departures::find_kept(const std::vector<Departure>& departures,
                                                const std::vector<std::size_t>& indices,
                                                const Found& live) {
  Found kept(indices.size());
  std::vector<SoughtFile> missing;
  std::vector<std::size_t> index;
  for (std::size_t k = 0; k < indices.size(); ++k) {
    const Departure& departure = departures[indices[k]];
    if (live[k] || departure.to == GoneTo::kRemoved || departure.to == GoneTo::kLost) continue;
    missing.push_back(sought_file(departure.place, host_));
    index.push_back(k);
  }
  if (missing.empty()) return kept;
  const std::string& folder_path = departures[indices.front()].place.folder_path;
  const auto gone = tree_.open(kGone);
  if (!gone) return gone.error();
  if (!*gone) return kept;
  std::vector<std::string> days;
  const auto listed = (*gone)->list([&days](std::string_view day) {
    if (day.size() == utc_date(WallTime()).size()) days.emplace_back(day);
    return true;
  });
  if (!listed) return explained(**gone, listed.error());
  for (const std::string& day : days) {
    auto found = find_files(tree_, below(below(kGone, day), folder_path), missing);
    if (!found && is_in_the_way(found.error())) continue;
    if (!found) return found.error();
    for (std::size_t i = 0; i < missing.size(); ++i) {
      auto& file = (*found)[i];
      if (file && file->whole && !kept[index[i]]) kept[index[i]] = std::move(file);
    }
  }
  return kept;
}

Result<bool> Departures::kept_before(const std::string& folder_path,
                                     const std::optional<FoundFile>& kept, GoneRecord& record) {
  if (!kept) return false;
  const std::string in_gone = kept->directory.substr(kGone.size() + 1);
  const std::string day = in_gone.substr(0, in_gone.find('/'));
  const auto proven = tree_.make_parts(below(below(kGone, day), folder_path));
  if (!proven) return proven.error();
  tree_.changed(kept->directory);
  record.place = below(in_gone, kept->file);
  return true;
}

}  // namespace imapkeep
