// Everything that a disk can do to a store, at every call: the program killed, the power cut, calls
// that fail once or for ever. Afterwards: what was reported as stored is there, whole; every
// visible name is complete; the next run brings the store to what the server holds, with nothing
// twice and nothing left over.
#include <catch2/catch.hpp>
#include <cerrno>
#include <functional>

#include "tests/support/sanitized.h"
#include "tests/sync/store/maildir/converge.h"

using namespace imapkeep;
using namespace imapkeep::store_test;

namespace {

struct Scenario {
  const char* name;
  Server before;
  Server after;
  bool layered = false;  ///< no directory of `before` can be renamed, as on an overlay
};

ServerFolder box(const std::string& name, const std::map<std::uint32_t, ServerMessage>& messages) {
  return {name, messages};
}

std::vector<Scenario> scenarios() {
  const ServerMessage a{"mail a\r\n", "S"};
  const ServerMessage b{"mail b\n", "FS"};
  const ServerMessage b_read{"mail b\n", "RS"};
  const ServerMessage c{std::string(3000, 'c'), ""};
  std::map<std::uint32_t, ServerMessage> many;
  for (std::uint32_t uid = 1; uid <= 9; ++uid) many[uid] = {"mail " + std::to_string(uid), "S"};
  return {
      {"first batch", {}, {{1, box("INBOX", {{1, a}, {2, b}})}, {2, box("Lists/x", {{1, c}})}}},
      {"more mail", {{1, box("INBOX", {{1, a}})}}, {{1, box("INBOX", {{1, a}, {2, b}, {3, c}})}}},
      {"many at once", {{1, box("INBOX", {})}}, {{1, box("INBOX", many)}}},
      {"equal bytes",
       {{1, box("INBOX", {{1, a}})}, {2, box("All", {})}},
       {{1, box("INBOX", {{1, a}, {2, a}, {3, b}, {4, b}})}, {2, box("All", {{1, a}, {2, b}})}}},
      {"flags",
       {{1, box("INBOX", {{1, a}, {2, b}})}},
       {{1, box("INBOX", {{1, {"mail a\r\n", "FT"}}, {2, b_read}})}}},
      {"kept",
       {{1, box("INBOX", {{1, a}, {2, b}, {3, c}})}},
       {{1, box("INBOX", {{2, b}, {4, {"new", ""}}})}}},
      {"moved",
       {{1, box("INBOX", {{1, a}, {2, b}})}, {2, box("Archive", {})}},
       {{1, box("INBOX", {{2, b}})}, {2, box("Archive", {{1, a}})}}},
      {"renamed",
       {{1, box("INBOX", {{1, a}})},
        {2, box("old", {{1, b}, {2, c}})},
        {3, box("old/sub", {{1, a}})}},
       {{1, box("INBOX", {{1, a}})},
        {2, box("new/name", {{1, b}, {2, c}, {3, a}})},
        {3, box("old/sub", {{1, a}})}}},
      {"renamed in a lower layer",
       {{1, box("INBOX", {{1, a}})}, {2, box("old", {{1, b}, {2, c}})}},
       {{1, box("INBOX", {{1, a}})}, {2, box("new/name", {{1, b}, {2, c}, {3, a}})}},
       true},
      {"a folder is gone",
       {{1, box("INBOX", {{1, a}})}, {2, box("x/y", {{1, b}, {2, c}})}},
       {{1, box("INBOX", {{1, a}, {2, b}})}}},
  };
}

/// The disk and the ledger at "before", and a new process about to go to "after".
struct Stage {
  MemoryDisk disk;
  ModelLedger ledger;
  std::unique_ptr<StoreBench> bench;
  const Scenario& scenario;

