#include "tests/support/memory_files.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace imapkeep {

struct MemoryDisk::Node {
  FileKind kind = FileKind::kFile;
  std::uint64_t inode = 0;
  std::uint64_t links = 0;
  std::int64_t mtime_ns = 0;
  std::string bytes;
  std::map<std::string, NodePtr> entries;
  // What survives a power cut.
  std::string durable_bytes;
  std::int64_t durable_mtime_ns = 0;
  std::map<std::string, NodePtr> durable_entries;
  MemoryDisk::Denied denied = MemoryDisk::Denied::kNothing;
  std::int64_t changed_ns = 0;
  bool layered = false;     ///< of an overlay's lower layer: it cannot be renamed
  bool unsyncable = false;  ///< an fsync failed: its pages are gone and nobody will say so again
};

namespace {

Error os_error(const std::string& path, int code) {
  return store_error(path + ": " + std::strerror(code), code);
}

bool is_component(const std::string& name) {
  return !name.empty() && name != "." && name != ".." && name.find('/') == std::string::npos &&
         name.size() <= 255;
}

std::string folded(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return text;
}

std::vector<std::string> components(const std::string& path) {
  std::vector<std::string> parts;
  for (std::size_t start = 0; start < path.size();) {
    const std::size_t end = std::min(path.find('/', start), path.size());
    if (end > start) parts.push_back(path.substr(start, end - start));
    start = end + 1;
  }
  return parts;
}

}  // namespace

class MemoryOutFile final : public OutFile {
 public:
  MemoryOutFile(MemoryDisk& disk, MemoryDisk::NodePtr node, std::string path)
      : disk_(disk), node_(std::move(node)), path_(std::move(path)), epoch_(disk.epoch_) {}
  Result<Done> write(ByteView bytes) override {
    const auto error = disk_.change(epoch_, path_);
    const bool full = bytes.size() > disk_.free_;
    // A write that fails has still written something.
    const ByteView taken = error || full ? bytes.substr(0, bytes.size() / 2) : bytes;
    if (epoch_ == disk_.epoch_ && taken.size() <= disk_.free_) {
      node_->bytes += taken;
      disk_.free_ -= taken.size();
      disk_.touch(*node_);
    }
    if (error) return *error;
    return full ? Result<Done>(os_error(path_, ENOSPC)) : Result<Done>(Done{});
  }
  Result<Done> reserve(std::uint64_t bytes) override {
    if (const auto error = disk_.change(epoch_, path_)) return *error;
    if (bytes > disk_.free_) return os_error(path_, ENOSPC);
    return Done{};
  }
  Result<Done> set_mtime(std::int64_t unix_seconds) override {
    if (const auto error = disk_.change(epoch_, path_)) return *error;
    node_->mtime_ns = unix_seconds * 1'000'000'000;
    return Done{};
  }
  Result<Done> sync() override { return disk_.sync_file(*node_, path_, epoch_); }
  Result<Done> close() override {
    if (const auto error = disk_.look(epoch_, path_)) return *error;
    return Done{};
  }

 private:
  MemoryDisk& disk_;
  MemoryDisk::NodePtr node_;
  std::string path_;
  std::uint64_t epoch_;
};

class MemoryInFile final : public InFile {
 public:
  MemoryInFile(MemoryDisk& disk, MemoryDisk::NodePtr node, std::string path)
      : disk_(disk), node_(std::move(node)), path_(std::move(path)), epoch_(disk.epoch_) {}
  Result<std::size_t> read(std::span<char> into) override {
    if (const auto error = disk_.look(epoch_, path_)) return *error;
    const ByteView rest = ByteView(node_->bytes).substr(std::min(at_, node_->bytes.size()));
    const std::size_t size = std::min(rest.size(), into.size());
    std::copy_n(rest.begin(), size, into.begin());
    at_ += size;
    return size;
  }
  Result<Done> seek(std::uint64_t offset) override {
    at_ = static_cast<std::size_t>(offset);
    return Done{};
  }
  Result<Done> sync() override { return disk_.sync_file(*node_, path_, epoch_); }

 private:
  MemoryDisk& disk_;
  MemoryDisk::NodePtr node_;
  std::string path_;
  std::uint64_t epoch_;
  std::size_t at_ = 0;
};

