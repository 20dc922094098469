// StoreReader over a Maildir tree (docs/storage.md). This half lives on the loop and has some
// strands, each with a MaildirReading of its own, which opens the store by itself when a call first
// comes to it. Calls are dealt out to the strands in turn, so that as many files are read at once
// as there are strands.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "daemon/base/files.h"
#include "daemon/base/log.h"
#include "daemon/base/workers.h"
#include "sync/store/maildir/maildir_reading.h"
#include "sync/store/options.h"
#include "sync/store/store_reader.h"

namespace imapkeep {

class MaildirReader final : public StoreReader {
 public:
  /// `files` outlives every job on the strands; `at_once`: how many strands.
  MaildirReader(Files& files, Workers& workers, Log log, const MaildirOptions& options,
                std::size_t at_once = 1);

  [[nodiscard]] Operation open(std::string expected_id, Completion<StoreSummary> done) override;
  [[nodiscard]] Operation read_journal(JournalPosition from,
                                       Completion<JournalChunk> done) override;
  [[nodiscard]] Operation folders(StoreArea area,
                                  Completion<std::vector<std::string>> done) override;
  [[nodiscard]] std::unique_ptr<EntryListing> list(std::string folder_path,
                                                   StoreArea area) override;
  [[nodiscard]] Operation find(std::vector<SoughtMessage> messages,
                               Completion<std::vector<Result<StoredEntry>>> done) override;
  [[nodiscard]] std::unique_ptr<MessageStream> read(BytesPlace place) override;
  [[nodiscard]] Operation check(std::vector<BytesPlace> places,
                                Completion<std::vector<Result<MessageIdentity>>> done) override;
  [[nodiscard]] Operation read_headers(std::vector<BytesPlace> places, std::size_t longest,
                                       Completion<std::vector<Result<HeaderBytes>>> done) override;

 private:
  class Listing;
  class Stream;
  struct ReadingStrand {
    std::shared_ptr<MaildirReading> reading;
    std::unique_ptr<Strand> strand;
  };
  ReadingStrand& next_strand();
  /// Work on one strand, with the store open.
  template <class T>
  [[nodiscard]] Operation run(ReadingStrand& strand,
                              std::function<Result<T>(MaildirReading&, const WantedStore&)> work,
                              Completion<T> done);

  Log log_;
  WantedStore wanted_;
  std::size_t turn_ = 0;
  std::vector<ReadingStrand> strands_;  ///< they stay where they are
};

}  // namespace imapkeep
