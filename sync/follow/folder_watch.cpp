#include "sync/follow/folder_watch.h"

#include <utility>

#include "sync/imap/capabilities.h"

namespace imapkeep {
namespace {

constexpr Duration kPoll = std::chrono::seconds(60);  // where there is no IDLE
// Flags and removals come in heaps; what EXAMINE shows to be different is not hurried either, so
// that a server whose numbers never agree cannot make us spin.
constexpr Duration kGatherChanges = std::chrono::milliseconds(500);
constexpr Duration kGatherDifference = std::chrono::milliseconds(200);
// An IDLE that ends by itself sooner than this is not one to rely on.
constexpr Duration kShortIdle = std::chrono::seconds(5);

bool same_mail(const imap::Examined& a, const imap::Examined& b) {
  return a.uid_validity == b.uid_validity && a.uid_next == b.uid_next && a.exists == b.exists;
}

}  // namespace

FolderWatch::FolderWatch(Deps deps, MailboxName folder)
    : deps_(std::move(deps)), folder_(std::move(folder)) {}

FolderWatch::~FolderWatch() {
  if (done_.wanted()) deps_.connection.set_events(nullptr);
}

Operation FolderWatch::start(std::optional<imap::Examined> seen, bool flags_in_doubt,
                             Completion<FolderNews> done) {
  seen_ = seen;
  flags_in_doubt_ = flags_in_doubt;
  done_ = Pending<FolderNews>(std::move(done));
  Operation operation = done_.operation([this] {
    deps_.connection.set_events(nullptr);
    operation_.cancel();
    renewal_.cancel();
    gathering_.cancel();
  });
  deps_.connection.set_events(this);
  operation_ = deps_.connection.examine(
      folder_, [this](Result<imap::Examined> examined) { on_examined(std::move(examined)); });
  return operation;
}

void FolderWatch::on_examined(Result<imap::Examined> examined) {
  if (!examined) return finish(examined.error());
  examined_ = *examined;
  exists_ = examined->exists;
  if (seen_ && !same_mail(*seen_, *examined)) {
    news_.arrived = true;
    news_.removed = examined->exists < seen_->exists;
    gather(kGatherDifference);
  } else if ((seen_ && seen_->highest_mod_seq != examined->highest_mod_seq) ||
             (flags_in_doubt_ && examined->highest_mod_seq == ModSeq{})) {
    news_.changed = true;
    gather(kGatherChanges);
  }
  wait();
}

void FolderWatch::wait() {
  if (no_idle_ || !deps_.connection.capabilities().has("IDLE")) return poll_after(kPoll);
  idle_since_ = deps_.clock.mono_now();
  idle_out_ = true;
  renewing_ = false;
  operation_ = deps_.connection.idle([this](Result<Done> ended) { on_idle_ended(ended); });
  renewal_ = deps_.timers.after(deps_.rhythm.next(deps_.random.next_u64()), [this] { probe(); });
}

void FolderWatch::probe() {
  if (is_over()) return;
  if (!examined_) return deps_.connection.doubt();
  if (!idle_out_) return poll_after(Duration(0));
  renewing_ = true;
  deps_.connection.end_idle();
}

void FolderWatch::on_idle_ended(Result<Done> ended) {
  idle_out_ = false;
  renewal_.cancel();
  if (!ended && ended.error().remedy == Remedy::kSkipMessage) {
    deps_.log.info("the server refuses IDLE; it is asked every minute instead",
                   {{"why", ended.error().what}});
    no_idle_ = true;
    return poll_after(kPoll);
  }
  if (!ended) {
    if (renewing_) deps_.rhythm.found_dead();
    return finish(ended.error());
  }
  if (renewing_) {
    deps_.rhythm.renewed();
    return wait();
  }
  // The server ended it of its own accord.
  if (deps_.clock.mono_now() - idle_since_ < kShortIdle) return poll_after(kPoll);
  wait();
}

void FolderWatch::poll_after(Duration delay) {
  operation_ = deps_.timers.after(delay, [this] {
    operation_ = deps_.connection.noop([this](Result<Done> polled) { on_polled(polled); });
  });
}

void FolderWatch::on_polled(Result<Done> polled) {
  if (!polled) return finish(polled.error());
  wait();
}

void FolderWatch::on_exists(std::uint64_t count) {
  if (!examined_) return;  // EXAMINE will say it
  // After a VANISHED of many the count we keep is too high: then any number is news.
  const bool more = count > exists_ || news_.removed;
  const bool fewer = count < exists_;
  exists_ = count;
  if (!more && fewer) {  // a server that announces removals by the count alone
    news_.removed = true;
    return gather(kGatherChanges);
  }
  if (!more) return;
  news_.arrived = true;
  finish(news_);
}

void FolderWatch::on_expunged() {
  if (!examined_) return;
  exists_ -= exists_ > 0 ? 1 : 0;
  news_.removed = true;
  gather(kGatherChanges);
}

void FolderWatch::on_flags(const imap::MessageFacts& /*facts*/) {
  if (!examined_) return;
  news_.changed = true;
  gather(kGatherChanges);
}

// What EXAMINE said does not hold any more; some servers say so before, or instead of, the rest.
void FolderWatch::on_code(std::string_view code, std::uint64_t number) {
  if (!examined_) return;
  const bool other_mailbox =
      code == "CLOSED" || (code == "UIDVALIDITY" && number != examined_->uid_validity.value);
  const bool changed = code == "HIGHESTMODSEQ" && examined_->highest_mod_seq.value < number;
  if (!other_mailbox && !changed) return;
  news_.changed = true;
  gather(kGatherChanges);
}

void FolderWatch::gather(Duration delay) {
  if (gathering_due_) return;
  gathering_due_ = true;
  gathering_ = deps_.timers.after(delay, [this] { finish(news_); });
}

std::optional<imap::Examined> FolderWatch::last_known() const {
  auto known = examined_;
  if (known) known->exists = exists_;
  return known;
}

void FolderWatch::finish(Result<FolderNews> news) {
  deps_.connection.set_events(nullptr);
  operation_.cancel();
  renewal_.cancel();
  gathering_.cancel();
  done_.complete(std::move(news));
}

}  // namespace imapkeep