  explicit Stage(const Scenario& of) : scenario(of) {
    make_disk(disk);
    bench = std::make_unique<StoreBench>(disk);
    if (!scenario.before.empty()) {
      REQUIRE(Converge(*bench, ledger, scenario.before).run());
      REQUIRE(bench->close());
      disk.power_cut(MemoryDisk::Cut::kLoseNames);  // all of that must be durable
    }
    if (scenario.layered) disk.set_lower_layer();
    new_process();
  }
  void new_process() {
    bench->stop();
    disk.reopen();
    bench = std::make_unique<StoreBench>(disk);
  }
  Result<Done> go() { return Converge(*bench, ledger, scenario.after).run(); }
};

/// Files below cur/ and new/ that carry our names have the bytes that their names say.
void check_visible_names(const MemoryDisk& disk) {
  for (const bool gone : {false, true}) {
    for (const std::string& path : mail_files(disk, gone)) {
      CAPTURE(path);
      CHECK(path.ends_with(".zst") == gone);
      const std::string file = path.substr(path.rfind('/') + 1);
      const auto name = parse_maildir_name(file.substr(0, file.size() - (gone ? 4 : 0)));
      REQUIRE(name);
      const std::string bytes = mail_at(disk, path);
      CHECK(name->stem.size == bytes.size());
      CHECK(name->stem.xxh3 == Xxh3::of(bytes));
    }
  }
}

/// What the ledger was told is stored is there, whole: live, or on its way out in gone/.
void check_promises(const MemoryDisk& disk, const ModelLedger& ledger) {
  std::set<Sha256Digest> there;
  for (const bool gone : {false, true}) {
    for (const std::string& path : mail_files(disk, gone)) {
      there.insert(Sha256::of(mail_at(disk, path)));
    }
  }
  // A rename that goes file by file has them here until the next opening finishes it.
  disk.each_file(
      kRoot + "/.imapkeep/moving",
      [&there](const std::string&, const std::string& bytes) { there.insert(Sha256::of(bytes)); });
  for (const auto& [key, record] : ledger.live) {
    CAPTURE(key.folder.value, key.uid.value);
    CHECK(there.count(record.identity.sha256) == 1);
  }
}

/// The store is exactly what the server holds, and says so itself when asked from the beginning.
void check_converged(Stage& stage) {
  const Server& server = stage.scenario.after;
  std::size_t messages = 0;
  for (const auto& [id, folder_] : server) {
    messages += folder_.messages.size();
    for (const auto& [uid, mail] : folder_.messages) {
      CAPTURE(id, uid);
      const auto found = stage.ledger.live.find({{id}, {1}, {uid}});
      REQUIRE(found != stage.ledger.live.end());
      const auto files = stage.disk.files();
      const auto file = files.find(stage.ledger.file(found->second));
      REQUIRE(file != files.end());
      CHECK(file->second == mail.bytes);
      CHECK(found->second.flags.maildir_letters() == mail.letters);
      CHECK(stage.disk.mtime(file->first) == mail.date);
    }
  }
  CHECK(stage.ledger.live.size() == messages);
  CHECK(mail_files(stage.disk).size() == messages);
  // What left is in the kept area, unless it lives on elsewhere.
  std::set<std::string> kept;
  for (const std::string& path : mail_files(stage.disk, true)) {
    CHECK(kept.insert(mail_at(stage.disk, path)).second);  // once
  }
  std::set<std::string> held;
  for (const auto& [id, folder_] : server) {
    for (const auto& [uid, mail] : folder_.messages) held.insert(mail.bytes);
  }
  for (const auto& [id, folder_] : stage.scenario.before) {
    for (const auto& [uid, mail] : folder_.messages) {
      if (held.count(mail.bytes) == 0) CHECK(kept.count(mail.bytes) == 1);
    }
  }
  for (const auto& [id, record] : stage.ledger.folders) CHECK(server.count(id.value) == 1);
}

void check_nothing_left_over(const MemoryDisk& disk) {
  const std::string tmp = kRoot + "/INBOX/tmp/";
  for (const auto& [path, bytes] : disk.files()) {
    if (path.compare(0, tmp.size(), tmp) == 0) FAIL("left over: " + path);
  }
}

void check_rebuilt_ledger(Stage& stage) {
  stage.new_process();
  ModelLedger rebuilt;  // knows nothing
  const auto opened = stage.bench->open_with(rebuilt);
  if (!opened) FAIL(opened.error().what);
  check_nothing_left_over(stage.disk);
  CHECK(rebuilt.live == stage.ledger.live);
  CHECK(rebuilt.folders == stage.ledger.folders);
  CHECK(rebuilt.end == stage.ledger.end);
}

/// After any disaster: promises kept, a run without faults converges, a second one has nothing to
/// do, and the journal alone tells the same.
void check_recovers(Stage& stage) {
  check_promises(stage.disk, stage.ledger);
  check_visible_names(stage.disk);
  const auto recovered = stage.go();
  if (!recovered) FAIL(recovered.error().what);
  check_visible_names(stage.disk);
  check_converged(stage);
  check_nothing_left_over(stage.disk);
  Converge again(*stage.bench, stage.ledger, stage.scenario.after);
  REQUIRE(again.run());
  CHECK(again.commits() == 0);
  REQUIRE(stage.bench->close());
  stage.disk.power_cut(MemoryDisk::Cut::kLoseNames);
  check_converged(stage);
  check_rebuilt_ledger(stage);
}

/// Calls `strike` with n = 1, 2 … until it says that the run got through without being struck.
void at_every_call(const std::function<bool(Stage&, std::uint64_t n)>& strike) {
  for (const Scenario& scenario : scenarios()) {
    std::uint64_t n = 1;
    for (;; n += kStride) {
      CAPTURE(scenario.name, n);
      Stage stage(scenario);
      if (!strike(stage, n)) break;
      check_recovers(stage);
    }
    CHECK(n > 10);  // it was struck
  }
}

/// True when the program died on the way.
bool dies_at(Stage& stage, std::uint64_t n) {
  stage.disk.kill_at(n);
  (void)stage.go();
  return stage.disk.killed();
}

}  // namespace

