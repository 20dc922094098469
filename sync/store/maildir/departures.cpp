#include "sync/store/maildir/departures.h"

#include <algorithm>
#include <cerrno>
#include <map>
#include <set>
#include <utility>

#include "sync/store/maildir/damaged_files.h"
#include "sync/store/maildir/in_the_way.h"
#include "sync/store/maildir/kept_frame.h"
#include "sync/store/maildir/kept_search.h"
#include "sync/store/maildir/maildir_name.h"
#include "sync/store/maildir/store_identity.h"

namespace imapkeep {

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
  if (const auto left = finish(departures, records, outcome); !left) return left.error();
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
    auto record = carry_out(indices[k], departure, (*found)[k], (*kept)[k]);
    if (!record) return record.error();
    records[indices[k]] = std::move(*record);
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
  // One that waits for its place in gone/ leaves with this batch.
  const bool leaves = std::any_of(leaving_.begin(), leaving_.end(), [&](const Leaving& leaving) {
    const FoundFile& live = kept_.at(leaving.file).live;
    return live.directory == copy->directory && live.file == copy->file;
  });
  if (leaves) return false;
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

Result<std::optional<GoneRecord>> Departures::carry_out(std::size_t index,
                                                        const Departure& departure,
                                                        const std::optional<FoundFile>& found,
                                                        const std::optional<Kept>& kept) {
  using Answer = Result<std::optional<GoneRecord>>;
  GoneRecord record{departure.key, GoneTo::kLost, unix_ms(now_)};
  if (departure.to == GoneTo::kLost) return Answer(record);
  if (found && !found->whole && departure.to != GoneTo::kRemoved) {
    const auto lost = lose(index, departure, *found);
    return lost ? Answer(std::nullopt) : lost.error();
  }
  if (found && departure.to == GoneTo::kKept) {
    const auto leaving = keep(index, departure, *found, kept);
    return leaving ? Answer(std::nullopt) : leaving.error();
  }
  if (!found) {
    // Done by a process that died before its fsync, or by a reader.
    left_.push_back(below(departure.place.folder_path, "cur"));
    if (departure.to == GoneTo::kKept && !kept) return Answer(record);
    if (departure.to == GoneTo::kKept) {
      if (const auto proven = prove(*kept); !proven) return proven.error();
      record.place = below(kept->directory, kept->name);
    }
    record.to = departure.to;
    return Answer(record);
  }
  const auto directory = tree_.open(found->directory);
  if (!directory) return directory.error();
  const auto gone = (*directory)->unlink(found->file);
  if (!gone && gone.error().os_code == EISDIR) {
    const auto lost = lose(index, departure, *found);
    return lost ? Answer(std::nullopt) : lost.error();
  }
  if (!gone) return explained(**directory, gone.error());
  left_.push_back(found->directory);
  record.to = departure.to;
  return Answer(record);
}

Result<Done> Departures::keep(std::size_t index, const Departure& departure, const FoundFile& found,
                              const std::optional<Kept>& kept) {
  const GoneRecord record{departure.key, GoneTo::kKept, unix_ms(now_)};
  const std::string today = below(utc_date(now_), departure.place.folder_path);
  if (kept) {
    const std::size_t file = kept_.add_kept(found, kept->directory, kept->name, today);
    leaving_.push_back({index, file, record});
    return Done{};
  }
  const auto file = kept_.add(found, today, found.file);
  if (!file) return file.error();
  leaving_.push_back({index, *file, record});
  return Done{};
}

/// What lies under its name is not the message, and the server cannot be asked any more.
Result<Done> Departures::lose(std::size_t index, const Departure& departure,
                              const FoundFile& damaged) {
  GoneRecord record{departure.key, GoneTo::kLost, unix_ms(now_)};
  if (departure.to != GoneTo::kKept) record.to = departure.to;
  const auto file = set_aside(tree_, kept_, departure.place.folder_path, damaged, now_, notes_);
  if (!file) return file.error();
  leaving_.push_back({index, *file, record, false});
  return Done{};
}

Result<Done> Departures::finish(const std::vector<Departure>& departures, Records& records,
                                Outcome& outcome) {
  if (const auto finished = kept_.finish(); !finished) return finished;
  std::set<FolderId> told;
  for (Leaving& one : leaving_) {
    const Departure& departure = departures[one.departure];
    const std::string& path = departure.place.folder_path;
    GoneRecord& record = one.record;
    if (one.file != kNotCompressed) {
      const KeptFiles::File& file = kept_.at(one.file);
      if (file.refused) {
        if (told.insert(departure.key.folder).second) {
          outcome.refused.push_back({departure.key.folder, path, *file.refused});
        }
        continue;
      }
      if (!one.is_message) note_set_aside(file, notes_);
      if (one.is_message && file.vanished) record.to = GoneTo::kLost;  // a reader, this moment
      const bool expected = file.directory == below(utc_date(now_), path) &&
                            file.name == file.live.file + std::string(kFrameSuffix);
      if (record.to == GoneTo::kKept && !expected) record.place = below(file.directory, file.name);
    }
    records[one.departure] = std::move(record);
  }
  return Done{};
}

Result<std::vector<std::optional<Departures::Kept>>> Departures::find_kept(
    const std::vector<Departure>& departures, const std::vector<std::size_t>& indices,
    const Found& live) {
  std::vector<std::optional<Kept>> kept(indices.size());
  const std::string& folder_path = departures[indices.front()].place.folder_path;
  KeptBases wanted;
  for (std::size_t k = 0; k < indices.size(); ++k) {
    const Departure& departure = departures[indices[k]];
    if (departure.to == GoneTo::kRemoved || departure.to == GoneTo::kLost) continue;
    if (live[k] && !live[k]->whole) continue;
    wanted.emplace(sought_file(departure.place, host_).base, k);
  }
  if (wanted.empty()) return kept;
  auto days = kept_days(tree_);
  if (!days) return days.error();
  // What lies under today's need not be moved.
  const auto today = std::find(days->begin(), days->end(), utc_date(now_));
  if (today != days->end()) std::rotate(days->begin(), today, today + 1);
  // Where the live file is there, it is kept once more at worst: one bad day must not keep all mail
  // of its folder from leaving.
  const bool may_miss = std::all_of(wanted.begin(), wanted.end(),
                                    [&](const auto& one) { return live[one.second].has_value(); });
  const auto passes_over = [&](const std::string& day, const Error& why) {
    if (!may_miss) return false;
    notes_.push_back({LogLevel::kWarning,
                      "a day of the kept area cannot be read",
                      {{"day", day}, {"folder", folder_path}, {"why", why.what}}});
    return true;
  };
  for (const std::string& day : *days) {
    const std::string below_gone = below(day, folder_path);
    const auto directory = tree_.open(below(kGoneDirectory, below_gone));
    if (!directory && is_in_the_way(directory.error())) continue;
    if (!directory && passes_over(day, directory.error())) continue;
    if (!directory) return directory.error();
    if (!*directory) continue;
    const auto names = kept_names(**directory, false, wanted);
    if (!names && passes_over(day, names.error())) continue;
    if (!names) return explained(**directory, names.error());
    for (const auto& [k, name] : *names) {
      if (kept[k]) continue;
      Kept candidate{below_gone, name};
      const auto same = is_kept_as(candidate, departures[indices[k]].place, live[k]);
      if (!same) return same.error();
      if (*same) kept[k] = std::move(candidate);
    }
  }
  return kept;
}

Result<bool> Departures::is_kept_as(const Kept& kept, const StoredPlace& place,
                                    const std::optional<FoundFile>& live) {
  const auto directory = tree_.open(below(kGoneDirectory, kept.directory));
  if (!directory) return directory.error();
  if (!*directory) return false;
  if (!live) return holds_message(**directory, kept.name, place.size, place.xxh3);
  const auto from = tree_.open(live->directory);
  if (!from) return from.error();
  const auto same =
      *from ? holds_bytes_of(**directory, kept.name, **from, live->file) : Result<bool>(false);
  return same && *same;  // what cannot be read is said when it is to be kept
}

/// Whoever wrote it may have died before its last fsync.
Result<Done> Departures::prove(const Kept& kept) {
  const auto directory = make_proven(tree_, below(kGoneDirectory, kept.directory));
  if (!directory) return directory.error();
  const auto file = (*directory)->read(kept.name);
  return file ? (*file)->sync() : Result<Done>(file.error());
}

}  // namespace imapkeep
