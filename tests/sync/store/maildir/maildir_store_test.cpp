#include "sync/store/maildir/maildir_store.h"

#include <catch2/catch.hpp>
#include <cerrno>

#include "sync/store/maildir/folder_tree.h"
#include "tests/sync/store/maildir/opened_store.h"

using namespace imapkeep;
using namespace imapkeep::store_test;

TEST_CASE("a message lies under its name, whole, with its date") {
  Store store;
  const MessageRecord record = store.store(1, 7, kMail, "FS");
  CHECK(record.number == 1);
  CHECK(record.identity.size == kMail.size());
  CHECK(record.identity.crlf_size == kMail.size() + 1);
  CHECK(record.identity.sha256 == Sha256::of(kMail));
  CHECK(record.identity.xxh3 == Xxh3::of(kMail));
  CHECK(mail_files(store.disk) ==
        std::vector<std::string>{"INBOX/cur/1771568830.H" + to_hex(Xxh3::of(kMail)) +
                                 ".imap.example.org,S=20,W=21:2,FS"});
  CHECK(store.disk.files().at(store.path(record)) == kMail);
  CHECK(store.disk.mtime(store.path(record)) == kDate);
  CHECK(store.disk.directories().count(kRoot + "/INBOX/new") == 1);
  CHECK(store.disk.directories().count(kRoot + "/INBOX/tmp") == 1);
}