class MemoryLock final : public FileLock {
 public:
  MemoryLock(MemoryDisk& disk, std::string path)
      : disk_(disk), path_(std::move(path)), epoch_(disk.epoch_) {}
  ~MemoryLock() override {
    if (epoch_ == disk_.epoch_) disk_.locks_.erase(path_);
  }

 private:
  MemoryDisk& disk_;
  std::string path_;
  std::uint64_t epoch_;
};

class MemoryListing final : public NameListing {
 public:
  MemoryListing(MemoryDisk& disk, const MemoryDisk::NodePtr& node, std::string path)
      : disk_(disk), path_(std::move(path)), epoch_(disk.epoch_) {
    for (const auto& [name, inner] : node->entries) names_.push_back(name);
  }
  Result<std::optional<std::string_view>> next() override {
    if (const auto error = disk_.look(epoch_, path_)) return *error;
    if (at_ == names_.size()) return std::optional<std::string_view>();
    return std::optional<std::string_view>(names_[at_++]);
  }

 private:
  MemoryDisk& disk_;
  std::string path_;
  std::uint64_t epoch_;
  std::vector<std::string> names_;
  std::size_t at_ = 0;
};

class MemoryDirectory final : public Directory {
 public:
  MemoryDirectory(MemoryDisk& disk, MemoryDisk::NodePtr node, std::string path)
      : disk_(disk), node_(std::move(node)), path_(std::move(path)), epoch_(disk.epoch_) {}

  std::string path() const override { return path_; }

  Result<std::unique_ptr<Directory>> open(const std::string& name) override {
    if (const auto error = look(name)) return *error;
    const auto found = disk_.child(*node_, name);
    if (!found) return os_error(at(name), ENOENT);
    if (found->kind == FileKind::kLink) return os_error(at(name), ELOOP);
    if (found->kind != FileKind::kDirectory) return os_error(at(name), ENOTDIR);
    if (found->denied == MemoryDisk::Denied::kAll) return os_error(at(name), EACCES);
    return std::unique_ptr<Directory>(std::make_unique<MemoryDirectory>(disk_, found, at(name)));
  }

  Result<std::unique_ptr<Directory>> make(const std::string& name) override {
    if (const auto error = look(name)) return *error;
    if (!disk_.child(*node_, name)) {
      if (const auto error = change(name)) return *error;
      if (disk_.no_inodes_) return os_error(at(name), ENOSPC);
      insert(name, disk_.new_node(FileKind::kDirectory));
    }
    return open(name);
  }

  Result<std::optional<FileFacts>> stat(const std::string& name) override {
    ++disk_.looks_;
    if (const auto error = look(name)) return *error;
    const auto found = disk_.child(*node_, name);
    return found ? std::optional<FileFacts>(facts(*found)) : std::optional<FileFacts>();
  }
  Result<FileFacts> stat_self() override {
    if (const auto error = disk_.look(epoch_, path_)) return *error;
    return facts(*node_);
  }
  Result<FileOrigin> origin(const std::string& name) override {
    if (const auto error = look(name)) return *error;
    const auto found = disk_.child(*node_, name);
    if (!found) return os_error(at(name), ENOENT);
    return FileOrigin{found->inode, disk_.born_ns_, ""};
  }
  Result<bool> may_change(const std::string& name) override {
    ++disk_.looks_;
    if (const auto error = look(name)) return *error;
    const auto found = disk_.child(*node_, name);
    if (!found) return os_error(at(name), ENOENT);
    return found->denied == MemoryDisk::Denied::kNothing;
  }
  Result<Done> set_mtime(const std::string& name, std::int64_t unix_seconds) override {
    if (const auto error = look(name)) return *error;
    if (const auto error = disk_.change(epoch_, at(name))) return *error;
    const auto found = disk_.child(*node_, name);
    if (!found) return os_error(at(name), ENOENT);
    found->mtime_ns = unix_seconds * 1'000'000'000;
    return Done{};
  }
  Result<Done> list(const std::function<bool(std::string_view)>& each) override {
    if (const auto error = look("a")) return *error;
    ++disk_.listings_;
    const auto entries = node_->entries;
    for (const auto& [name, node] : entries) {
      if (!each(name)) break;
    }
    return Done{};
  }

