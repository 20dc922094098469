// Random journals against the plainest model there is: maps. Whatever the records are, however they
// are cut into transactions and however often a part of them comes again, every answer of the
// ledger is the model's.
#include <map>
#include <random>
#include <set>

#include "tests/sync/state/sqlite/ledger_fixture.h"

using namespace imapkeep;

namespace {

struct Model {
  std::map<MessageKey, MessageRecord> live;
  std::map<MessageKey, QuarantineRecord> owed;
  std::map<FolderId, FolderRecord> folders;
  std::set<FolderId> gone;

  void operator()(const MessageRecord& record) {
    live[record.key] = record;
    owed.erase(record.key);
  }
  void operator()(const FlagsRecord& record) {
    if (const auto at = live.find(record.key); at != live.end()) at->second.flags = record.flags;
  }
  void operator()(const GoneRecord& record) {
    live.erase(record.key);
    owed.erase(record.key);
  }
  void operator()(const FolderRecord& record) {
    folders[record.id] = record;
    gone.erase(record.id);
  }
  void operator()(const FolderRenamingRecord&) {}
  void operator()(const OwnerRecord&) {}
  void operator()(const NotedRecord&) {}
  void operator()(const FolderGoneRecord& record) {
    gone.insert(record.id);
    std::erase_if(owed, [&](const auto& entry) { return entry.first.folder == record.id; });
  }
  void operator()(const QuarantineRecord& record) {
    const auto [at, is_new] = owed.try_emplace(record.key, record);
    if (!is_new) at->second.reason = record.reason;
  }
};

constexpr std::uint32_t kFolders = 3;
constexpr std::uint32_t kGenerations = 2;
constexpr std::uint32_t kUids = 12;

/// Few keys, few contents, few dates: everything happens to everything.
class Journal {
 public:
  explicit Journal(unsigned seed) : random_(seed) {}

  std::vector<Record> write(std::size_t count) {
    std::vector<Record> records;
    for (std::uint32_t id = 1; id <= kFolders; ++id) records.emplace_back(folder(id));
    while (records.size() < count) records.push_back(any());
    return records;
  }

 private:
  std::uint32_t below(std::uint32_t n) { return static_cast<std::uint32_t>(random_() % n); }
  MessageKey key() {
    return key_of(1 + below(kFolders), 1 + below(kGenerations), 1 + below(kUids));
  }
  Flags flags() {
    Flags flags = Flags::from_bits(below(64));
    if (below(3) == 0) flags.keywords.push_back("A" + std::to_string(below(3)));
    if (below(3) == 0) flags.keywords.emplace_back("Work");
    return flags;
  }
  FolderRecord folder(std::uint32_t id) {
    return folder_of(id, "folder " + std::to_string(below(5)));
  }
  Record any() {
    const std::int64_t at_ms = ++now_;
    switch (below(10)) {
      case 0:
        return QuarantineRecord{key(), "reason " + std::to_string(below(3)), at_ms};
      case 1:
        return folder(1 + below(kFolders));
      case 2:
        return below(2) == 0 ? Record(FolderGoneRecord{FolderId{1 + below(kFolders)}, at_ms})
                             : Record(FolderRenamingRecord{FolderId{1}, {}, '/', "a", "b", at_ms});
      case 3:
      case 4:
        return FlagsRecord{key(), flags(), at_ms};
      case 5:
      case 6:
        return GoneRecord{key(), GoneTo::kKept, at_ms};
      default: {
        auto record = message_of(key(), std::string(below(6), 'x'), below(2));
        record.flags = flags();
        record.number = 1 + below(3);
        if (below(4) == 0) record.doubtful = "why";
        return record;
      }
    }
  }