TEST_CASE("without faults every scenario converges") {
  for (const Scenario& scenario : scenarios()) {
    CAPTURE(scenario.name);
    Stage stage(scenario);
    check_recovers(stage);
  }
}

TEST_CASE("killed before every call") {
  at_every_call([](Stage& stage, std::uint64_t n) {
    const bool died = dies_at(stage, n);
    stage.new_process();
    return died;
  });
}

TEST_CASE("killed before every call, and the ledger lost with it") {
  at_every_call([](Stage& stage, std::uint64_t n) {
    const bool died = dies_at(stage, n);
    stage.new_process();
    stage.ledger = {};
    return died;
  });
}

TEST_CASE("the power cut before every call, unsynced names lost") {
  at_every_call([](Stage& stage, std::uint64_t n) {
    const bool died = dies_at(stage, n);
    stage.disk.power_cut(MemoryDisk::Cut::kLoseNames);
    stage.new_process();
    return died;
  });
}

TEST_CASE("the power cut before every call, names written by chance") {
  at_every_call([](Stage& stage, std::uint64_t n) {
    const bool died = dies_at(stage, n);
    stage.disk.power_cut(MemoryDisk::Cut::kKeepNames);
    stage.new_process();
    return died;
  });
}

TEST_CASE("killed while recovering from a power cut") {
  // Every point of the run, and of the run after it every third.
  for (const Scenario& scenario : scenarios()) {
    for (std::uint64_t n = 1;; n += kStride) {
      bool struck = false;
      for (std::uint64_t m = 1;; m += 3) {
        CAPTURE(scenario.name, n, m);
        Stage stage(scenario);
        struck = dies_at(stage, n);
        stage.disk.power_cut(MemoryDisk::Cut::kLoseNames);
        stage.new_process();
        const bool again = dies_at(stage, m);
        stage.disk.power_cut(MemoryDisk::Cut::kLoseNames);
        stage.new_process();
        if (again) check_recovers(stage);
        if (!again || !struck) break;
      }
      if (!struck) break;
    }
  }
}

TEST_CASE("a call fails once, and the same process goes on") {
  for (const int code : {EIO, ENOSPC, EROFS, EDQUOT, EMFILE}) {
    at_every_call([code](Stage& stage, std::uint64_t n) {
      const std::uint64_t before = stage.disk.calls();
      stage.disk.fail_at(n, code);
      (void)stage.go();
      const bool struck = stage.disk.calls() >= before + n;
      stage.disk.no_faults();
      return struck;
    });
  }
}

TEST_CASE("a call fails once, then the power is cut") {
  at_every_call([](Stage& stage, std::uint64_t n) {
    const std::uint64_t before = stage.disk.calls();
    stage.disk.fail_at(n, EIO);
    (void)stage.go();
    const bool struck = stage.disk.calls() >= before + n;
    stage.disk.power_cut(MemoryDisk::Cut::kLoseNames);
    stage.new_process();
    return struck;
  });
}

TEST_CASE("from some call on everything fails, until there is room again") {
  for (const int code : {ENOSPC, EROFS, EDQUOT, EIO, EMFILE}) {
    at_every_call([code](Stage& stage, std::uint64_t n) {
      const std::uint64_t before = stage.disk.calls();
      stage.disk.fail_at(n, code, true);
      (void)stage.go();
      const bool struck = stage.disk.calls() >= before + n;
      stage.disk.no_faults();
      return struck;
    });
  }
}

TEST_CASE("flags change between a crash and the next run: an orphan is adopted under new letters") {
  const Scenario scenario{
      "orphans", {{1, box("INBOX", {})}}, {{1, box("INBOX", {{1, {"x", "S"}}, {2, {"y", ""}}})}}};
  const Server later{{1, box("INBOX", {{1, {"x", "FRS"}}, {2, {"y", "T"}}})}};
  std::uint64_t adopted = 0;
  for (std::uint64_t n = 1;; ++n) {
    CAPTURE(n);
    Stage stage(scenario);
    const bool died = dies_at(stage, n);
    stage.new_process();
    const auto recovered = Converge(*stage.bench, stage.ledger, later).run();
    if (!recovered) FAIL(recovered.error().what);
    CHECK(mail_files(stage.disk).size() == 2);
    for (const auto& [key, record] : stage.ledger.live) {
      CHECK(stage.disk.files().count(stage.ledger.file(record)) == 1);
    }
    adopted += stage.bench->log.contains("store.adopted") ? 1U : 0U;
    if (!died) break;
  }
  CHECK(adopted > 0);
}
