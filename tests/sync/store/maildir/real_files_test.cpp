// The store on the machine's own file system and threads: that the model disk and the real one
// agree where it matters.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "daemon/io/posix_files.h"
#include "sync/store/maildir/maildir_core.h"
#include "tests/support/unpacked_frame.h"

using namespace imapkeep;

namespace {

class Scratch {
 public:
  Scratch() {
    std::string name = (std::filesystem::temp_directory_path() / "imapkeep-store-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~Scratch() { std::filesystem::remove_all(path_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  [[nodiscard]] std::string root() const { return path_ + "/conf.d"; }

 private:
  std::string path_;
};

std::size_t descriptors() {
  const std::filesystem::directory_iterator open("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(open), end(open)));
}

std::string contents(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

}  // namespace

TEST_CASE("mail that everybody can read is said, mail for a group is not") {
  const Scratch scratch;
  PosixFiles files;
  const WallTime now = from_unix_ms(1795428000000);
  const std::string id(32, 'a');
  const auto open_to_all = [&](unsigned mode) {
    MaildirCore core(files, {scratch.root(), 0}, "imap.example.org", "work");
    REQUIRE(core.open("", id, now));
    for (const char* part : {"", "/INBOX", "/INBOX/cur"}) {
      std::filesystem::permissions(scratch.root() + part, std::filesystem::perms(mode));
    }
    REQUIRE(core.close(now));
    (void)core.take_notes();
    REQUIRE(core.open(id, id, now));
    const Notes notes = core.take_notes();
    REQUIRE(core.close(now));
    return std::any_of(notes.begin(), notes.end(),
                       [](const Note& note) { return note.event == "store.open_to_all"; });
  };
  CHECK_FALSE(open_to_all(0700));
  CHECK_FALSE(open_to_all(0750));
  CHECK(open_to_all(0755));
}

TEST_CASE("a store on a real file system") {
  const Scratch scratch;
  PosixFiles files;
  const std::size_t before = descriptors();
  const WallTime now = from_unix_ms(1795428000000);
  const std::string id(32, 'a');
  MaildirCore core(files, {scratch.root(), 0}, "imap.example.org", "work");
  auto opened = core.open("", id, now);
  REQUIRE(opened->facts.created);
  ArrivingFiles arriving(0);
  arriving.attach(std::move(opened->tmp));

  Batch batch;
  FolderRecord inbox;
  inbox.id = {1};
  inbox.name = {"INBOX", NameEncoding::kUtf8};
  inbox.delimiter = '/';
  batch.new_folders = {inbox};
  REQUIRE(core.commit(batch, now, true));

  batch = {};
  for (std::uint32_t uid = 1; uid <= 12; ++uid) {
    const std::string bytes = "mail " + std::to_string(uid % 10) + "\r\n";
    arriving.begin(uid);
    arriving.write(uid, bytes);
    arriving.end(uid);
    const auto durable = core.make_durable(arriving.hand_over({uid}));
    REQUIRE(durable);
    REQUIRE_FALSE(durable->front().error);
    NewMessage message;
    message.incoming = uid;
    message.folder_path = "INBOX";
    message.record.key = {{1}, {1}, {uid}};
    message.record.internal_date = 1771568830;
    message.record.identity = durable->front().identity;
    batch.messages.push_back(message);
  }
  const auto committed = core.commit(batch, now, true);
  if (!committed) FAIL(committed.error().what);
  const auto& first = std::get<MessageRecord>(committed->records.front());
  const auto& twin = std::get<MessageRecord>(committed->records[10]);
  CHECK(twin.number == 2);  // mail 1, again
  const auto path = [&](const MessageRecord& record, const std::string& folder) {
    return scratch.root() + "/" + folder + "/cur/1771568830.H" + to_hex(record.identity.xxh3) +
           ".imap.example.org" + (record.number > 1 ? "~2" : "") + ",S=8,W=8:2,";
  };
  CHECK(contents(path(first, "INBOX")) == "mail 1\r\n");
  CHECK(std::filesystem::equivalent(path(first, "INBOX"), path(twin, "INBOX")));

  batch = {};
  batch.renamed_folders.push_back(
      {{1}, {"Archive/2026", NameEncoding::kUtf8}, '/', "INBOX", "", 0});
  REQUIRE(core.commit(batch, now, true));
  CHECK(contents(path(first, "Archive/2026")) == "mail 1\r\n");
  CHECK(std::filesystem::is_empty(scratch.root() + "/INBOX/cur"));

  batch = {};
  const StoredPlace place{"Archive/2026", 1771568830, first.identity.xxh3, 8, 8, 1, {}};
  batch.departures.push_back({first.key, place, GoneTo::kKept});
  REQUIRE(core.commit(batch, now, true));
  const std::string live = path(first, "Archive/2026");
  CHECK(unpacked_frame(contents(scratch.root() + "/.imapkeep/gone/2026-11-23/Archive/2026/" +
                                live.substr(live.rfind('/') + 1) + ".zst")) == "mail 1\r\n");
  CHECK(core.find_missing("Archive/2026", {place})->size() == 1);
  CHECK(*core.purge_gone(0, now + std::chrono::hours(24)) == 1);

  const std::size_t at_work = descriptors();
  core.rest();
  arriving.rest();
  CHECK(at_work - descriptors() >= 4);
  CHECK(descriptors() == before + 2);  // the lock and the journal's segment
  REQUIRE(core.open(id, id, now));

  MaildirCore second(files, {scratch.root(), 0}, "imap.example.org", "work");
  CHECK(second.open(id, id, now).error().trouble == Trouble::kBusy);
  const auto facts = core.open(id, id, now)->facts;
  REQUIRE(core.close(now));
  const auto again = second.open(id, id, now);
  REQUIRE(again);
  CHECK(again->facts.clean);
  CHECK(again->facts.journal_end == facts.journal_end);
  CHECK(second.read_journal({})->records.size() == 16);

  // Somebody removes the lock while the store rests, and another writer takes a new one.
  core.rest();
  REQUIRE(second.close(now));
  REQUIRE(core.open(id, id, now));
  core.rest();
  std::filesystem::remove(scratch.root() + "/.imapkeep/lock");
  REQUIRE(second.open(id, id, now));
  CHECK(core.open(id, id, now).error().trouble == Trouble::kBusy);
}