  Result<std::unique_ptr<NameListing>> names() override {
    if (const auto error = look("a")) return *error;
    ++disk_.listings_;
    return std::unique_ptr<NameListing>(std::make_unique<MemoryListing>(disk_, node_, path_));
  }

  Result<std::unique_ptr<OutFile>> create(const std::string& name) override {
    if (const auto error = look(name)) return *error;
    if (const auto error = change(name)) return *error;
    if (disk_.child(*node_, name)) return os_error(at(name), EEXIST);
    if (disk_.no_inodes_) return os_error(at(name), ENOSPC);
    const auto node = disk_.new_node(FileKind::kFile);
    insert(name, node);
    return std::unique_ptr<OutFile>(std::make_unique<MemoryOutFile>(disk_, node, at(name)));
  }
  Result<std::unique_ptr<InFile>> read(const std::string& name) override {
    if (const auto error = look(name)) return *error;
    const auto found = disk_.child(*node_, name);
    if (!found) return os_error(at(name), ENOENT);
    if (found->kind != FileKind::kFile) return os_error(at(name), ELOOP);
    if (found->denied == MemoryDisk::Denied::kAll) return os_error(at(name), EACCES);
    return std::unique_ptr<InFile>(std::make_unique<MemoryInFile>(disk_, found, at(name)));
  }

  Result<Placed> link(const std::string& name, Directory& to, const std::string& to_name) override {
    if (disk_.link_error_ != 0) return os_error(at(name), disk_.link_error_);
    return place(name, to, to_name, false);
  }
  Result<Placed> rename(const std::string& name, Directory& to,
                        const std::string& to_name) override {
    return place(name, to, to_name, true);
  }
  Result<Done> replace(const std::string& name, const std::string& to_name) override {
    if (const auto error = disk_.change(epoch_, at(to_name))) return *error;
    const auto node = disk_.child(*node_, name);
    if (!node) return os_error(at(name), ENOENT);
    if (const auto old = disk_.child(*node_, to_name)) erase(to_name, old);
    node_->entries.erase(name);
    node_->entries[to_name] = node;
    disk_.touch(*node_);
    return Done{};
  }
  Result<Placed> unlink(const std::string& name) override {
    if (const auto error = look(name)) return *error;
    if (const auto error = change(name)) return *error;
    const auto node = disk_.child(*node_, name);
    if (!node) return Placed::kMissing;
    if (node->kind == FileKind::kDirectory) return os_error(at(name), EISDIR);
    erase(name, node);
    return Placed::kDone;
  }
  Result<Done> remove_directory(const std::string& name) override {
    if (const auto error = look(name)) return *error;
    if (const auto error = change(name)) return *error;
    const auto node = disk_.child(*node_, name);
    if (!node) return os_error(at(name), ENOENT);
    if (node->kind != FileKind::kDirectory) return os_error(at(name), ENOTDIR);
    if (!node->entries.empty()) return os_error(at(name), ENOTEMPTY);
    erase(name, node);
    return Done{};
  }

  Result<Done> sync() override {
    if (const auto error = disk_.change(epoch_, path_)) return *error;
    disk_.sync_directory(node_);
    return Done{};
  }
  Result<Done> sync_file_system() override {
    if (const auto error = disk_.change(epoch_, path_)) {
      if (epoch_ == disk_.epoch_ && !disk_.dead_) disk_.lose_dirty(disk_.root_);
      return *error;
    }
    disk_.sync_all(disk_.root_);
    disk_.moves_.clear();
    return Done{};
  }
  Result<FreeSpace> free_space() override {
    if (const auto error = disk_.look(epoch_, path_)) return *error;
    return FreeSpace{disk_.free_};
  }
  Result<std::unique_ptr<FileLock>> lock(const std::string& name) override {
    if (const auto error = disk_.change(epoch_, at(name))) return *error;
    if (!disk_.child(*node_, name)) insert(name, disk_.new_node(FileKind::kFile));
    if (!disk_.locks_.insert(at(name)).second) {
      return Error{Remedy::kRetryLater, Trouble::kBusy, at(name) + ": held by another process",
                   EWOULDBLOCK};
    }
    return std::unique_ptr<FileLock>(std::make_unique<MemoryLock>(disk_, at(name)));
  }

