// MessageStore as a Maildir tree (docs/storage.md). This half lives on the loop and only passes
// work to two strands: on one ArrivingFiles writes what comes, on the other MaildirCore does all
// the rest, so that the disk takes mail in while it is flushed and named. A call that must come
// behind what was appended before it goes through the first strand, then over the loop to the
// second. Jobs of both keep the core, and with it the lock, until they have run. Small messages are
// collected, so that a thousand of them are a few jobs and not a thousand.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "daemon/base/clock.h"
#include "daemon/base/files.h"
#include "daemon/base/log.h"
#include "daemon/base/random.h"
#include "daemon/base/workers.h"
#include "sync/store/message_store.h"
#include "sync/store/options.h"

namespace imapkeep {

class ArrivingFiles;
class MaildirCore;

class MaildirStore final : public MessageStore {
 public:
  /// `host` and `account` as configured; they become part of a store that is made. `files` outlives
  /// every job on the strand.
  MaildirStore(Files& files, Workers& workers, const Clock& clock, Random& random, Log log,
               MaildirOptions options, std::string host, std::string account);
  ~MaildirStore() override;

  [[nodiscard]] Operation open(std::string expected_id, Completion<StoreFacts> done) override;
  [[nodiscard]] Operation read_journal(JournalPosition from,
                                       Completion<JournalChunk> done) override;
  [[nodiscard]] Operation check_space(std::uint64_t needed, Completion<Done> done) override;
  IncomingId begin() override;
  void append(IncomingId incoming, ByteView bytes) override;
  void end(IncomingId incoming, std::int64_t internal_date) override;
  void abandon(IncomingId incoming) override;
  [[nodiscard]] std::size_t backlog_bytes() const override;
  void on_drained(std::function<void()> drained) override;
  [[nodiscard]] Operation make_durable(std::vector<IncomingId> incoming,
                                       Completion<std::vector<DurableMessage>> done) override;
  [[nodiscard]] Operation commit(Batch batch, Completion<Committed> done) override;
  [[nodiscard]] Operation folder_token(std::string folder_path, FolderToken known,
                                       Completion<FolderToken> done) override;
  [[nodiscard]] Operation find_missing(std::string folder_path, std::vector<StoredPlace> places,
                                       Completion<std::vector<StoredPlace>> done) override;
  [[nodiscard]] Operation read_headers(
      std::string folder_path, std::vector<StoredPlace> places,
      Completion<std::vector<std::optional<std::string>>> done) override;
  [[nodiscard]] std::string folder_path(const MailboxName& name, char delimiter) const override;
  [[nodiscard]] Operation purge_gone(int days, Completion<std::uint64_t> done) override;
  void adoption_is_over(std::set<std::string> maybe_unclaimed) override;
  void rest() override;
  [[nodiscard]] Operation close(Completion<Done> done) override;

 private:
  struct Piece {
    IncomingId incoming = 0;
    bool first = false;
    std::string bytes;
    bool ends = false;
  };
  using Pieces = std::vector<Piece>;

  template <class T>
  [[nodiscard]] Operation run(std::function<Result<T>(MaildirCore&)> work, Completion<T> done);
  /// `first` runs behind everything that was appended, then `then` on the loop: whether or not
  /// anybody waits.
  void behind_writes(std::function<void(ArrivingFiles&)> first, std::function<void()> then);
  /// The same, and then `work` on the other strand, whether or not anybody waits; so is `told`
  /// called, before whoever does.
  template <class T>
  [[nodiscard]] Operation run_behind_writes(std::function<void(ArrivingFiles&)> first,
                                            std::function<Result<T>(MaildirCore&)> work,
                                            Completion<T> done,
                                            std::function<void(const T&)> told = nullptr);
  void flush();
  void written(std::uint64_t job, std::size_t bytes);

  const Clock& clock_;
  Random& random_;
  Log log_;
  std::shared_ptr<ArrivingFiles> arriving_;
  std::shared_ptr<MaildirCore> core_;
  IncomingId next_id_ = 1;
  Pieces pieces_;  ///< appended, not yet on the strand
  std::size_t piece_bytes_ = 0;
  std::size_t queued_bytes_ = 0;  ///< on the strand, not yet written
  std::function<void()> drained_;
  bool last_commit_heard_ = true;
  std::uint64_t closings_ = 0;  ///< asked for so far
  std::uint64_t next_job_ = 0;
  std::map<std::uint64_t, Operation> jobs_;  ///< that nobody else waits for
  // Last: they die first, so that no handler finds a half-dead store.
  std::unique_ptr<Strand> writing_;
  std::unique_ptr<Strand> strand_;
};

}  // namespace imapkeep
