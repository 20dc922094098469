#include "sync/store/maildir/former_kept.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "sync/store/maildir/in_the_way.h"
#include "sync/store/maildir/kept_files.h"
#include "sync/store/maildir/kept_frame.h"
#include "sync/store/maildir/maildir_name.h"

namespace imapkeep {
namespace {

constexpr std::size_t kTogether = 64;

/// A name that this format gives to files; asking what each is would take a call for every one.
bool is_kept_name(std::string_view name) {
  if (!name.ends_with(kFrameSuffix)) return false;
  name.remove_suffix(kFrameSuffix.size());
  return parse_maildir_name(name).has_value();
}

class FormerKept {
 public:
  FormerKept(FolderTree& tree, Directory& place, std::uint64_t min_free, Notes& notes)
      : tree_(tree), place_(place), notes_(notes), min_free_(min_free) {}

  void run() {
    const auto done = walk_days();
    if (!done) complain(done.error());
    if (files_ == 0) return;
    notes_.push_back(
        {LogLevel::kInfo, "store.kept_compressed", {{"files", std::to_string(files_)}}});
  }

 private:
  void complain(const Error& why) {
    notes_.push_back({LogLevel::kWarning, "store.kept_not_compressed", {{"why", why.what}}});
  }

  Result<std::vector<std::string>> directories_in(Directory& directory) {
    std::vector<std::string> names;
    const auto listed = directory.list([&names](std::string_view name) {
      if (!is_kept_name(name)) names.emplace_back(name);
      return true;
    });
    if (!listed) return listed.error();
    std::vector<std::string> found;
    for (std::string& name : names) {
      const auto facts = directory.stat(name);
      if (!facts) return facts.error();
      if (*facts && (*facts)->kind == FileKind::kDirectory) found.push_back(std::move(name));
    }
    return found;
  }

  Result<Done> walk_days() {
    const auto gone = tree_.open(kGoneDirectory);
    if (!gone || !*gone) return Done{};  // said when it was opened
    const auto days = directories_in(**gone);
    if (!days) return days.error();
    for (const std::string& day : *days) {
      if (full_ || !is_day(day)) continue;
      if (const auto done = walk(day); !done) complain(done.error());
    }
    return Done{};
  }

  /// `path`: below gone/.
  Result<Done> walk(const std::string& path) {
    const auto directory = tree_.open(below(kGoneDirectory, path));
    if (!directory || !*directory) return directory ? Result<Done>(Done{}) : directory.error();
    const auto names = directories_in(**directory);
    if (!names) return names.error();
    for (const std::string& name : *names) {
      if (full_) return Done{};
      const bool former =
          std::find(kFormerParts.begin(), kFormerParts.end(), name) != kFormerParts.end();
      const auto done = former ? compress(path, name) : walk(below(path, name));
      if (!done) complain(done.error());
    }
    return Done{};
  }

  /// All files of one cur, new or tmp, some at a time; then the emptied directory goes.
  Result<Done> compress(const std::string& path, const std::string& part) {
    const std::string from = below(below(kGoneDirectory, path), part);
    const auto directory = tree_.open(from);
    if (!directory || !*directory) return directory ? Result<Done>(Done{}) : directory.error();
    std::set<std::string> staying;
    while (!full_) {
      std::vector<std::string> names;
      const auto listed = (*directory)->list([&](std::string_view name) {
        if (!staying.contains(std::string(name))) names.emplace_back(name);
        return names.size() < kTogether;
      });
      if (!listed) return listed;
      if (names.empty()) break;
      if (const auto done = compress(path, from, **directory, names, staying); !done) return done;
      if (const auto durable = tree_.flush(); !durable) return durable;
    }
    const auto parent = tree_.open(below(kGoneDirectory, path));
    if (!parent || !*parent || !(*parent)->remove_directory(part)) return Done{};
    tree_.forget();
    tree_.changed(below(kGoneDirectory, path));
    return tree_.flush();
  }

  Result<Done> compress(const std::string& path, const std::string& from, Directory& directory,
                        const std::vector<std::string>& names, std::set<std::string>& staying) {
    KeptFiles kept(tree_, place_, KeptFiles::Taken::kOursIfSame, min_free_);
    for (const std::string& name : names) {
      const auto facts = directory.stat(name);
      if (!facts) return facts.error();
      if (*facts && (*facts)->kind != FileKind::kFile) {
        if (!move_up(path, directory, name)) staying.insert(name);
        continue;
      }
      const auto added = kept.add({from, name}, path, name);
      if (added) continue;
      staying.insert(name);
      complain(added.error());
    }
    if (const auto finished = kept.finish(); !finished) return finished;
    for (std::size_t i = 0; i < kept.size(); ++i) {
      const KeptFiles::File& file = kept.at(i);
      if (!file.refused) {
        files_ += file.vanished ? 0U : 1U;
        continue;
      }
      staying.insert(file.live.file);
      if (!full_) complain(*file.refused);
      full_ = full_ || is_about_room(*file.refused);
    }
    return Done{};
  }

  /// What is no plain file cannot be compressed, and must not keep a cur/ there.
  bool move_up(const std::string& path, Directory& from, const std::string& name) {
    const auto to = tree_.open(below(kGoneDirectory, path));
    if (!to || !*to) return false;
    tree_.changed(below(kGoneDirectory, path));
    for (std::uint32_t n = 1;; ++n) {
      const auto moved = from.rename(name, **to, numbered_name(name, n));
      if (!moved || *moved != Placed::kExists) return moved && *moved == Placed::kDone;
    }
  }

  FolderTree& tree_;
  Directory& place_;
  Notes& notes_;
  std::uint64_t files_ = 0;
  std::uint64_t min_free_;
  bool full_ = false;  ///< no room: the next opening goes on
};

}  // namespace

void compress_former_kept(FolderTree& tree, Directory& place, std::uint64_t min_free,
                          Notes& notes) {
  FormerKept(tree, place, min_free, notes).run();
}

}  // namespace imapkeep
