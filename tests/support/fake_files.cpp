#include "tests/support/fake_files.h"

#include <algorithm>
#include <cerrno>
#include <utility>
#include <vector>

namespace imapkeep::test {
namespace {

using Entries = std::map<std::string, FakeFile>;

Error refused(const std::string& path, int code) { return store_error(path + ": refused", code); }

class FakeIn final : public InFile {
 public:
  explicit FakeIn(std::string bytes) : bytes_(std::move(bytes)) {}
  Result<std::size_t> read(std::span<char> into) override {
    // In small pieces, because a real read() may do that too.
    const std::size_t count = std::min({into.size(), bytes_.size() - at_, std::size_t{7}});
    std::copy_n(bytes_.data() + at_, count, into.data());
    at_ += count;
    return count;
  }
  Result<Done> seek(std::uint64_t offset) override {
    at_ = std::min<std::size_t>(offset, bytes_.size());
    return Done{};
  }
  Result<Done> sync() override { return Done{}; }

 private:
  std::string bytes_;
  std::size_t at_ = 0;
};

class FakeListing final : public NameListing {
 public:
  explicit FakeListing(std::vector<std::string> names) : names_(std::move(names)) {}
  Result<std::optional<std::string_view>> next() override {
    if (at_ == names_.size()) return std::optional<std::string_view>();
    return std::optional<std::string_view>(names_[at_++]);
  }

 private:
  std::vector<std::string> names_;
  std::size_t at_ = 0;
};

class FakeDirectory final : public Directory {
 public:
  FakeDirectory(const Entries& entries, std::string path)
      : entries_(entries), path_(std::move(path)) {}

  [[nodiscard]] std::string path() const override { return path_; }
  Result<std::optional<FileFacts>> stat(const std::string& name) override {
    const auto found = entries_.find(child(name));
    if (found == entries_.end()) return std::optional<FileFacts>();
    return std::optional(found->second.facts);
  }
  Result<FileFacts> stat_self() override { return entries_.at(path_).facts; }
  Result<FileOrigin> origin(const std::string&) override { return FileOrigin{}; }
  Result<bool> may_change(const std::string&) override { return false; }
  Result<Done> set_mtime(const std::string&, std::int64_t) override { return read_only(); }
  Result<Done> list(const std::function<bool(std::string_view)>& each) override {
    // Backwards: a directory has no order.
    for (auto entry = entries_.rbegin(); entry != entries_.rend(); ++entry) {
      const std::size_t slash = entry->first.rfind('/');
      const bool inside = (slash == 0 ? "/" : entry->first.substr(0, slash)) == path_;
      if (inside && entry->first != "/" && !each(entry->first.substr(slash + 1))) break;
    }
    return Done{};
  }
  Result<std::unique_ptr<NameListing>> names() override {
    std::vector<std::string> found;
    const auto listed = list([&found](std::string_view name) {
      found.emplace_back(name);
      return true;
    });
    if (!listed) return listed.error();
    return std::unique_ptr<NameListing>(std::make_unique<FakeListing>(std::move(found)));
  }
  Result<std::unique_ptr<InFile>> read(const std::string& name) override {
    const auto found = entries_.find(child(name));
    if (found == entries_.end()) return refused(child(name), ENOENT);
    if (found->second.os_code != 0) return refused(child(name), found->second.os_code);
    return std::unique_ptr<InFile>(std::make_unique<FakeIn>(found->second.bytes));
  }

  Result<std::unique_ptr<Directory>> open(const std::string& name) override {
    const std::string path = (path_ == "/" ? "" : path_) + "/" + name;
    const auto found = entries_.find(path);
    if (found == entries_.end()) return refused(path, ENOENT);
    if (found->second.facts.kind != FileKind::kDirectory) return refused(path, ENOTDIR);
    return std::unique_ptr<Directory>(std::make_unique<FakeDirectory>(entries_, path));
  }
  Result<std::unique_ptr<Directory>> make(const std::string&) override { return read_only(); }
  Result<std::unique_ptr<OutFile>> create(const std::string&) override { return read_only(); }
  Result<Placed> link(const std::string&, Directory&, const std::string&) override {
    return read_only();
  }
  Result<Placed> rename(const std::string&, Directory&, const std::string&) override {
    return read_only();
  }
  Result<Done> replace(const std::string&, const std::string&) override { return read_only(); }
  Result<Placed> unlink(const std::string&) override { return read_only(); }
  Result<Done> remove_directory(const std::string&) override { return read_only(); }
  Result<Done> sync() override { return read_only(); }
  Result<Done> sync_file_system() override { return read_only(); }
  Result<FreeSpace> free_space() override { return read_only(); }
  Result<std::unique_ptr<FileLock>> lock(const std::string&) override { return read_only(); }

 private:
  [[nodiscard]] std::string child(const std::string& name) const {
    return (path_ == "/" ? "" : path_) + "/" + name;
  }
  [[nodiscard]] Error read_only() const { return refused(path_, EROFS); }

  const Entries& entries_;
  std::string path_;
};

}  // namespace

FakeFile& FakeFiles::put(const std::string& path, std::string bytes, std::uint32_t mode) {
  const std::size_t slash = path.rfind('/');
  put_directory(slash == 0 ? "/" : path.substr(0, slash));
  FakeFile& file = entries_[path];
  file.facts.kind = FileKind::kFile;
  file.facts.size = bytes.size();
  file.facts.mode = mode;
  file.facts.owner = 1000;
  file.bytes = std::move(bytes);
  return file;
}

void FakeFiles::put_private_directory(const std::string& path, std::uint32_t owner) {
  put_directory(path);
  entries_[path].facts.mode = 0700;
  entries_[path].facts.owner = owner;
}

void FakeFiles::put_directory(const std::string& path) {
  for (std::size_t end = path.size(); end > 0; end = path.rfind('/', end - 1)) {
    FileFacts& facts = entries_[path.substr(0, end)].facts;
    if (facts.kind == FileKind::kDirectory) continue;
    facts.kind = FileKind::kDirectory;
    facts.mode = 0755;
  }
  entries_["/"].facts.kind = FileKind::kDirectory;
}

void FakeFiles::put_link(const std::string& path, const std::string& target) {
  put(path, "").facts.kind = FileKind::kLink;
  links_[path] = target;
}

Result<std::unique_ptr<Directory>> FakeFiles::open_root(const std::string& path) {
  const auto found = entries_.find(path);
  if (found == entries_.end()) return refused(path, ENOENT);
  if (found->second.facts.kind != FileKind::kDirectory) return refused(path, ENOTDIR);
  return std::unique_ptr<Directory>(std::make_unique<FakeDirectory>(entries_, path));
}

Result<std::unique_ptr<Directory>> FakeFiles::make_root(const std::string& path) {
  return refused(path, EROFS);
}

std::string FakeFiles::real_path(const std::string& path) const {
  for (const auto& [link, target] : links_) {
    if (path == link) return target;
    if (path.starts_with(link + "/")) return target + path.substr(link.size());
  }
  return path;
}

ProcessEnvironment FakeFiles::environment() const {
  ProcessEnvironment result;
  result.variable = [this](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  };
  result.real_path = [this](const std::string& path) { return real_path(path); };
  result.working_directory = "/conf.d";
  result.user_id = 1000;
  return result;
}

}  // namespace imapkeep::test
