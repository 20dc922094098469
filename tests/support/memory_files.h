// A model disk behind the port Files: inodes, hard links, mtimes, and everything that a disk does
// to a mail store. Every state-changing call is counted, so that a test can fail, or stop the
// program at, each of them in turn. What is durable is kept apart from what is seen: after
// power_cut() only fsynced bytes and the names of fsynced directories are left. A file whose fsync
// has failed once never becomes durable, however often it is fsynced again, as on Linux.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "daemon/base/files.h"

namespace imapkeep {

class MemoryDisk final : public Files {
 public:
  struct Node;

  MemoryDisk();
  ~MemoryDisk() override;

  Result<std::unique_ptr<Directory>> open_root(const std::string& path) override;
  Result<std::unique_ptr<Directory>> make_root(const std::string& path) override;

  /// State-changing calls so far.
  [[nodiscard]] std::uint64_t calls() const { return calls_; }
  /// Listings of directories so far.
  [[nodiscard]] std::uint64_t listings() const { return listings_; }
  /// Looks at one name (stat, may_change) so far.
  [[nodiscard]] std::uint64_t looks() const { return looks_; }
  /// The n-th state-changing call from now (1 is the next) fails, alone or with all that follow. A
  /// failing write has written half.
  void fail_at(std::uint64_t n, int code, bool for_ever = false);
  /// The program dies at the n-th call from now: that call is half done at most, and every later
  /// one, reading too, fails until reopen().
  void kill_at(std::uint64_t n);
  [[nodiscard]] bool killed() const { return dead_; }
  void no_faults();
  /// A new process: handles of the old one fail, its locks are gone, faults are over.
  void reopen();
  enum class Cut {
    kLoseNames,  ///< what was not fsynced is as if it had never happened
    kKeepNames   ///< names had been written by chance; bytes that were not fsynced are gone
  };
  void power_cut(Cut cut);

  void set_free(std::uint64_t bytes) { free_ = bytes; }
  /// No file and no directory can be made any more (ENOSPC), though there are free bytes.
  void set_no_inodes(bool none) { no_inodes_ = none; }
  void set_read_only(bool read_only) { read_only_ = read_only; }
  void set_folds_case(bool folds) { folds_case_ = folds; }
  /// link() fails with this errno; 0: links work.
  void set_link_error(int code) { link_error_ = code; }

  // Looking, and meddling as a user would, uncounted. Paths are absolute.
  [[nodiscard]] std::map<std::string, std::string> files() const;  ///< path → bytes
  /// The same without copies: every file below a directory, in no order.
  void each_file(
      const std::string& below,
      const std::function<void(const std::string& path, const std::string& bytes)>& each) const;
  [[nodiscard]] std::set<std::string> directories() const;
  [[nodiscard]] std::uint64_t inode(const std::string& path) const;
  [[nodiscard]] std::int64_t mtime(const std::string& path) const;  ///< seconds
  /// Makes parents. Not durable: bytes that nobody has fsynced yet.
  void put(const std::string& path, const std::string& bytes, bool durable = true);
  void put_link(const std::string& path);  ///< a symbolic link
  /// Permission denied, as the kernel does it to whoever is not root.
  enum class Denied {
    kNothing,
    kAll,       ///< a directory that cannot be opened, a file that cannot be read
    kEntering,  ///< a directory with r and without x: opened, and then no name in it can be used
    kChanging,  ///< a directory without w
  };
  void forbid(const std::string& path, Denied what = Denied::kAll);
  /// Files tell when they were changed, beside their mtimes, which anybody can set.
  void set_has_ctimes(bool has) { has_ctimes_ = has; }
  /// An overlay without redirect_dir: no directory that is there now can be renamed (EXDEV).
  void set_lower_layer();
  /// As every file is known again, everything is a copy from now on; mtimes are kept.
  void become_copy();
  void truncate(const std::string& path, std::size_t bytes);
  void date(const std::string& path, std::int64_t unix_seconds);
  void remove(const std::string& path);
  void move(const std::string& from, const std::string& to);

 private:
  friend class MemoryDirectory;
  friend class MemoryOutFile;
  friend class MemoryInFile;
  friend class MemoryListing;
  friend class MemoryLock;
  using NodePtr = std::shared_ptr<Node>;

  struct DirectoryMove {
    NodePtr from;
    std::string from_name;
    NodePtr to;
    std::string to_name;
    NodePtr moved;
  };

  /// Before a state-changing call; an error is the call's outcome.
  std::optional<Error> change(std::uint64_t epoch, const std::string& path);
  std::optional<Error> look(std::uint64_t epoch, const std::string& path) const;
  Result<Done> sync_file(Node& node, const std::string& path, std::uint64_t epoch);
  void sync_directory(const NodePtr& node);
  void sync_all(const NodePtr& node);
  void lose_dirty(const NodePtr& node);
  void end_in(const NodePtr& node, Cut cut);
  [[nodiscard]] NodePtr find(const std::string& path) const;
  [[nodiscard]] NodePtr child(const Node& directory, const std::string& name) const;
  NodePtr new_node(FileKind kind);
  void touch(Node& node);
  void dropped(const NodePtr& node);

  NodePtr root_;
  std::uint64_t calls_ = 0;
  std::uint64_t listings_ = 0;
  std::uint64_t looks_ = 0;
  bool has_ctimes_ = false;
  std::uint64_t fail_call_ = 0;  ///< 0: none
  int fail_code_ = 0;
  bool fail_for_ever_ = false;
  std::uint64_t kill_call_ = 0;
  bool dead_ = false;
  bool read_only_ = false;
  bool no_inodes_ = false;
  bool folds_case_ = false;
  int link_error_ = 0;
  std::uint64_t free_ = UINT64_MAX / 4;
  std::uint64_t epoch_ = 1;
  std::uint64_t next_inode_ = 1;
  std::int64_t now_ns_ = 1'000'000'000;
  std::int64_t born_ns_ = 1'000'000'000;
  std::set<std::string> locks_;
  std::vector<DirectoryMove> moves_;  ///< of directories, not yet durable; they are atomic
};

}  // namespace imapkeep
