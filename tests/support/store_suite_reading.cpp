// Reading: nothing is changed by it, whatever state the store is in, and everything is told.
#include "tests/support/store_suite_bench.h"

namespace imapkeep::store_test {
namespace {

/// Everything that a reader can be asked, of a store that holds kLetter live and kOddLetter kept.
void read_all(SuiteBench& bench, const MessageRecord& live, const MessageRecord& kept,
              const GoneRecord& gone) {
  const Untouched untouched(bench.under);
  CHECK(bench.look().journal_end == bench.ledger.end);
  CHECK(bench.journal().size() >= 4);
  CHECK(bench.folders().size() == 2);
  CHECK(bench.folders(StoreArea::kKept).size() == 1);
  CHECK(bench.list(bench.path(1)).size() == 1);
  CHECK(bench.list_kept(1).size() == 1);
  const auto found_live = bench.find(live);
  const auto found_kept = bench.find(kept, gone);
  REQUIRE(found_live);
  REQUIRE(found_kept);
  CHECK(bench.read(*found_live) == kLetter);
  CHECK(bench.read(*found_kept) == kOddLetter);
  CHECK(bench.check(found_live->place));
  const auto headers = bench.headers({found_live->place, found_kept->place}, 1000);
  CHECK(headers[0]);
  CHECK(headers[1]);
}

struct Read {
  SuiteBench bench;
  MessageRecord live;
  MessageRecord kept;
  GoneRecord gone;

