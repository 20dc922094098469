// The Maildir store against what every store must do (tests/support/store_suite.h): on the model
// disk, which can fail, lose power and become read-only, and on the machine's own file system.
#include "tests/support/store_suite.h"

#include <catch2/catch.hpp>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "daemon/io/posix_files.h"
#include "sync/store/maildir/maildir_reader.h"
#include "sync/store/maildir/maildir_store.h"
#include "tests/support/fixed_random.h"
#include "tests/support/inline_workers.h"
#include "tests/support/log_probe.h"
#include "tests/support/memory_files.h"
#include "tests/support/temporary_directory.h"

using namespace imapkeep;
using namespace imapkeep::store_test;

namespace {

/// What both have in common; `files` outlives it.
class MaildirUnderTest : public StoreUnderTest {
 public:
  MaildirUnderTest(Files& files, std::string root) : root_(std::move(root)), files_(files) {}

  std::unique_ptr<MessageStore> writer() override {
    return std::make_unique<MaildirStore>(files_, workers_, clock, random_, log_.log(), options(),
                                          "imap.example.org", "work");
  }
  std::unique_ptr<StoreReader> reader() override {
    return std::make_unique<MaildirReader>(files_, workers_, log_.log(), options(), 3);
  }
  void work() override { workers_.pump(); }

 protected:
  [[nodiscard]] std::string at(const StoredEntry& entry) const {
    return root_ + "/" + entry.place.text;
  }
  /// The name of an entry's file with other letters.
  [[nodiscard]] std::string marked(const StoredEntry& entry, const std::string& letters) const {
    const std::string path = at(entry);
    return path.substr(0, path.rfind(":2,")) + ":2," + letters;
  }
  [[nodiscard]] std::string last_segment() const {
    std::string path = root_ + "/.imapkeep/journal/0000000000.jsonl";
    const std::string& newest = *std::max_element(segments_.begin(), segments_.end());
    return path.replace(path.rfind('/') + 1, std::string::npos, newest);
  }

  std::string root_;
  std::vector<std::string> segments_;

 private:
  [[nodiscard]] MaildirOptions options() const { return {root_, 0}; }

  Files& files_;
  InlineWorkers workers_;
  FixedRandom random_;
  LogProbe log_;
};

class OnModelDisk final : public MaildirUnderTest {
 public:
  OnModelDisk() : MaildirUnderTest(disk_, "/srv/mail/work") { disk_.put("/srv/mail/", ""); }

  void kill() override { disk_.reopen(); }
  bool cut_power() override {
    disk_.power_cut(MemoryDisk::Cut::kLoseNames);
    return true;
  }
  bool make_read_only() override {
    disk_.set_read_only(true);
    return true;
  }
  bool fail_change(std::uint64_t n) override {
    disk_.fail_at(n, EIO);
    return true;
  }
  void no_faults() override { disk_.no_faults(); }
  std::string everything() override {
    std::string all;
    for (const std::string& path : disk_.directories()) all += path + "/\n";
    for (const auto& [path, bytes] : disk_.files()) {
      all += path + " " + std::to_string(disk_.inode(path)) + " " +
             std::to_string(disk_.mtime(path)) + " " + bytes + "\n";
    }
    return all;
  }
  std::uint64_t changes() override { return disk_.calls(); }
  void unmount() override { disk_.move(root_, "/srv/elsewhere"); }
  void mount() override { disk_.move("/srv/elsewhere", root_); }
  void put_foreign(const std::string& folder_path, const std::string& name,
                   const std::string& bytes) override {
    disk_.put(root_ + "/" + folder_path + "/cur/" + name, bytes);
  }
  void change_bytes(const StoredEntry& entry,
                    const std::function<void(std::string&)>& change) override {
    std::string bytes = disk_.files().at(at(entry));
    change(bytes);
    disk_.put(at(entry), bytes);
  }
  void remove(const StoredEntry& entry) override { disk_.remove(at(entry)); }
  bool mark(const StoredEntry& entry, const std::string& letters) override {
    disk_.move(at(entry), marked(entry, letters));
    return true;
  }
  void tear_journal() override {
    for (const auto& [path, bytes] : disk_.files()) {
      if (path.ends_with(".jsonl")) segments_.push_back(path.substr(path.rfind('/') + 1));
    }
    disk_.put(last_segment(), disk_.files().at(last_segment()) + R"({"c":"0123)");
  }

 private:
  MemoryDisk disk_;
};

class OnRealDisk final : public MaildirUnderTest {
 public:
  OnRealDisk() : MaildirUnderTest(files_, "") { root_ = scratch_.file("work"); }

  void kill() override {}  // its descriptors are closed with the writer
  std::string everything() override {
    namespace fs = std::filesystem;
    std::vector<std::string> all;
    for (const auto& entry : fs::recursive_directory_iterator(scratch_.path())) {
      std::string line = entry.path().string() + " " +
                         std::to_string(entry.last_write_time().time_since_epoch().count());
      if (entry.is_regular_file()) line += " " + contents(entry.path().string());
      all.push_back(line);
    }
    std::sort(all.begin(), all.end());
    std::string text;
    for (const std::string& line : all) text += line + "\n";
    return text;
  }
  void unmount() override { std::filesystem::rename(root_, scratch_.file("elsewhere")); }
  void mount() override { std::filesystem::rename(scratch_.file("elsewhere"), root_); }
  void put_foreign(const std::string& folder_path, const std::string& name,
                   const std::string& bytes) override {
    write(root_ + "/" + folder_path + "/cur/" + name, bytes);
  }
  void change_bytes(const StoredEntry& entry,
                    const std::function<void(std::string&)>& change) override {
    std::string bytes = contents(at(entry));
    change(bytes);
    std::filesystem::remove(at(entry));
    write(at(entry), bytes);
  }
  void remove(const StoredEntry& entry) override { std::filesystem::remove(at(entry)); }
  bool mark(const StoredEntry& entry, const std::string& letters) override {
    std::filesystem::rename(at(entry), marked(entry, letters));
    return true;
  }
  void tear_journal() override {
    for (const auto& entry : std::filesystem::directory_iterator(root_ + "/.imapkeep/journal")) {
      segments_.push_back(entry.path().filename().string());
    }
    std::ofstream(last_segment(), std::ios::binary | std::ios::app) << R"({"c":"0123)";
  }

 private:
  static std::string contents(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
  }
  static void write(const std::string& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
  }

  TemporaryDirectory scratch_;
  PosixFiles files_;
};

template <class Store>
void run_all() {
  for (const StoreCase& one : store_cases()) {
    DYNAMIC_SECTION(one.name) {
      Store store;
      one.run(store);
    }
  }
}

}  // namespace

TEST_CASE("every store, here a Maildir on the model disk") { run_all<OnModelDisk>(); }

TEST_CASE("every store, here a Maildir on the machine's own file system") { run_all<OnRealDisk>(); }

TEST_CASE("the suite has no case twice") {
  std::set<std::string> names;
  for (const StoreCase& one : store_cases()) CHECK(names.insert(std::string(one.name)).second);
  CHECK(names.size() >= 40);
}