  std::mt19937 random_;
  std::int64_t now_ = 0;
};

void check_folders(LedgerSession& session, AccountId account, const Model& model) {
  const auto folders = session.folders(account, true);
  REQUIRE(folders.size() == model.folders.size());
  for (const LedgerFolder& folder : folders) {
    std::uint64_t stored = 0;
    std::uint64_t bytes = 0;
    std::uint64_t owed = 0;
    for (const auto& [key, record] : model.live) {
      if (key.folder != folder.record.id) continue;
      ++stored;
      bytes += record.identity.size;
    }
    for (const auto& [key, record] : model.owed) owed += key.folder == folder.record.id ? 1 : 0;
    REQUIRE(folder.record == model.folders.at(folder.record.id));
    REQUIRE(folder.gone == model.gone.contains(folder.record.id));
    REQUIRE(folder.stored == stored);
    REQUIRE(folder.stored_bytes == bytes);
    REQUIRE(folder.quarantined == owed);
  }
}

void check_messages(LedgerSession& session, AccountId account, const Model& model) {
  for (std::uint32_t folder = 1; folder <= kFolders; ++folder) {
    for (std::uint32_t generation = 1; generation <= kGenerations; ++generation) {
      std::vector<KnownMessage> expected;
      std::vector<KnownMessage> scattered;
      const UidSet some = *UidSet::parse("2:3,5,9:4294967295");
      UidSet uids;
      for (const auto& [key, record] : model.live) {
        if (key.folder.value != folder || key.uid_validity.value != generation) continue;
        expected.push_back(known_of(record));
        if (some.contains(key.uid)) scattered.push_back(known_of(record));
        uids.add(key.uid);
      }
      const FolderId id{folder};
      const UidValidity validity{generation};
      REQUIRE(session.window(account, id, validity) == expected);
      REQUIRE(session.uids(account, id, validity) == uids);
      REQUIRE(session.messages(account, id, validity, some) == scattered);
    }
  }
}

void check_bytes(LedgerSession& session, AccountId account, const Model& model) {
  std::vector<NameQuestion> questions;
  for (std::uint32_t folder = 1; folder <= kFolders; ++folder) {
    for (std::size_t size = 0; size < 6; ++size) {
      for (std::int64_t date = 0; date < 2; ++date) {
        const MessageIdentity identity = identity_of(std::string(size, 'x'));
        questions.push_back({MessageKey{FolderId{folder}, {}, {}}, date, identity});
        // And for each that has this name: as if it were stored again.
        for (const auto& [key, record] : model.live) {
          if (key.folder.value == folder && record.identity == identity) {
            questions.push_back({key, date, identity});
          }
        }
      }
    }
  }
  const auto answers = session.name_facts(account, questions);
  REQUIRE(answers.size() == questions.size());
  for (std::size_t i = 0; i < questions.size(); ++i) {
    std::set<std::uint32_t> taken;
    bool same = false;
    for (const auto& [key, record] : model.live) {
      if (key == questions[i].key || record.identity != questions[i].identity) continue;
      if (record.internal_date != questions[i].internal_date) continue;
      same = true;
      if (key.folder == questions[i].key.folder) taken.insert(record.number);
    }
    const auto found = answers[i].taken_numbers.list();
    REQUIRE(std::set<std::uint32_t>(found.begin(), found.end()) == taken);
    REQUIRE(answers[i].same_bytes.has_value() == same);
    if (!same) continue;
    const KnownMessage& twin = *answers[i].same_bytes;
    REQUIRE(twin == known_of(model.live.at(twin.key)));
    REQUIRE(twin.identity == questions[i].identity);
    REQUIRE(answers[i].same_bytes_path == model.folders.at(twin.key.folder).path);
  }

  std::vector<KnownMessage> leaving;
  for (const auto& [key, record] : model.live) {
    if (key.uid.value % 2 == 0) leaving.push_back(known_of(record));
  }
  const auto elsewhere = session.live_elsewhere(account, leaving);
  REQUIRE(elsewhere.size() == leaving.size());
  for (std::size_t i = 0; i < leaving.size(); ++i) {
    bool expected = false;
    for (const auto& [key, record] : model.live) {
      expected |= key.uid.value % 2 != 0 && record.identity.sha256 == leaving[i].identity.sha256;
    }
    REQUIRE(elsewhere[i] == expected);
  }
}

void check_all(LedgerSession& session, AccountId account, const Model& model) {
  check_folders(session, account, model);
  check_messages(session, account, model);
  check_bytes(session, account, model);
  const auto owed = session.quarantined(account);
  REQUIRE(owed.size() == model.owed.size());
  for (const auto& message : owed) {
    REQUIRE(message.reason == model.owed.at(message.key).reason);
    REQUIRE(message.since_ms == model.owed.at(message.key).at_ms);
  }
}

void replay(LedgerSession& session, AccountId account, const std::vector<Record>& records,
            std::size_t from, std::size_t to) {
  const auto at = [&](std::size_t i) { return records.begin() + static_cast<std::ptrdiff_t>(i); };
  session.apply(account, std::vector<Record>(at(from), at(to)));
}

}  // namespace

TEST_CASE("the ledger answers like the model, whatever the transactions") {
  const auto seed = GENERATE(range(1U, 13U));
  INFO("seed " << seed);
  const TemporaryDirectory directory;
  LedgerSession session(directory / "ledger");
  const AccountId other = session.account("other").id;
  const AccountId account = session.account("work").id;
  const auto noise = Journal(seed + 1000).write(60);
  session.apply(other, noise);

  const auto records = Journal(seed).write(400);
  std::mt19937 random(seed);
  Model model;
  std::size_t done = 0;
  while (done < records.size()) {
    const std::size_t next = std::min<std::size_t>(records.size(), done + 1 + random() % 90);
    replay(session, account, records, done, next);
    for (std::size_t i = done; i < next; ++i) std::visit(model, records[i]);
    done = next;
    check_all(session, account, model);
  }

  Model untouched;
  for (const Record& record : noise) std::visit(untouched, record);
  check_all(session, other, untouched);
}

TEST_CASE("records that come again change nothing, from whichever one on") {
  const auto seed = GENERATE(range(1U, 5U));
  INFO("seed " << seed);
  const auto records = Journal(seed).write(150);
  Model model;
  for (const Record& record : records) std::visit(model, record);

  const TemporaryDirectory directory;
  LedgerSession session(directory / "ledger");
  const AccountId account = session.account().id;
  replay(session, account, records, 0, records.size());
  check_all(session, account, model);
  for (std::size_t from = 0; from < records.size(); ++from) {
    INFO("from record " << from);
    replay(session, account, records, from, records.size());
    check_folders(session, account, model);
    check_messages(session, account, model);
  }
  check_all(session, account, model);
}

TEST_CASE("a prefix that is applied twice equals one that is applied once") {
  const auto records = Journal(77).write(120);
  Model model;
  const TemporaryDirectory directory;
  LedgerSession session(directory / "ledger");
  const AccountId account = session.account().id;
  for (std::size_t length = 1; length <= records.size(); ++length) {
    INFO("prefix of " << length);
    std::visit(model, records[length - 1]);
    replay(session, account, records, 0, length);
    check_all(session, account, model);
  }
}
