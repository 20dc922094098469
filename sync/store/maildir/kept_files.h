// Files on their way from the live tree into the kept area (docs/storage.md §5). Each is compressed
// where messages are received, made durable, and only then gets its name below gone/; and only when
// that name is durable, too, the live one goes. So a crash leaves both at most. What there is no
// room for, or what may not be read or moved, stays where it is, and says why.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/base/notes.h"
#include "sync/store/maildir/file_search.h"
#include "sync/store/maildir/folder_tree.h"
#include "sync/store/maildir/kept_search.h"

namespace imapkeep {

class KeptFiles {
 public:
  struct File {
    FoundFile live;
    std::string directory;         ///< below gone/
    std::string name;              ///< there
    std::optional<Error> refused;  ///< it has stayed: somebody has to make room, or clear the way
    bool vanished = false;         ///< there was no such file any more
  };
  /// What a name that is taken in gone/ means.
  enum class Taken {
    kNext,       ///< another departure's: the next number is taken
    kOursIfSame  ///< with the same bytes it is ours, from an earlier try
  };

  /// `min_free`: bytes that must stay free on the disk.
  KeptFiles(FolderTree& tree, Directory& place, Taken taken, std::uint64_t min_free)
      : tree_(tree), place_(place), taken_(taken), min_free_(min_free) {}
  ~KeptFiles() { drop(); }
  KeptFiles(const KeptFiles&) = delete;
  KeptFiles& operator=(const KeptFiles&) = delete;

  /// Compresses a file for `directory` below gone/ under its name there, less the suffix. Tells its
  /// index.
  Result<std::size_t> add(FoundFile live, std::string directory, std::string name);
  /// One whose bytes are in gone/ already, from an earlier departure, recorded or not: it goes on
  /// to `directory`.
  std::size_t add_kept(FoundFile live, std::string from, std::string name, std::string directory);
  /// What could be kept is durable in gone/, and has lost its live name (not yet durably: those
  /// directories are left to be flushed).
  Result<Done> finish();
  [[nodiscard]] const File& at(std::size_t index) const { return files_[index].file; }
  [[nodiscard]] std::size_t size() const { return files_.size(); }

 private:
  struct Packing {
    File file;
    std::string packed;            ///< its name in the receiving place; empty: it has none there
    std::unique_ptr<OutFile> out;  ///< while it waits for its fsync
    std::int64_t date = 0;         ///< in Unix seconds: the live file's mtime
    bool placed = false;           ///< it has its name in gone/
    bool here_before = false;      ///< and had it when we came,
    std::string from;              ///< here, below gone/
  };
  Result<Done> pack(Packing& packing);
  Result<Done> refuse(Packing& packing, const Error& why);
  Result<Done> make_durable();
  Result<Done> close_open();
  Result<Done> place(Packing& packing);
  Result<Done> move_on(Packing& packing, Directory& to);
  Result<Done> unlink_live(Packing& packing);
  void drop();
  void drop(Packing& packing);

  FolderTree& tree_;
  Directory& place_;
  Taken taken_;
  std::uint64_t min_free_;
  std::vector<Packing> files_;
  std::size_t open_ = 0;
};

/// Whether a departure waits because of it and everything else goes on.
bool keeps_waiting(const Error& error);

/// The n-th name for a file of this name, in gone/: `~n` where a Maildir's base has it.
std::string numbered_name(const std::string& name, std::uint32_t n);

/// Makes a directory and proves all that is above it at the next flush.
Result<FolderTree::Handle> make_proven(FolderTree& tree, const std::string& path);

/// Whether a file in gone/ holds these bytes: those of another file, or so many of this hash.
Result<bool> holds_bytes_of(Directory& kept, const std::string& kept_name, Directory& live,
                            const std::string& live_name);
Result<bool> holds_message(Directory& kept, const std::string& kept_name, std::uint64_t size,
                           std::uint64_t xxh3);

}  // namespace imapkeep