 private:
  [[nodiscard]] std::string at(const std::string& name) const {
    return path_ == "/" ? "/" + name : path_ + "/" + name;
  }
  [[nodiscard]] std::optional<Error> look(const std::string& name) const {
    if (!is_component(name)) return os_error(at(name), EINVAL);
    if (node_->denied == MemoryDisk::Denied::kEntering) return os_error(at(name), EACCES);
    return disk_.look(epoch_, at(name));
  }
  /// Before a name comes here or goes.
  [[nodiscard]] std::optional<Error> change(const std::string& name) const {
    const auto error = disk_.change(epoch_, at(name));
    if (!error && !may_write()) return os_error(at(name), EACCES);
    return error;
  }
  [[nodiscard]] bool may_write() const { return node_->denied == MemoryDisk::Denied::kNothing; }
  static FileFacts facts(const MemoryDisk::Node& node) {
    FileFacts facts;
    facts.kind = node.kind;
    facts.size = node.bytes.size();
    facts.mtime_ns = node.mtime_ns;
    facts.changed_ns = node.changed_ns;
    facts.inode = node.inode;
    facts.device = 1;
    facts.links = node.links;
    facts.mode = 0600;
    return facts;
  }
  void insert(const std::string& name, const MemoryDisk::NodePtr& node) {
    node_->entries[name] = node;
    ++node->links;
    disk_.touch(*node_);
  }
  void erase(const std::string& name, const MemoryDisk::NodePtr& node) {
    for (auto entry = node_->entries.begin(); entry != node_->entries.end(); ++entry) {
      if (entry->second != node || (entry->first != name && !disk_.folds_case_)) continue;
      node_->entries.erase(entry);
      break;
    }
    --node->links;
    disk_.dropped(node);
    disk_.touch(*node_);
  }
  Result<Placed> place(const std::string& name, Directory& to, const std::string& to_name,
                       bool moves) {
    if (const auto error = look(name)) return *error;
    if (!is_component(to_name)) return os_error(at(to_name), EINVAL);
    if (const auto error = disk_.change(epoch_, at(name))) return *error;
    auto& target = static_cast<MemoryDirectory&>(to);
    if (!target.may_write() || (moves && !may_write())) return os_error(at(name), EACCES);
    const auto node = disk_.child(*node_, name);
    if (!node) return Placed::kMissing;
    if (disk_.child(*target.node_, to_name)) return Placed::kExists;
    if (moves && node->kind == FileKind::kDirectory && node->layered) {
      return os_error(at(name), EXDEV);
    }
    target.insert(to_name, node);
    if (!moves) return Placed::kDone;
    --node->links;
    node_->entries.erase(name);
    disk_.touch(*node_);
    if (node->kind == FileKind::kDirectory) {
      disk_.moves_.push_back({node_, name, target.node_, to_name, node});
    }
    return Placed::kDone;
  }

  MemoryDisk& disk_;
  MemoryDisk::NodePtr node_;
  std::string path_;
  std::uint64_t epoch_;
};

MemoryDisk::MemoryDisk() { root_ = new_node(FileKind::kDirectory); }
MemoryDisk::~MemoryDisk() = default;

Result<std::unique_ptr<Directory>> MemoryDisk::open_root(const std::string& path) {
  if (const auto error = look(epoch_, path)) return *error;
  const auto node = find(path);
  if (!node) return os_error(path, ENOENT);
  if (node->kind != FileKind::kDirectory) return os_error(path, ENOTDIR);
  return std::unique_ptr<Directory>(std::make_unique<MemoryDirectory>(*this, node, path));
}

Result<std::unique_ptr<Directory>> MemoryDisk::make_root(const std::string& path) {
  auto at = open_root("/");
  for (const std::string& part : components(path)) {
    if (!at) return at;
    at = (*at)->make(part);
  }
  return at;
}

void MemoryDisk::fail_at(std::uint64_t n, int code, bool for_ever) {
  fail_call_ = calls_ + n;
  fail_code_ = code;
  fail_for_ever_ = for_ever;
}

void MemoryDisk::kill_at(std::uint64_t n) { kill_call_ = calls_ + n; }

void MemoryDisk::no_faults() {
  fail_call_ = 0;
  kill_call_ = 0;
}

