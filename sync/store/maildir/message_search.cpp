#include "sync/store/maildir/message_search.h"

#include <algorithm>
#include <cerrno>
#include <map>
#include <utility>

#include "daemon/base/clock.h"
#include "sync/store/maildir/in_the_way.h"
#include "sync/store/maildir/kept_frame.h"
#include "sync/store/maildir/kept_search.h"
#include "sync/store/maildir/message_bytes.h"
#include "sync/store/maildir/moved_files.h"
#include "sync/store/maildir/renamed_files.h"
#include "sync/store/maildir/store_identity.h"

namespace imapkeep {
namespace {

std::string folder_of_kept(std::string_view directory) {
  const std::size_t slash = directory.find('/');
  if (slash == std::string_view::npos) return "";
  std::string folder(directory.substr(slash + 1));
  if (is_former_part(folder))
    folder.resize(folder.rfind('/') == std::string::npos ? 0 : folder.rfind('/'));
  return folder;
}

std::string what_became(const GoneRecord& gone) {
  const std::string on = " on " + utc_date(from_unix_ms(gone.at_ms));
  switch (gone.to) {
    case GoneTo::kMoved:
      return "it left this folder" + on +
             " because the same bytes live on under another UID: look for its SHA-256";
    case GoneTo::kRemoved:
      return "it was removed" + on + ", as `on_expunge: remove` asks; only a backup has it still";
    case GoneTo::kLost:
      return "it left" + on +
             ", and no whole file of it was there then; only a backup has it still";
    case GoneTo::kKept:
      break;
  }
  return "it was kept" + on +
         ", and is not in the kept area any more (`retain` may have removed it); only a backup has "
         "it still";
}

}  // namespace

MessageSearch::Group MessageSearch::open_ones(const Group& group) {
  Group open;
  for (Search* search : group) {
    if (!search->entry || search->entry->kind != StoredEntry::Kind::kMessage)
      open.push_back(search);
  }
  return open;
}

void MessageSearch::fail(const Group& group, const Error& why) {
  for (Search* search : group) search->failed = why;
}

std::vector<Result<StoredEntry>> MessageSearch::find(const std::vector<SoughtMessage>& messages) {
  std::vector<Search> searches(messages.size());
  std::map<std::string, Group> live;
  std::map<std::string, Group> gone;
  for (std::size_t i = 0; i < messages.size(); ++i) {
    searches[i] = {&messages[i], sought_file(messages[i].stored, host_)};
    (messages[i].gone ? gone : live)[messages[i].stored.folder_path].push_back(&searches[i]);
  }
  for (const auto& [path, group] : live) {
    find_live(path, group);
    find_kept(path, open_ones(group));
  }
  for (const auto& [path, group] : gone) {
    for (Search* search : group) find_as_recorded(*search);
    find_kept(path, open_ones(group));
    find_live(path, open_ones(group));
  }
  std::vector<Result<StoredEntry>> answers;
  answers.reserve(searches.size());
  for (Search& search : searches) {
    if (search.entry) {
      answers.emplace_back(std::move(*search.entry));
    } else {
      answers.emplace_back(search.failed ? *search.failed : not_found(search));
    }
  }
  return answers;
}

Error MessageSearch::not_found(const Search& search) const {
  const auto& gone = search.message->gone;
  const std::string why =
      gone ? what_became(*gone)
           : "it is neither there nor in the kept area; the next pass fetches it again where the "
             "server has it still";
  return {Remedy::kSkipMessage, Trouble::kMessage,
          below(search.message->stored.folder_path, search.file.base) + ": " + why, ENOENT};
}

bool MessageSearch::take(Search& search, const FilePlace& at, const std::string& folder_path,
                         const std::string& day) {
  const auto directory = tree_.open(at.directory);
  if (!directory || !*directory) return false;
  const auto facts = (*directory)->stat(at.name);
  if (!facts || !*facts) return false;
  StoredEntry entry = entry_of(at, **facts, folder_path, day, host_);
  if (!entry.message) {  // another program's name for it; its bytes were compared
    entry.kind = StoredEntry::Kind::kMessage;
    entry.message = search.message->stored;
    entry.message->key = {};
  }
  if (!search.entry || entry.kind == StoredEntry::Kind::kMessage) search.entry = std::move(entry);
  return true;
}

void MessageSearch::find_live(const std::string& path, const Group& group) {
  find_live_in(path, path, group);
  if (!renaming_ || (path != renaming_->from_path && path != renaming_->path)) return;
  // Its files are on their way from one to the other.
  for (const std::string& root : {renaming_->from_path, renaming_->path, moving_directory()}) {
    if (root != path) find_live_in(root, path, open_ones(group));
  }
}

void MessageSearch::find_live_in(const std::string& root, const std::string& path,
                                 const Group& group) {
  if (group.empty()) return;
  std::vector<SoughtFile> sought;
  std::vector<StoredPlace> places;
  for (const Search* search : group) {
    sought.push_back(search->file);
    places.push_back(search->message->stored);
  }
  const auto found = find_files(tree_, root, sought);
  if (!found) return fail(group, found.error());
  for (std::size_t i = 0; i < group.size(); ++i) {
    if ((*found)[i]) take(*group[i], {(*found)[i]->directory, (*found)[i]->file}, path, "");
  }
  const auto renamed = find_renamed_files(tree_, root, places, sought, *found);
  if (!renamed) return fail(open_ones(group), renamed.error());
  for (const auto& [i, name] : *renamed) take(*group[i], {below(root, "cur"), name}, path, "");
}

/// Records of before kept mail was compressed say `…/cur/NAME`; that is `…/NAME.zst` once a writer
/// of now has been there.
void MessageSearch::find_as_recorded(Search& search) {
  const std::string& recorded = search.message->gone->place;
  if (recorded.empty()) return;
  const FilePlace at = file_place({below(kGoneDirectory, recorded)});
  const std::string day = recorded.substr(0, recorded.find('/'));
  const std::string folder = folder_of_kept(file_place({recorded}).directory);
  if (take(search, at, folder, day) || !is_former_part(at.directory)) return;
  const FilePlace now{at.directory.substr(0, at.directory.rfind('/')),
                      at.name + std::string(kFrameSuffix)};
  take(search, now, folder, day);
}

void MessageSearch::find_kept(const std::string& path, const Group& group) {
  if (group.empty()) return;
  const auto days = kept_days(tree_);
  if (!days) return fail(group, days.error());
  for (const std::string& day : *days) {
    const std::string directory = below(below(kGoneDirectory, day), path);
    find_kept_in(directory, path, day, open_ones(group));
    for (const std::string_view part : kFormerParts) {
      find_kept_in(below(directory, part), path, day, open_ones(group));
    }
  }
}

void MessageSearch::find_kept_in(const std::string& directory, const std::string& path,
                                 const std::string& day, const Group& group) {
  if (group.empty()) return;
  const auto opened = tree_.open(directory);
  if (!opened) return fail(group, opened.error());
  if (!*opened) return;
  std::multimap<std::string, std::size_t> all;
  KeptBases wanted;
  for (std::size_t i = 0; i < group.size(); ++i) {
    wanted.emplace(group[i]->file.base, i);
    all.emplace(group[i]->file.base, i);
  }
  const auto names = kept_names(**opened, is_former_part(directory), wanted);
  if (!names) return fail(group, explained(**opened, names.error()));
  for (const auto& [first, name] : *names) {
    const auto [from, to] = all.equal_range(group[first]->file.base);
    for (auto one = from; one != to; ++one) take(*group[one->second], {directory, name}, path, day);
  }
}

}  // namespace imapkeep