  explicit Read(StoreUnderTest& under) : bench(under) {
    kept = bench.store(1, 1, kOddLetter);
    gone = bench.depart(kept, GoneTo::kKept);
    live = bench.store(1, 2, kLetter);
  }
  void all() { read_all(bench, live, kept, gone); }
};

}  // namespace

std::vector<StoreCase> reading_cases() {
  return {
      {"a reader changes nothing beside a writer that is at work",
       [](StoreUnderTest& under) {
         Read read(under);
         read.all();
         const JournalPosition before = read.bench.look().journal_end;
         const MessageRecord later = read.bench.store(2, 1, "later");
         CHECK(before < read.bench.look().journal_end);  // asked again, it tells what is so now
         CHECK(read.bench.read(later) == "later");
       }},
      {"a reader changes nothing in a store that was closed",
       [](StoreUnderTest& under) {
         Read read(under);
         read.bench.close();
         read.all();
       }},
      {"a reader changes nothing after a writer that was interrupted",
       [](StoreUnderTest& under) {
         Read read(under);
         (void)read.bench.message(1, 3, "on its way");
         const IncomingId half = read.bench.writer.store->begin();
         read.bench.writer.store->append(half, std::string(100'000, 'h'));
         under.work();
         read.bench.kill();
         read.all();
         CHECK_FALSE(read.bench.look().clean);
         read.bench.start();
       }},
      {"a reader changes nothing in a journal whose last line is torn",
       [](StoreUnderTest& under) {
         Read read(under);
         read.bench.kill();
         under.tear_journal();
         read.all();
         CHECK_FALSE(read.bench.look().clean);
         read.bench.start();  // which is the writer's to mend
         CHECK(read.bench.store(1, 4, "after").identity.size == 5);
         CHECK(read.bench.look().journal_end == read.bench.ledger.end);
       }},
      {"a reader needs nothing that can be written",
       [](StoreUnderTest& under) {
         Read read(under);
         read.bench.kill();
         under.tear_journal();
         if (!under.make_read_only()) return;
         read.all();
       }},
      {"the journal is read from any position, in pieces, to its end",
       [](StoreUnderTest& under) {
         SuiteBench bench(under);
         std::vector<JournalPosition> positions{{}};
         std::vector<std::size_t> counts{0};
         std::size_t records = 2;  // the folders
         for (std::uint32_t uid = 1; uid <= 12; ++uid) {
           positions.push_back(bench.ledger.end);
           counts.push_back(records);
           bench.store(1, uid, "mail " + std::to_string(uid));
           ++records;
           if (uid % 4 == 0) {
             bench.kill();
             bench.start();
           }
         }
         bench.look();
         const std::vector<Record> all = bench.journal();
         REQUIRE(all.size() == records);
         for (std::size_t i = 0; i < positions.size(); ++i) {
           const auto rest = bench.journal(positions[i]);
           CHECK(rest == std::vector<Record>(all.begin() + static_cast<std::ptrdiff_t>(counts[i]),
                                             all.end()));
         }
         const auto none = bench.journal_chunk(bench.ledger.end);
         REQUIRE(none);
         CHECK(none->records.empty());
         CHECK(none->at_end);
         CHECK(none->next == bench.ledger.end);
       }},
      {"a long journal comes in pieces that go on where the last one ended",
       [](StoreUnderTest& under) {
         SuiteBench bench(under);
         Batch batch;
         for (std::uint32_t uid = 1; uid <= 9000; ++uid) {
           batch.quarantines.push_back({{{1}, {1}, {uid}}, "why", 0});
         }
         bench.commit(batch);
         bench.look();
         const auto first = bench.journal_chunk({});
         REQUIRE(first);
         CHECK_FALSE(first->at_end);
         CHECK(first->records.size() <= 8192);
         CHECK(bench.journal_of<QuarantineRecord>().size() == 9000);
       }},
      {"a position that no journal of this store has is refused",
       [](StoreUnderTest& under) {
         SuiteBench bench(under);
         bench.look();
         const auto beyond = bench.journal_chunk({bench.ledger.end.segment + 7, 1});
         REQUIRE_FALSE(beyond);
         CHECK(beyond.error().trouble == Trouble::kStore);
       }},
      {"a large folder is listed in pieces, everything once",
       [](StoreUnderTest& under) {
         SuiteBench bench(under);
         Batch batch;
         for (std::uint32_t uid = 1; uid <= 700; ++uid) {
           batch.messages.push_back(bench.message(2, uid, "mail " + std::to_string(uid)));
         }
         bench.commit(batch);
         bench.look();
         const auto entries = bench.list(bench.path(2));
         REQUIRE(entries.size() == 700);
         for (std::size_t i = 1; i < entries.size(); ++i) {
           CHECK(entries[i - 1].place < entries[i].place);
         }
         CHECK(of_kind(entries, StoredEntry::Kind::kMessage).size() == 700);
       }},
      {"what a listing tells can be read, and is what the records say",
       [](StoreUnderTest& under) {
         SuiteBench bench(under);
         for (std::uint32_t uid = 1; uid <= 5; ++uid) {
           bench.store(1, uid, "mail " + std::to_string(uid), uid % 2 == 0 ? "F" : "RS",
                       kThen + uid);
         }
         bench.look();
         const auto entries = bench.list(bench.path(1));
         REQUIRE(entries.size() == 5);
         for (const StoredEntry& entry : entries) {
           REQUIRE(entry.message);
           const auto& record = bench.ledger.live.at(
               {{1}, {1}, {static_cast<std::uint32_t>(entry.message->internal_date - kThen)}});
           CHECK(entry.message->xxh3 == record.identity.xxh3);
           CHECK(entry.message->size == record.identity.size);
           CHECK(entry.message->crlf_size == record.identity.crlf_size);
           CHECK(entry.message->number == record.number);
           CHECK(entry.message->flags.maildir_letters() == record.flags.maildir_letters());
           CHECK(entry.stored_size > 0);
           if (entry.date) CHECK(*entry.date == record.internal_date);
           CHECK(Sha256::of(bench.read(entry)) == record.identity.sha256);
         }
       }},
      {"headers are read up to their end, live and kept",
       [](StoreUnderTest& under) {
         SuiteBench bench(under);
         const MessageRecord live = bench.store(1, 1, "A: b\r\nC: d\r\n\r\nbody\r\n\r\n");
         const MessageRecord bare = bench.store(1, 2, "A: c\n\nbody");
         const MessageRecord all = bench.store(1, 3, "A: d\r\n all of it");
         const MessageRecord none = bench.store(1, 4, "\r\nno header");
         const MessageRecord large =
             bench.store(1, 5, "X: " + std::string(50'000, 'x') + "\r\n\r\nbody");
         const MessageRecord kept = bench.store(1, 6, "K: ept\r\n\r\nbody");
         const GoneRecord gone = bench.depart(kept, GoneTo::kKept);
         bench.look();
         std::vector<BytesPlace> places;
         for (const auto& record : {live, bare, all, none, large}) {
           const auto found = bench.find(record);
           REQUIRE(found);
           places.push_back(found->place);
         }
         const auto found = bench.find(kept, gone);
         REQUIRE(found);
         places.push_back(found->place);
         const auto short_ones = bench.headers(places, 40'000);
         const std::vector<std::string> expected{"A: b\r\nC: d\r\n\r\n", "A: c\n\n",
                                                 "A: d\r\n all of it", "\r\n"};
         for (std::size_t i = 0; i < expected.size(); ++i) {
           REQUIRE(short_ones[i]);
           CHECK(short_ones[i]->bytes == expected[i]);
           CHECK(short_ones[i]->whole);
         }
         REQUIRE(short_ones[4]);
         CHECK_FALSE(short_ones[4]->whole);
         CHECK(short_ones[4]->bytes.size() == 40'000);
         REQUIRE(short_ones[5]);
         CHECK(short_ones[5]->bytes == "K: ept\r\n\r\n");
         const auto long_one = bench.headers({places[4]}, 100'000);
         REQUIRE(long_one[0]);
         CHECK(long_one[0]->whole);
         CHECK(long_one[0]->bytes.size() == 50'007);
       }},
      {"messages are read beside each other",
       [](StoreUnderTest& under) {
         SuiteBench bench(under);
         std::vector<std::string> letters;
         std::vector<std::unique_ptr<MessageStream>> streams;
         std::vector<std::string> read;
         std::vector<bool> ended;
         for (std::uint32_t uid = 1; uid <= 6; ++uid) {
           letters.emplace_back(uid * 50'000, static_cast<char>('a' + uid));
           bench.store(1, uid, letters.back());
         }
         bench.look();
         for (std::uint32_t uid = 1; uid <= 6; ++uid) {
           const auto found = bench.find(bench.ledger.live.at({{1}, {1}, {uid}}));
           REQUIRE(found);
           streams.push_back(bench.reader->read(found->place));
           read.emplace_back();
           ended.push_back(false);
         }
         for (int round = 0; round < 50; ++round) {
           for (std::size_t i = 0; i < streams.size(); ++i) {
             if (ended[i]) continue;
             const auto block = bench.ask<MessageBlock>(
                 [&](auto done) { return streams[i]->next(std::move(done)); });
             REQUIRE(block);
             read[i] += block->bytes;
             ended[i] = block->end.has_value();
           }
         }
         CHECK(read == letters);
       }},
      {"reading that is given up tells nothing more and harms nothing",
       [](StoreUnderTest& under) {
         SuiteBench bench(under);
         const MessageRecord record = bench.store(1, 1, std::string(500'000, 'x'));
         bench.look();
         const auto found = bench.find(record);
         REQUIRE(found);
         bool told = false;
         {
           const auto stream = bench.reader->read(found->place);
           const auto first =
               bench.ask<MessageBlock>([&](auto done) { return stream->next(std::move(done)); });
           REQUIRE(first);
           CHECK_FALSE(first->end);
           const Operation given_up = stream->next([&told](const auto&) { told = true; });
         }
         { const auto never_asked = bench.reader->read(found->place); }
         {
           const auto listing = bench.reader->list(bench.path(1), StoreArea::kLive);
           const Operation given_up = listing->next([&told](const auto&) { told = true; });
         }
         under.work();
         CHECK_FALSE(told);
         CHECK(bench.read(*found).size() == 500'000);
       }},
      {"the writer reads the same headers",
       [](StoreUnderTest& under) {
         SuiteBench bench(under);
         const MessageRecord a = bench.store(1, 1, "A: b\r\n\r\nbody");
         const MessageRecord b = bench.store(1, 2, "X: " + std::string(33'000, 'x') + "\n\nbody");
         const std::vector<StoredPlace> places{bench.ledger.place(a), bench.ledger.place(b)};
         const auto headers = bench.ask<std::vector<std::optional<std::string>>>([&](auto done) {
           return bench.writer.store->read_headers(bench.path(1), places, std::move(done));
         });
         REQUIRE(headers);
         REQUIRE(headers->size() == 2);
         CHECK(headers->at(0) == "A: b\r\n\r\n");
         CHECK_FALSE(headers->at(1));  // longer than 32 KiB
       }},
  };
}

}  // namespace imapkeep::store_test
