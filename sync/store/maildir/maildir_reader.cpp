#include "sync/store/maildir/maildir_reader.h"

#include <algorithm>
#include <utility>

#include "sync/store/maildir/noted_work.h"

namespace imapkeep {

template <class T>
Operation MaildirReader::run(ReadingStrand& strand,
                             std::function<Result<T>(MaildirReading&, const WantedStore&)> work,
                             Completion<T> done) {
  return run_noted<T, MaildirReading>(
      *strand.strand, log_, strand.reading,
      [work = std::move(work), wanted = wanted_](MaildirReading& reading) {
        return work(reading, wanted);
      },
      std::move(done));
}

class MaildirReader::Listing final : public EntryListing {
 public:
  Listing(MaildirReader& reader, ReadingStrand& strand, std::string folder_path, StoreArea area)
      : reader_(reader),
        strand_(strand),
        folder_path_(folder_path),
        listing_(std::make_shared<FolderListing>(std::move(folder_path), area)) {}

  Operation next(Completion<std::vector<StoredEntry>> done) override {
    return reader_.run<std::vector<StoredEntry>>(
        strand_,
        [listing = listing_, path = folder_path_](MaildirReading& reading,
                                                  const WantedStore& wanted) {
          return reading.list(wanted, *listing, path);
        },
        std::move(done));
  }

 private:
  MaildirReader& reader_;
  ReadingStrand& strand_;
  std::string folder_path_;
  std::shared_ptr<FolderListing> listing_;
};

class MaildirReader::Stream final : public MessageStream {
 public:
  Stream(MaildirReader& reader, ReadingStrand& strand, BytesPlace place)
      : reader_(reader), strand_(strand), place_(std::move(place)) {}

  Operation next(Completion<MessageBlock> done) override {
    return reader_.run<MessageBlock>(
        strand_,
        [bytes = bytes_, place = place_](MaildirReading& reading, const WantedStore& wanted) {
          return reading.read(wanted, place, *bytes);
        },
        std::move(done));
  }

 private:
  MaildirReader& reader_;
  ReadingStrand& strand_;
  BytesPlace place_;
  std::shared_ptr<std::optional<MessageBytes>> bytes_ =
      std::make_shared<std::optional<MessageBytes>>();
};

MaildirReader::MaildirReader(Files& files, Workers& workers, Log log, const MaildirOptions& options,
                             std::size_t at_once)
    : log_(std::move(log)) {
  for (std::size_t i = 0; i < std::max<std::size_t>(at_once, 1); ++i) {
    strands_.push_back(
        {std::make_shared<MaildirReading>(files, options.path), workers.strand(PoolKind::kStore)});
  }
}

MaildirReader::ReadingStrand& MaildirReader::next_strand() {
  return strands_[turn_++ % strands_.size()];
}

Operation MaildirReader::open(std::string expected_id, Completion<StoreSummary> done) {
  wanted_ = {std::move(expected_id), wanted_.opening + 1};
  return run<StoreSummary>(
      next_strand(),
      [](MaildirReading& reading, const WantedStore& wanted) { return reading.open(wanted); },
      [this, opening = wanted_.opening, done = std::move(done)](Result<StoreSummary> opened) {
        // The other strands must not open another store that has come there since.
        if (opened && opening == wanted_.opening) wanted_.expected_id = opened->store_id;
        done(std::move(opened));
      });
}

Operation MaildirReader::read_journal(JournalPosition from, Completion<JournalChunk> done) {
  return run<JournalChunk>(
      next_strand(),
      [from](MaildirReading& reading, const WantedStore& wanted) {
        return reading.read_journal(wanted, from);
      },
      std::move(done));
}

Operation MaildirReader::folders(StoreArea area, Completion<std::vector<std::string>> done) {
  return run<std::vector<std::string>>(
      next_strand(),
      [area](MaildirReading& reading, const WantedStore& wanted) {
        return reading.folders(wanted, area);
      },
      std::move(done));
}

std::unique_ptr<EntryListing> MaildirReader::list(std::string folder_path, StoreArea area) {
  return std::make_unique<Listing>(*this, next_strand(), std::move(folder_path), area);
}

Operation MaildirReader::find(std::vector<SoughtMessage> messages,
                              Completion<std::vector<Result<StoredEntry>>> done) {
  return run<std::vector<Result<StoredEntry>>>(
      next_strand(),
      [messages = std::move(messages)](MaildirReading& reading, const WantedStore& wanted) {
        return reading.find(wanted, messages);
      },
      std::move(done));
}

std::unique_ptr<MessageStream> MaildirReader::read(BytesPlace place) {
  return std::make_unique<Stream>(*this, next_strand(), std::move(place));
}

Operation MaildirReader::check(std::vector<BytesPlace> places,
                               Completion<std::vector<Result<MessageIdentity>>> done) {
  return run<std::vector<Result<MessageIdentity>>>(
      next_strand(),
      [places = std::move(places)](MaildirReading& reading, const WantedStore& wanted) {
        return reading.check(wanted, places);
      },
      std::move(done));
}

Operation MaildirReader::read_headers(std::vector<BytesPlace> places, std::size_t longest,
                                      Completion<std::vector<Result<HeaderBytes>>> done) {
  return run<std::vector<Result<HeaderBytes>>>(
      next_strand(),
      [places = std::move(places), longest](MaildirReading& reading, const WantedStore& wanted) {
        return reading.read_headers(wanted, places, longest);
      },
      std::move(done));
}

}  // namespace imapkeep