TEST_CASE("an empty message, and one of many blocks") {
  Store store;
  const std::string big(300'000, 'x');
  CHECK(store.store(1, 1, "").identity.size == 0);
  const MessageRecord record = store.store(1, 2, big);
  CHECK(store.disk.files().at(store.path(record)) == big);
  CHECK(store.bench.store->backlog_bytes() == 0);
}

TEST_CASE("messages of equal bytes and date are links with numbers") {
  Store store;
  const MessageRecord a = store.store(1, 1, kMail);
  const MessageRecord b = store.store(1, 2, kMail);
  CHECK(b.number == 2);
  CHECK(store.disk.inode(store.path(a)) == store.disk.inode(store.path(b)));
  Batch batch;  // both in one batch, and one in another folder
  batch.messages = {store.message(1, 3, kMail), store.message(1, 4, kMail),
                    store.message(2, 5, kMail)};
  for (auto& message : batch.messages) {
    if (message.folder_path == "INBOX") message.taken_numbers = TakenNumbers::of({1, 2});
    message.same_bytes = store.ledger.place(a);
  }
  store.commit(batch);
  CHECK(store.ledger.live.at({{1}, {1}, {3}}).number == 3);
  CHECK(store.ledger.live.at({{1}, {1}, {4}}).number == 4);
  CHECK(store.ledger.live.at({{2}, {1}, {5}}).number == 1);
  for (const auto& [key, record] : store.ledger.live) {
    CHECK(store.disk.inode(store.path(record)) == store.disk.inode(store.path(a)));
  }
  CHECK(mail_files(store.disk).size() == 5);
}

TEST_CASE("equal messages in one batch that the ledger has never seen become links") {
  Store store;
  Batch batch;
  batch.messages = {store.message(1, 1, kMail), store.message(1, 2, kMail),
                    store.message(2, 3, kMail), store.message(2, 4, kMail, "S", kDate + 1)};
  store.commit(batch);
  const auto inode = [&](std::uint32_t in, std::uint32_t uid) {
    return store.disk.inode(store.path(store.ledger.live.at({{in}, {1}, {uid}})));
  };
  CHECK(inode(1, 1) == inode(1, 2));
  CHECK(inode(1, 1) == inode(2, 3));
  CHECK(inode(1, 1) != inode(2, 4));  // another date is another mtime
}

TEST_CASE("where a link cannot be made the bytes are stored again") {
  for (const int code : {EMLINK, EXDEV, EPERM}) {
    Store store;
    const MessageRecord a = store.store(1, 1, kMail);
    store.disk.set_link_error(code);
    const MessageRecord b = store.store(1, 2, kMail);
    CHECK(b.number == 2);
    CHECK(store.disk.inode(store.path(a)) != store.disk.inode(store.path(b)));
    store.disk.power_cut(MemoryDisk::Cut::kLoseNames);
    CHECK(store.disk.files().at(store.path(b)) == kMail);
  }
}

TEST_CASE("a damaged file is not linked to") {
  Store store;
  const MessageRecord a = store.store(1, 1, kMail);
  std::string rotten = kMail;
  rotten[3] = '!';
  store.disk.put(store.path(a), rotten);
  const MessageRecord b = store.store(1, 2, kMail);
  CHECK(store.disk.files().at(store.path(b)) == kMail);
  CHECK(store.bench.log.contains("store.file_differs"));
}

TEST_CASE("a message known by its id alone is a link, or an error when the file is gone") {
  Store store;
  const MessageRecord a = store.store(1, 1, kMail);
  NewMessage known;
  known.folder_path = "Archive";
  known.record = a;
  known.record.key = {{2}, {1}, {1}};
  known.record.decided = Decided::kById;
  known.same_bytes = store.ledger.place(a);
  Batch batch;
  batch.messages = {known};
  store.commit(batch);
  CHECK(store.disk.inode(kRoot + "/Archive" + store.path(a).substr(kRoot.size() + 6)) ==
        store.disk.inode(store.path(a)));

  store.disk.move(store.path(a), store.path(a) + "T");  // a reader's rename is no reason
  batch.messages.front().record.key.uid = {2};
  batch.messages.front().taken_numbers = TakenNumbers::of({1});
  store.commit(batch);

  store.disk.remove(store.path(a) + "T");
  batch.messages.front().record.key.uid = {3};
  const auto failed = store.bench.commit(batch);
  REQUIRE_FALSE(failed);
  CHECK(failed.error().remedy == Remedy::kSkipMessage);
}

TEST_CASE("a name that is there is adopted only when free and equal") {
  Store store;
  const MessageRecord a = store.store(1, 1, kMail);
  SECTION("claimed: the next number") {
    Batch batch;
    batch.messages = {store.message(1, 2, kMail)};
    batch.messages.front().taken_numbers = TakenNumbers::of({1});
    store.commit(batch);
    CHECK(store.ledger.live.at({{1}, {1}, {2}}).number == 2);
  }
  SECTION("unclaimed and equal: adopted") {
    Batch batch;
    batch.messages = {store.message(1, 2, kMail)};
    const auto inode = store.disk.inode(store.path(a));
    store.commit(batch);
    CHECK(store.ledger.live.at({{1}, {1}, {2}}).number == 1);
    CHECK(store.disk.inode(store.path(a)) == inode);
    CHECK(store.bench.log.contains("store.adopted"));
  }
  SECTION("unclaimed, equal and never fsynced: adopted and durable") {
    store.disk.put(store.path(a), kMail, false);
    Batch batch;
    batch.messages = {store.message(1, 2, kMail)};
    store.commit(batch);
    store.disk.power_cut(MemoryDisk::Cut::kLoseNames);
    CHECK(store.disk.files().at(store.path(a)) == kMail);
  }
  SECTION("unclaimed and different: left alone") {
    const std::string other(kMail.size(), 'z');
    store.disk.put(store.path(a), other);
    Batch batch;
    batch.messages = {store.message(1, 2, kMail)};
    store.commit(batch);
    CHECK(store.ledger.live.at({{1}, {1}, {2}}).number == 2);
    CHECK(store.disk.files().at(store.path(a)) == other);
  }
  CHECK(mail_files(store.disk).size() <= 2);
}

TEST_CASE("what nobody claims is looked for until a pass owes nothing, by whichever process") {
  Store store;
  store.store(1, 1, kMail);
  // As a batch that was interrupted leaves it, and a later one after it: beside the letters that
  // the server will tell.
  const auto leave_orphan = [&](const std::string& body) {
    const NewMessage lost = store.message(1, 9, body);
    const std::string path = store.path(lost.record);
    store.bench.store->abandon(lost.incoming);
    store.disk.put(path, body);
  };
  const auto files_of = [&](std::uint32_t uid, const std::string& body) {
    store.store(1, uid, body, "FRS");
    return mail_files(store.disk).size();
  };
  const auto ends_in_order = [&] {
    REQUIRE(store.bench.close());
    store.bench.start();
    REQUIRE(store.bench.open_with(store.ledger));
  };
  const std::string first = kMail + "first";
  const std::string second = kMail + "second";
  const std::string third = kMail + "third";
  leave_orphan(first);
  leave_orphan(second);
  store.bench.stop();  // killed
  store.bench.start();
  REQUIRE(store.bench.open_with(store.ledger));
  CHECK(files_of(2, first) == 3);  // the first mail's, first's, and second's orphan
  ends_in_order();                 // before the other message came again
  CHECK(files_of(3, second) == 3);

  store.bench.store->adoption_is_over({});
  store.bench.workers.pump();
  leave_orphan(third);
  CHECK(files_of(4, third) == 5);  // nobody looks for what cannot be there
  ends_in_order();
  leave_orphan(third + "again");
  CHECK(files_of(5, third + "again") == 7);
}

TEST_CASE("what nobody claims is looked for where its folder has gone") {
  int finished_by_opening = 0;
  for (std::uint64_t n = 1;; ++n) {
    CAPTURE(n);
    Store store;
    const NewMessage lost = store.message(2, 9, kMail, "");
    store.disk.put(store.path(lost.record), kMail);
    const auto next_process = [&] {
      store.bench.start();
      REQUIRE(store.bench.open_with(store.ledger));
    };
    store.bench.stop();  // killed
    next_process();
    store.bench.store->adoption_is_over({"Archive"});  // something is owed there
    store.bench.workers.pump();
    const auto rename = [&] {
      Batch batch;
      batch.renamed_folders.push_back({{2}, {"Old", NameEncoding::kUtf8}, '/', "Archive", "", 0});
      return static_cast<bool>(store.bench.commit_with(store.ledger, batch));
    };
    store.disk.fail_at(n, EIO);
    const bool done = rename();
    store.disk.no_faults();
    if (!done) {
      REQUIRE(store.bench.close());
      next_process();
      const bool renamed = store.ledger.folders.at({2}).path == "Old";
      finished_by_opening += renamed ? 1 : 0;
      if (!renamed) REQUIRE(rename());
    }
    store.store(2, 9, kMail, "FRS");
    CHECK(mail_files(store.disk).size() == 1);
    if (done) break;
  }
  CHECK(finished_by_opening > 0);
}

TEST_CASE("names of a condemned batch that stayed are adopted by whichever process") {
  int stayed = 0;
  for (std::uint64_t n = 1;; ++n) {
    CAPTURE(n);
    Store store;
    Batch batch;
    batch.messages = {store.message(1, 1, kMail, "")};
    store.disk.fail_at(n, EIO, true);
    const bool condemned = !store.bench.commit(batch);
    store.disk.no_faults();
    if (!condemned) break;
    stayed += store.bench.log.contains("store.condemned_names_stay") ? 1 : 0;
    REQUIRE(store.bench.open_with(store.ledger));
    REQUIRE(store.bench.close());  // in order, before the message came again
    store.bench.start();
    REQUIRE(store.bench.open_with(store.ledger));
    store.store(1, 1, kMail, "FRS");
    CHECK(mail_files(store.disk).size() == 1);
  }
  CHECK(stayed > 0);
}

TEST_CASE("space: asked before, watched while streaming, and one message's trouble only") {
  Store store;
  store.bench.options.min_free = 20U << 20;
  REQUIRE(store.bench.close());
  store.bench.start();
  REQUIRE(store.bench.open(store.ledger.store_id));
  store.disk.set_free(30U << 20);
  const auto asked = [&](std::uint64_t needed) {
    return store.bench.wait<Done>(
        [&](auto done) { return store.bench.store->check_space(needed, std::move(done)); });
  };
  CHECK(asked(10U << 20));
  REQUIRE_FALSE(asked((10U << 20) + 1));
  CHECK(asked(UINT64_MAX).error().remedy == Remedy::kRetryLater);

  const NewMessage small = store.message(1, 1, kMail);
  store.bench.message({1}, "INBOX", 2, std::string(40U << 20, 'x'), kDate, "");
  REQUIRE(store.bench.last_durable.error);
  CHECK(store.bench.last_durable.error->remedy == Remedy::kRetryLater);
  CHECK(store.bench.last_durable.error->trouble == Trouble::kStore);
  Batch batch;
  batch.messages = {small};
  store.commit(batch);
  CHECK(mail_files(store.disk).size() == 1);
}

TEST_CASE("streaming tells its backlog and when it has drained") {
  Store store;
  int drained = 0;
  store.bench.store->on_drained([&] { ++drained; });
  const IncomingId incoming = store.bench.store->begin();
  store.bench.store->append(incoming, std::string(1000, 'x'));
  CHECK(store.bench.store->backlog_bytes() == 1000);
  store.bench.store->append(incoming, std::string(500'000, 'x'));
  store.bench.store->append(incoming, std::string(500'000, 'x'));
  CHECK(store.bench.store->backlog_bytes() == 1'001'000);
  CHECK(drained == 0);
  store.bench.workers.pump();
  CHECK(store.bench.store->backlog_bytes() == 0);
  CHECK(drained >= 1);
  store.bench.store->abandon(incoming);
  store.bench.workers.pump();
  const auto tmp = kRoot + "/INBOX/tmp/";
  for (const auto& [path, bytes] : store.disk.files()) {
    CHECK(path.compare(0, tmp.size(), tmp) != 0);
  }
}

TEST_CASE("a message that was cut by closing and opening is never taken for one") {
  Store store;
  const IncomingId incoming = store.bench.store->begin();
  store.bench.store->append(incoming, "first half ");
  store.bench.workers.pump();
  REQUIRE(store.bench.close());
  REQUIRE(store.bench.open(store.ledger.store_id));
  store.bench.store->append(incoming, "second half");
  store.bench.store->end(incoming, kDate);
  const auto durable = store.bench.wait<std::vector<DurableMessage>>(
      [&](auto done) { return store.bench.store->make_durable({incoming}, std::move(done)); });
  REQUIRE(durable);
  CHECK(durable->front().error);
}

TEST_CASE("a message that is given up while it is handed over leaves nothing") {
  Store store;
  MessageStore& under_test = *store.bench.store;
  const IncomingId incoming = under_test.begin();
  under_test.append(incoming, kMail);
  under_test.end(incoming, kDate);
  const auto never = [](const Result<std::vector<DurableMessage>>&) {
    FAIL("a cancelled call answered");
  };
  const bool handed_over = GENERATE(false, true);
  const bool durable = GENERATE(false, true);
  const bool rests = GENERATE(false, true);
  CAPTURE(handed_over, durable, rests);
  if (handed_over) {
    Operation sealing = under_test.make_durable({incoming}, never);
    sealing.cancel();
    if (durable) store.bench.workers.pump();
  }
  under_test.abandon(incoming);
  if (rests) under_test.rest();
  store.bench.workers.pump();
  const auto tmp = kRoot + "/INBOX/tmp/";
  for (const auto& [path, bytes] : store.disk.files()) {
    CHECK(path.compare(0, tmp.size(), tmp) != 0);
  }
  REQUIRE(store.bench.open(store.ledger.store_id));
  store.store(1, 1, kMail);
  CHECK(mail_files(store.disk).size() == 1);
}

TEST_CASE("records that nobody heard of are heard before anything else is recorded") {
  Store store;
  Batch batch;
  batch.messages = {store.message(1, 1, kMail)};
  {
    const Operation dropped = store.bench.store->commit(
        batch, [](const Result<Committed>&) { FAIL("a cancelled call answered"); });
  }
  store.bench.workers.pump();
  Batch next;
  next.messages = {store.message(1, 2, "another")};
  const auto refused = store.bench.commit(next);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().remedy == Remedy::kRetrySoon);
  REQUIRE(store.bench.open_with(store.ledger));
  CHECK(store.ledger.live.size() == 1);
  next.messages = {store.message(1, 2, "another")};
  store.commit(next);
  CHECK(mail_files(store.disk).size() == 2);
}

TEST_CASE("a condemned batch leaves no name behind") {
  int condemned = 0;
  for (std::uint64_t n = 1;; ++n) {
    CAPTURE(n);
    Store store;
    Batch batch;
    batch.messages = {store.message(1, 1, kMail), store.message(2, 2, "another")};
    store.disk.fail_at(n, EIO);
    const auto committed = store.bench.commit(batch);
    store.disk.no_faults();
    if (committed) break;
    ++condemned;
    CHECK(mail_files(store.disk).empty());
    CHECK(store.bench.read(store.ledger.end)->records.empty());
  }
  CHECK(condemned == 8);
}

TEST_CASE("bytes whose fsync failed are not sealed, and not taken for durable at a second try") {
  for (const std::size_t messages : {std::size_t{2}, kSyncTogether}) {
    CAPTURE(messages);
    Store store;
    MessageStore& sealing = *store.bench.store;
    std::vector<IncomingId> ids;
    for (std::size_t i = 0; i < messages; ++i) {
      ids.push_back(sealing.begin());
      sealing.append(ids.back(), "mail " + std::to_string(i));
      sealing.end(ids.back(), kDate);
    }
    sealing.append(sealing.begin(), std::string(100'000, 'x'));  // sends what is before on its way
    store.bench.workers.pump();
    store.disk.fail_at(1, EIO);
    const auto durable = store.bench.wait<std::vector<DurableMessage>>(
        [&](auto done) { return sealing.make_durable(ids, std::move(done)); });
    store.disk.no_faults();
    REQUIRE_FALSE(durable);
    Batch batch;
    NewMessage message;
    message.incoming = ids.front();
    message.folder_path = store.ledger.folders.at({1}).path;
    message.record.key = {{1}, {1}, {1}};
    message.record.identity = {Sha256::of("mail 0"), Xxh3::of("mail 0"), 6, 6};
    batch.messages = {message};
    CHECK_FALSE(store.bench.commit(batch));
    CHECK(mail_files(store.disk).empty());
  }
}

TEST_CASE("what is not a folder's path, or not the received bytes, is refused") {
  Store store;
  Batch batch;
  batch.messages = {store.message(1, 1, kMail)};
  batch.messages.front().folder_path = "../outside";
  CHECK_FALSE(store.bench.commit(batch));
  batch.messages = {store.message(1, 1, kMail)};
  batch.messages.front().record.identity.size += 1;
  CHECK_FALSE(store.bench.commit(batch));
  CHECK(mail_files(store.disk).empty());
}
