// What the kernel denies to a user who is not root: that the model disk's `Denied` and a real
// directory's mode do the same to a store.
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <functional>

#include "daemon/io/posix_files.h"
#include "sync/store/maildir/in_the_way.h"
#include "sync/store/maildir/maildir_core.h"
#include "tests/support/temporary_directory.h"

using namespace imapkeep;

namespace {

constexpr std::int64_t kDate = 1771568830;
const WallTime kNow = from_unix_ms(1795428000000);
const std::string kId(32, 'a');

/// In a process that root's powers do not reach; its answer is the exit status.
int as_nobody(const std::string& directory, const std::function<int()>& body) {
  if (geteuid() == 0) REQUIRE(chown(directory.c_str(), 65534, 65534) == 0);
  const pid_t child = fork();
  if (child == 0) {
    if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0)) _exit(100);
    _exit(body());
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 101;
}

FolderRecord folder(std::uint32_t id, const std::string& name) {
  return {{id}, {name, NameEncoding::kUtf8}, '/', "", 0};
}

/// A store with one message in INBOX (1) and one in Archive (2).
class Mail {
 public:
  explicit Mail(const std::string& path) : path_(path), core_(files_, {path, 0}, "h", "work") {}
  bool fill() {
    auto opened = core_.open("", kId, kNow);
    if (!opened) return false;
    arriving_.attach(std::move(opened->tmp));
    Batch batch;
    batch.new_folders = {folder(1, "INBOX"), folder(2, "Archive")};
    if (!core_.commit(batch, kNow, true)) return false;
    batch = {};
    for (std::uint32_t in = 1; in <= 2; ++in) batch.messages.push_back(message(in, 1));
    const auto done = core_.commit(batch, kNow, true);
    if (!done) return false;
    for (std::size_t i = 0; i < 2; ++i) records_[i] = std::get<MessageRecord>(done->records[i]);
    return true;
  }
  NewMessage message(std::uint32_t in, std::uint32_t uid) {
    const IncomingId id = ++last_;
    arriving_.begin(id);
    arriving_.write(id, "mail " + std::to_string(in) + "\r\n");
    arriving_.end(id);
    NewMessage message;
    message.incoming = id;
    message.folder_path = in == 1 ? "INBOX" : "Archive";
    message.record.key = {{in}, {1}, {uid}};
    message.record.internal_date = kDate;
    message.record.identity = core_.make_durable(arriving_.hand_over({id}))->front().identity;
    return message;
  }
  Departure departure(std::uint32_t in) {
    const MessageRecord& record = records_[in - 1];
    return {record.key,
            {in == 1 ? "INBOX" : "Archive", kDate, record.identity.xxh3, 8, 8, 1, {}},
            GoneTo::kKept};
  }
  bool mode(const std::string& below, mode_t mode) {
    return chmod((path_ + "/" + below).c_str(), mode) == 0;
  }
  MaildirCore& core() { return core_; }

 private:
  std::string path_;
  PosixFiles files_;
  MaildirCore core_;
  ArrivingFiles arriving_{0};
  IncomingId last_ = 0;
  std::array<MessageRecord, 2> records_;
};

/// 0: the look says what is in the way, INBOX's message leaves, Archive's does not.
int try_mode(Mail& mail, const std::string& closed, mode_t mode) {
  const auto token = mail.core().folder_token("Archive", {});
  if (!token || !mail.mode(closed, mode)) return 1;
  for (const FolderToken& known : {FolderToken{}, *token}) {
    const auto look = mail.core().folder_token("Archive", known);
    if (look || !is_in_the_way(look.error())) return 2;
  }
  Batch batch;
  batch.departures = {mail.departure(2), mail.departure(1)};
  batch.messages = {mail.message(2, 2)};
  const auto done = mail.core().commit(batch, kNow, true);
  if (!done) return 3;
  if (done->records.size() != 1 || done->refused.empty()) return 4;
  return std::get<GoneRecord>(done->records.front()).key.folder == FolderId{1} ? 0 : 5;
}

}  // namespace

TEST_CASE("a directory's mode costs its folder and no other", "[store][stray]") {
  struct Row {
    const char* closed;
    mode_t mode;
  };
  const std::vector<Row> rows = {{"Archive", 0},
                                 {"Archive", 0400},
                                 {"Archive/cur", 0},
                                 {"Archive/cur", 0400},
                                 {"Archive/cur", 0500}};
  for (const Row& row : rows) {
    CAPTURE(row.closed, row.mode);
    const TemporaryDirectory directory;
    CHECK(as_nobody(directory.path(), [&] {
            Mail mail(directory.file("mirror"));
            return mail.fill() ? try_mode(mail, row.closed, row.mode) : 10;
          }) == 0);
  }
}

TEST_CASE("the store of another user is refused, and nothing is left in it") {
  if (geteuid() != 0) return;  // only root can give a directory away
  const TemporaryDirectory directory;
  const std::string root = directory.file("mail");
  REQUIRE(Mail(root).fill());
  const std::string own = root + "/.imapkeep";
  REQUIRE(chown(own.c_str(), 65534, 65534) == 0);
  PosixFiles files;
  const auto open_as = [&](std::optional<std::uint32_t> user) {
    MaildirCore core(files, {root, 0, user}, "h", "work");
    return core.open("", kId, kNow);
  };
  const auto refused = open_as(0);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().what.find("is the store of another user (uid 65534)") != std::string::npos);
  CHECK(access((own + "/probe").c_str(), F_OK) != 0);
  REQUIRE(chown(own.c_str(), 0, 0) == 0);
  // Where whatever we make belongs to somebody else (NFS, CIFS), that is no other user's store.
  CHECK(open_as(1000));
  CHECK(access((own + "/probe").c_str(), F_OK) != 0);
}