void MemoryDisk::reopen() {
  no_faults();
  dead_ = false;
  ++epoch_;
  locks_.clear();
}

std::optional<Error> MemoryDisk::look(std::uint64_t epoch, const std::string& path) const {
  if (dead_ || epoch != epoch_) return os_error(path, EIO);
  return std::nullopt;
}

std::optional<Error> MemoryDisk::change(std::uint64_t epoch, const std::string& path) {
  ++calls_;
  if (kill_call_ != 0 && calls_ >= kill_call_) dead_ = true;
  if (const auto error = look(epoch, path)) return error;
  if (read_only_) return os_error(path, EROFS);
  const bool fails =
      fail_call_ != 0 && (calls_ == fail_call_ || (fail_for_ever_ && calls_ >= fail_call_));
  if (fails) return os_error(path, fail_code_);
  return std::nullopt;
}

Result<Done> MemoryDisk::sync_file(Node& node, const std::string& path, std::uint64_t epoch) {
  if (const auto error = change(epoch, path)) {
    if (epoch == epoch_ && !dead_) node.unsyncable = true;
    return *error;
  }
  if (!node.unsyncable) {
    node.durable_bytes = node.bytes;
    node.durable_mtime_ns = node.mtime_ns;
  }
  return Done{};
}

void MemoryDisk::sync_directory(const NodePtr& node) {
  node->durable_entries = node->entries;
  node->durable_mtime_ns = node->mtime_ns;
  // One log: what a file's inode was given before its name comes with the name.
  for (const auto& [name, inner] : node->entries) inner->durable_mtime_ns = inner->mtime_ns;
  for (auto move = moves_.begin(); move != moves_.end();) {
    if (move->from != node && move->to != node) {
      ++move;
      continue;
    }
    // One transaction in every journalling file system: both names or neither.
    const auto there = move->from->durable_entries.find(move->from_name);
    if (there != move->from->durable_entries.end() && there->second == move->moved) {
      move->from->durable_entries.erase(there);
    }
    move->to->durable_entries[move->to_name] = move->moved;
    move = moves_.erase(move);
  }
}

void MemoryDisk::sync_all(const NodePtr& node) {
  node->durable_entries = node->entries;
  if (!node->unsyncable) {
    node->durable_bytes = node->bytes;
    node->durable_mtime_ns = node->mtime_ns;
  }
  for (const auto& [name, inner] : node->entries) sync_all(inner);
}

void MemoryDisk::lose_dirty(const NodePtr& node) {
  if (node->bytes != node->durable_bytes) node->unsyncable = true;
  for (const auto& [name, inner] : node->entries) lose_dirty(inner);
}

void MemoryDisk::end_in(const NodePtr& node, Cut cut) {
  if (cut == Cut::kLoseNames) node->entries = node->durable_entries;
  node->bytes = node->durable_bytes;
  if (cut == Cut::kLoseNames) node->mtime_ns = node->durable_mtime_ns;
  node->unsyncable = false;
  node->links = 0;
  for (const auto& [name, inner] : node->entries) end_in(inner, cut);
  for (const auto& [name, inner] : node->entries) ++inner->links;
  node->durable_entries = node->entries;
}

void MemoryDisk::power_cut(Cut cut) {
  end_in(root_, cut);
  moves_.clear();
  reopen();
}

MemoryDisk::NodePtr MemoryDisk::child(const Node& directory, const std::string& name) const {
  const auto exact = directory.entries.find(name);
  if (exact != directory.entries.end()) return exact->second;
  if (!folds_case_) return nullptr;
  for (const auto& [entry, node] : directory.entries) {
    if (folded(entry) == folded(name)) return node;
  }
  return nullptr;
}

MemoryDisk::NodePtr MemoryDisk::find(const std::string& path) const {
  NodePtr node = root_;
  for (const std::string& part : components(path)) {
    node = node ? child(*node, part) : nullptr;
  }
  return node;
}

MemoryDisk::NodePtr MemoryDisk::new_node(FileKind kind) {
  auto node = std::make_shared<Node>();
  node->kind = kind;
  node->inode = next_inode_++;
  touch(*node);
  return node;
}

void MemoryDisk::touch(Node& node) {
  node.mtime_ns = now_ns_ += 1'000'000;
  if (has_ctimes_) node.changed_ns = now_ns_;
}

