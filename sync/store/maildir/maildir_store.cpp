#include "sync/store/maildir/maildir_store.h"

#include "sync/store/maildir/arriving_files.h"
#include "sync/store/maildir/folder_path.h"
#include "sync/store/maildir/maildir_core.h"
#include "sync/store/maildir/noted_work.h"

namespace imapkeep {
namespace {

constexpr std::size_t kBlock = 64U << 10;
constexpr std::size_t kLowWater = 2 * kBlock;

}  // namespace

MaildirStore::MaildirStore(Files& files, Workers& workers, const Clock& clock, Random& random,
                           Log log, MaildirOptions options, std::string host, std::string account)
    : clock_(clock),
      random_(random),
      log_(std::move(log)),
      arriving_(std::make_shared<ArrivingFiles>(options.min_free)),
      core_(std::make_shared<MaildirCore>(files, std::move(options), std::move(host),
                                          std::move(account))),
      writing_(workers.strand(PoolKind::kStore)),
      strand_(workers.strand(PoolKind::kStore)) {}

MaildirStore::~MaildirStore() = default;

template <class T>
Operation MaildirStore::run(std::function<Result<T>(MaildirCore&)> work, Completion<T> done) {
  return run_noted<T, MaildirCore>(*strand_, log_, core_, std::move(work), std::move(done));
}

void MaildirStore::behind_writes(std::function<void(ArrivingFiles&)> first,
                                 std::function<void()> then) {
  flush();
  const std::uint64_t job = next_job_++;
  jobs_[job] = writing_->run(
      [first = std::move(first), arriving = arriving_, core = core_] { first(*arriving); },
      [this, job, then = std::move(then)] {
        const auto next = then;  // dies with the job
        jobs_.erase(job);
        next();
      });
}

template <class T>
Operation MaildirStore::run_behind_writes(std::function<void(ArrivingFiles&)> first,
                                          std::function<Result<T>(MaildirCore&)> work,
                                          Completion<T> done, std::function<void(const T&)> told) {
  const Pending<T> pending(std::move(done));
  behind_writes(std::move(first), [this, work = std::move(work), told = std::move(told), pending] {
    const std::uint64_t job = next_job_++;
    jobs_[job] = run<T>(work, [this, job, told, pending](Result<T> result) {
      const auto waiting = pending;
      if (result && told) told(*result);
      jobs_.erase(job);
      waiting.complete(std::move(result));
    });
  });
  return pending.operation();
}

Operation MaildirStore::open(std::string expected_id, Completion<StoreFacts> done) {
  const std::string new_id = to_hex(random_.next_u64()) + to_hex(random_.next_u64());
  last_commit_heard_ = true;  // opening tells where the journal ends
  return run_behind_writes<OpenedMaildir>(
      [](ArrivingFiles&) {},
      [expected_id = std::move(expected_id), new_id, now = clock_.wall_now()](MaildirCore& core) {
        return core.open(expected_id, new_id, now);
      },
      [done = std::move(done)](Result<OpenedMaildir> opened) {
        done(opened ? Result<StoreFacts>(opened->facts) : opened.error());
      },
      [this, closings = closings_](const OpenedMaildir& opened) {
        if (closings != closings_) return;  // a close was asked for meanwhile
        writing_->post([arriving = arriving_, core = core_, tmp = opened.tmp, anew = opened.anew] {
          if (anew) arriving->clear();
          arriving->attach(tmp);
        });
      });
}

Operation MaildirStore::read_journal(JournalPosition from, Completion<JournalChunk> done) {
  return run<JournalChunk>([from](MaildirCore& core) { return core.read_journal(from); },
                           std::move(done));
}

Operation MaildirStore::check_space(std::uint64_t needed, Completion<Done> done) {
  return run<Done>([needed](MaildirCore& core) { return core.check_space(needed); },
                   std::move(done));
}

IncomingId MaildirStore::begin() {
  pieces_.push_back({next_id_, true, ""});
  return next_id_++;
}

void MaildirStore::append(IncomingId incoming, ByteView bytes) {
  if (bytes.empty()) return;
  if (pieces_.empty() || pieces_.back().incoming != incoming)
    pieces_.push_back({incoming, false, ""});
  pieces_.back().bytes += bytes;
  piece_bytes_ += bytes.size();
  if (piece_bytes_ >= kBlock) flush();
}

/// The date is set when the file gets its name (receiving_place.h).
void MaildirStore::end(IncomingId incoming, std::int64_t) {
  if (pieces_.empty() || pieces_.back().incoming != incoming)
    pieces_.push_back({incoming, false, ""});
  pieces_.back().ends = true;
}

void MaildirStore::flush() {
  if (pieces_.empty()) return;
  const std::size_t bytes = std::exchange(piece_bytes_, 0);
  queued_bytes_ += bytes;
  const std::uint64_t job = next_job_++;
  auto pieces = std::make_shared<Pieces>(std::exchange(pieces_, {}));
  jobs_[job] = writing_->run(
      [arriving = arriving_, core = core_, pieces] {
        for (const Piece& piece : *pieces) {
          if (piece.first) arriving->begin(piece.incoming);
          if (!piece.bytes.empty()) arriving->write(piece.incoming, piece.bytes);
          if (piece.ends) arriving->end(piece.incoming);
        }
        pieces->clear();
      },
      [this, job, bytes] { written(job, bytes); });
}

void MaildirStore::written(std::uint64_t job, std::size_t bytes) {
  const std::size_t before = queued_bytes_;
  queued_bytes_ -= bytes;
  jobs_.erase(job);
  const bool crossed = before > kLowWater && queued_bytes_ <= kLowWater;
  if ((!crossed && queued_bytes_ != 0) || !drained_) return;
  const auto drained = drained_;  // the handler may destroy this store, and its function with it
  drained();
}

// On its way in, or handed over by a job before this one.
void MaildirStore::abandon(IncomingId incoming) {
  const auto was_here = std::make_shared<bool>(false);
  behind_writes([=](ArrivingFiles& arriving) { *was_here = arriving.discard(incoming); },
                [=, this] {
                  if (!*was_here)
                    strand_->post([core = core_, incoming] { core->discard(incoming); });
                });
}

std::size_t MaildirStore::backlog_bytes() const { return piece_bytes_ + queued_bytes_; }

void MaildirStore::on_drained(std::function<void()> drained) { drained_ = std::move(drained); }

Operation MaildirStore::make_durable(std::vector<IncomingId> incoming,
                                     Completion<std::vector<DurableMessage>> done) {
  const auto whole = std::make_shared<Handover>();
  return run_behind_writes<std::vector<DurableMessage>>(
      [whole, incoming = std::move(incoming)](ArrivingFiles& arriving) {
        *whole = arriving.hand_over(incoming);
      },
      [whole](MaildirCore& core) { return core.make_durable(std::move(*whole)); }, std::move(done));
}

Operation MaildirStore::commit(Batch batch, Completion<Committed> done) {
  const bool heard = std::exchange(last_commit_heard_, false);
  auto shared = std::make_shared<Batch>(std::move(batch));
  return run<Committed>(
      [shared, heard, now = clock_.wall_now()](MaildirCore& core) {
        return core.commit(std::move(*shared), now, heard);
      },
      [this, done = std::move(done)](Result<Committed> committed) {
        last_commit_heard_ = true;
        done(std::move(committed));
      });
}

Operation MaildirStore::folder_token(std::string folder_path, FolderToken known,
                                     Completion<FolderToken> done) {
  return run<FolderToken>([path = std::move(folder_path), known = std::move(known)](
                              MaildirCore& core) { return core.folder_token(path, known); },
                          std::move(done));
}

Operation MaildirStore::find_missing(std::string folder_path, std::vector<StoredPlace> places,
                                     Completion<std::vector<StoredPlace>> done) {
  return run<std::vector<StoredPlace>>(
      [path = std::move(folder_path), places = std::move(places)](MaildirCore& core) {
        return core.find_missing(path, places);
      },
      std::move(done));
}

Operation MaildirStore::read_headers(std::string folder_path, std::vector<StoredPlace> places,
                                     Completion<std::vector<std::optional<std::string>>> done) {
  return run<std::vector<std::optional<std::string>>>(
      [path = std::move(folder_path), places = std::move(places)](MaildirCore& core) {
        return core.read_headers(path, places);
      },
      std::move(done));
}

std::string MaildirStore::folder_path(const MailboxName& name, char delimiter) const {
  return imapkeep::folder_path(name, delimiter);
}

Operation MaildirStore::purge_gone(int days, Completion<std::uint64_t> done) {
  return run<std::uint64_t>(
      [days, now = clock_.wall_now()](MaildirCore& core) { return core.purge_gone(days, now); },
      std::move(done));
}

void MaildirStore::adoption_is_over(std::set<std::string> maybe_unclaimed) {
  strand_->post([core = core_, maybe_unclaimed = std::move(maybe_unclaimed)] {
    core->adoption_is_over(maybe_unclaimed);
  });
}

void MaildirStore::rest() {
  behind_writes([](ArrivingFiles& arriving) { arriving.rest(); },
                [this] { strand_->post([core = core_] { core->rest(); }); });
}

Operation MaildirStore::close(Completion<Done> done) {
  ++closings_;
  return run_behind_writes<Done>(
      [](ArrivingFiles& arriving) { arriving.clear(); },
      [now = clock_.wall_now()](MaildirCore& core) { return core.close(now); }, std::move(done));
}

}  // namespace imapkeep
