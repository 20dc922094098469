#include "tests/support/numbered_files.h"

#include <utility>

namespace imapkeep {
namespace {

class NumberedOut final : public OutFile {
 public:
  NumberedOut(std::unique_ptr<OutFile> file, CrashPoints& points, std::string path)
      : file_(std::move(file)), points_(points), path_(std::move(path)) {}

  Result<Done> write(ByteView bytes) override {
    points_.change("write " + path_);
    return file_->write(bytes);
  }
  Result<Done> reserve(std::uint64_t bytes) override {
    points_.change("reserve " + path_);
    return file_->reserve(bytes);
  }
  Result<Done> set_mtime(std::int64_t unix_seconds) override {
    points_.change("date " + path_);
    return file_->set_mtime(unix_seconds);
  }
  Result<Done> sync() override {
    if (!points_.flush("fsync " + path_)) return Done{};
    return file_->sync();
  }
  Result<Done> close() override { return file_->close(); }

 private:
  std::unique_ptr<OutFile> file_;
  CrashPoints& points_;
  std::string path_;
};

class NumberedIn final : public InFile {
 public:
  NumberedIn(std::unique_ptr<InFile> file, CrashPoints& points, std::string path)
      : file_(std::move(file)), points_(points), path_(std::move(path)) {}

  Result<std::size_t> read(std::span<char> into) override { return file_->read(into); }
  Result<Done> seek(std::uint64_t offset) override { return file_->seek(offset); }
  Result<Done> sync() override {
    if (!points_.flush("fsync " + path_)) return Done{};
    return file_->sync();
  }

 private:
  std::unique_ptr<InFile> file_;
  CrashPoints& points_;
  std::string path_;
};

class NumberedDirectory final : public Directory {
 public:
  NumberedDirectory(std::unique_ptr<Directory> directory, CrashPoints& points)
      : directory_(std::move(directory)), points_(points) {}

  static Result<std::unique_ptr<Directory>> wrap(Result<std::unique_ptr<Directory>> directory,
                                                 CrashPoints& points) {
    if (!directory) return directory;
    return std::unique_ptr<Directory>(
        std::make_unique<NumberedDirectory>(*std::move(directory), points));
  }

  [[nodiscard]] std::string path() const override { return directory_->path(); }
  Result<std::unique_ptr<Directory>> open(const std::string& name) override {
    return wrap(directory_->open(name), points_);
  }
  Result<std::unique_ptr<Directory>> make(const std::string& name) override {
    change("make", name);
    return wrap(directory_->make(name), points_);
  }
  Result<std::optional<FileFacts>> stat(const std::string& name) override {
    return directory_->stat(name);
  }
  Result<FileFacts> stat_self() override { return directory_->stat_self(); }
  Result<FileOrigin> origin(const std::string& name) override { return directory_->origin(name); }
  Result<bool> may_change(const std::string& name) override { return directory_->may_change(name); }
  Result<Done> set_mtime(const std::string& name, std::int64_t unix_seconds) override {
    change("set the time of", name);
    return directory_->set_mtime(name, unix_seconds);
  }
  Result<Done> list(const std::function<bool(std::string_view)>& each) override {
    return directory_->list(each);
  }
  Result<std::unique_ptr<NameListing>> names() override { return directory_->names(); }
  Result<std::unique_ptr<OutFile>> create(const std::string& name) override {
    change("create", name);
    auto file = directory_->create(name);
    if (!file) return file;
    return std::unique_ptr<OutFile>(
        std::make_unique<NumberedOut>(*std::move(file), points_, below(name)));
  }
  Result<std::unique_ptr<InFile>> read(const std::string& name) override {
    auto file = directory_->read(name);
    if (!file) return file;
    return std::unique_ptr<InFile>(
        std::make_unique<NumberedIn>(*std::move(file), points_, below(name)));
  }
  Result<Placed> link(const std::string& name, Directory& to, const std::string& to_name) override {
    change("link", name);
    return directory_->link(name, inner(to), to_name);
  }
  Result<Placed> rename(const std::string& name, Directory& to,
                        const std::string& to_name) override {
    change("rename", name);
    return directory_->rename(name, inner(to), to_name);
  }
  Result<Done> replace(const std::string& name, const std::string& to_name) override {
    change("replace", to_name);
    return directory_->replace(name, to_name);
  }
  Result<Placed> unlink(const std::string& name) override {
    change("unlink", name);
    return directory_->unlink(name);
  }
  Result<Done> remove_directory(const std::string& name) override {
    change("rmdir", name);
    return directory_->remove_directory(name);
  }
  Result<Done> sync() override {
    if (!points_.flush("fsync directory " + path())) return Done{};
    return directory_->sync();
  }
  Result<Done> sync_file_system() override {
    if (!points_.flush("syncfs " + path())) return Done{};
    return directory_->sync_file_system();
  }
  Result<FreeSpace> free_space() override { return directory_->free_space(); }
  Result<std::unique_ptr<FileLock>> lock(const std::string& name) override {
    change("lock", name);
    return directory_->lock(name);
  }

 private:
  static Directory& inner(Directory& to) {
    return *dynamic_cast<NumberedDirectory&>(to).directory_;
  }
  [[nodiscard]] std::string below(const std::string& name) const { return path() + "/" + name; }
  void change(const char* verb, const std::string& name) {
    points_.change(verb + (" " + below(name)));
  }

  std::unique_ptr<Directory> directory_;
  CrashPoints& points_;
};

}  // namespace

Result<std::unique_ptr<Directory>> NumberedFiles::open_root(const std::string& path) {
  return NumberedDirectory::wrap(files_.open_root(path), points_);
}

Result<std::unique_ptr<Directory>> NumberedFiles::make_root(const std::string& path) {
  points_.change("make " + path);
  return NumberedDirectory::wrap(files_.make_root(path), points_);
}

}  // namespace imapkeep