void MemoryDisk::dropped(const NodePtr& node) {
  if (node->links == 0) free_ += node->bytes.size();
}

std::map<std::string, std::string> MemoryDisk::files() const {
  std::map<std::string, std::string> found;
  each_file("",
            [&found](const std::string& path, const std::string& bytes) { found[path] = bytes; });
  return found;
}

void MemoryDisk::each_file(
    const std::string& below,
    const std::function<void(const std::string& path, const std::string& bytes)>& each) const {
  const auto top = find(below);
  if (!top) return;
  std::vector<std::pair<std::string, NodePtr>> open{{below, top}};
  while (!open.empty()) {
    const auto [path, node] = open.back();
    open.pop_back();
    if (node->kind == FileKind::kFile) each(path, node->bytes);
    for (const auto& [name, inner] : node->entries) open.emplace_back(path + "/" + name, inner);
  }
}

std::set<std::string> MemoryDisk::directories() const {
  std::set<std::string> found;
  std::vector<std::pair<std::string, NodePtr>> open{{"", root_}};
  while (!open.empty()) {
    const auto [path, node] = open.back();
    open.pop_back();
    if (node->kind == FileKind::kDirectory) found.insert(path);
    for (const auto& [name, inner] : node->entries) open.emplace_back(path + "/" + name, inner);
  }
  return found;
}

std::uint64_t MemoryDisk::inode(const std::string& path) const {
  const auto node = find(path);
  return node ? node->inode : 0;
}

std::int64_t MemoryDisk::mtime(const std::string& path) const {
  const auto node = find(path);
  return node ? node->mtime_ns / 1'000'000'000 : -1;
}

void MemoryDisk::put(const std::string& path, const std::string& bytes, bool durable) {
  NodePtr at = root_;
  const auto parts = components(path);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const bool last = i + 1 == parts.size();
    NodePtr next = child(*at, parts[i]);
    if (!next) {
      next = new_node(last && !path.ends_with('/') ? FileKind::kFile : FileKind::kDirectory);
      next->links = 1;
      at->entries[parts[i]] = next;
      touch(*at);
    }
    at->durable_entries[parts[i]] = next;
    at = next;
  }
  if (at->kind != FileKind::kFile) return;
  at->bytes = bytes;
  at->durable_bytes = durable ? bytes : "";
}

void MemoryDisk::put_link(const std::string& path) {
  put(path, "");
  find(path)->kind = FileKind::kLink;
}

void MemoryDisk::forbid(const std::string& path, Denied what) {
  const auto node = find(path);
  node->denied = what;
  if (has_ctimes_) node->changed_ns = now_ns_ += 1'000'000;
}

void MemoryDisk::set_lower_layer() {
  std::vector<NodePtr> open{root_};
  while (!open.empty()) {
    const auto node = open.back();
    open.pop_back();
    node->layered = true;
    for (const auto& [name, inner] : node->entries) open.push_back(inner);
  }
}

void MemoryDisk::become_copy() { born_ns_ += 1'000'000'000; }

void MemoryDisk::truncate(const std::string& path, std::size_t bytes) {
  const auto node = find(path);
  node->bytes.resize(bytes);
  node->durable_bytes = node->bytes;
}

void MemoryDisk::date(const std::string& path, std::int64_t unix_seconds) {
  const auto node = find(path);
  node->mtime_ns = node->durable_mtime_ns = unix_seconds * 1'000'000'000;
}

void MemoryDisk::remove(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const auto parent = find(path.substr(0, slash));
  if (!parent) return;
  parent->entries.erase(path.substr(slash + 1));
  parent->durable_entries.erase(path.substr(slash + 1));
  touch(*parent);
  parent->durable_mtime_ns = parent->mtime_ns;
}

void MemoryDisk::move(const std::string& from, const std::string& to) {
  const auto node = find(from);
  const auto target = find(to.substr(0, to.rfind('/')));
  if (!node || !target) return;
  remove(from);
  target->entries[to.substr(to.rfind('/') + 1)] = node;
  target->durable_entries[to.substr(to.rfind('/') + 1)] = node;
  touch(*target);
  target->durable_mtime_ns = target->mtime_ns;
}

}  // namespace imapkeep
