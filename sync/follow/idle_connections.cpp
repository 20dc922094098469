#include "sync/follow/idle_connections.h"

#include <algorithm>
#include <utility>

#include "sync/follow/recovery.h"
#include "sync/pass/token_end.h"

namespace imapkeep {
namespace {

// A folder that cannot be examined is tried again after this; a whole pass may find out sooner.
constexpr Duration kFolderRefused = std::chrono::minutes(5);
constexpr unsigned kMostReconnects = 3;
constexpr Duration kReconnectsCount = std::chrono::minutes(1);
constexpr Duration kTokenRefused = std::chrono::minutes(5);
// What announced mail or changes that were not there is not listened to for so long.
constexpr Backoff kFalseNews{std::chrono::seconds(1), std::chrono::minutes(1)};
constexpr unsigned kBelievedChanges = 3;  // visits in a row that found nothing changed

}  // namespace

IdleConnections::IdleConnections(Deps deps, const ServerOptions& server, Events events)
    : deps_(std::move(deps)), server_(server), events_(std::move(events)) {
  idle_.push_back(std::make_unique<IdleConnection>(server_.longest_idle));
}

IdleConnection* IdleConnections::with_news() {
  for (const auto& idle : idle_) {
    const bool is_free = idle->connection_ && !idle->is_busy_;
    if (idle->has_news_ && is_free && idle->folder_) return idle.get();
  }
  return nullptr;
}

void IdleConnections::choose(const WatchChoice& choice, bool first_is_away) {
  if (choice.left_out != left_out_) {
    left_out_ = choice.left_out;
    deps_.network.log.warning("more folders are to be watched than connections are opened",
                              {{"left_to_the_sweep", std::to_string(left_out_)}});
  }
  std::vector<std::unique_ptr<IdleConnection>> chosen;
  chosen.push_back(std::move(idle_.front()));
  std::optional<WatchedFolder> folder;
  if (!choice.folders.empty()) folder = choice.folders.front();
  if (chosen.front()->folder_ != folder) chosen.front()->seen_.reset();
  chosen.front()->folder_ = folder;
  for (std::size_t i = first_is_away ? 0 : 1; i < choice.folders.size(); ++i) {
    const auto kept = std::find_if(idle_.begin(), idle_.end(), [&](const auto& idle) {
      return idle && idle->folder_ == choice.folders[i];
    });
    if (kept != idle_.end()) {
      chosen.push_back(std::move(*kept));
    } else {
      chosen.push_back(std::make_unique<IdleConnection>(server_.longest_idle));
      chosen.back()->folder_ = choice.folders[i];
    }
  }
  idle_ = std::move(chosen);
}

bool IdleConnections::tend() {
  for (const auto& idle : idle_) {
    if (idle->is_busy_ || !idle->folder_) continue;
    if (idle->watch_ && idle->watch_->is_over()) quiet(*idle);
    if (idle->watch_) continue;
    if (idle->connection_) {
      watch(*idle);
    } else if (!is_first(*idle) && !login_refused_) {
      connect(*idle);
    }
  }
  return !first().folder_ || first().is_busy_ || first().connection_;
}

// In this order: cancelling touches the watch.
void IdleConnections::quiet(IdleConnection& idle) {
  idle.operation_.cancel();
  idle.watch_.reset();
  if (!idle.is_busy_ || idle.is_resting_) return;
  idle.retry_.cancel();
  idle.connector_.reset();
  idle.connection_.reset();
  idle.is_busy_ = false;
}

void IdleConnections::lend(IdleConnection& idle, bool anew) {
  quiet(idle);
  idle.has_news_ = false;
  if (anew) idle.connection_.reset();
}

std::unique_ptr<imap::SourceConnection> IdleConnections::take(IdleConnection& idle) {
  return std::move(idle.connection_);
}

void IdleConnections::give_back(IdleConnection& idle,
                                std::unique_ptr<imap::SourceConnection> connection) {
  idle.connection_ = std::move(connection);
}

void IdleConnections::saw(IdleConnection& idle, const Seen& seen) {
  if (!idle.folder_) return;
  if (auto examined = seen(idle.folder_->id)) idle.seen_ = std::move(examined);
}

void IdleConnections::all_saw(const Seen& seen) {
  for (const auto& idle : idle_) saw(*idle, seen);
}

void IdleConnections::new_ones_saw(const Seen& seen) {
  for (const auto& idle : idle_) {
    if (!idle->watch_ && !idle->seen_) saw(*idle, seen);
  }
}

bool IdleConnections::visited(IdleConnection& idle, const Visited& visit) {
  idle.flags_in_doubt_ = visit.flags > 0;
  if (visit.stored > 0) idle.empty_visits_ = 0;
  if (visit.stored + visit.flags > 0) idle.empty_changes_ = 0;
  if (!visit.error) {
    // Flags that were set back before we looked are ordinary; a server that repeats them is not.
    const bool is_false =
        (visit.stored == 0 && idle.has_announced_) ||
        (visit.stored + visit.flags == 0 && ++idle.empty_changes_ > kBelievedChanges);
    if (is_false)
      rest(idle, kFalseNews.delay(idle.empty_visits_++, deps_.network.random.next_u64()));
    return true;
  }
  const Trouble trouble = visit.error->trouble;
  const bool is_its_own =
      !is_first(idle) && !idle.connection_ &&
      (trouble == Trouble::kServer || trouble == Trouble::kBusy || trouble == Trouble::kLogin);
  if (!is_its_own) return false;
  idle.has_news_ = true;
  failed(idle, *visit.error);
  return true;
}

void IdleConnections::connect(IdleConnection& idle) {
  idle.is_busy_ = true;
  // What only listens has little to compress, and would keep a window for it in memory.
  idle.connector_ = std::make_unique<AccountConnector>(deps_, server_, false);
  idle.operation_ = idle.connector_->start(
      [this, &idle](Result<std::unique_ptr<imap::SourceConnection>> connected) {
        on_connected(idle, std::move(connected));
      });
}

void IdleConnections::on_connected(IdleConnection& idle,
                                   Result<std::unique_ptr<imap::SourceConnection>> connected) {
  const std::optional<Credentials> used = idle.connector_->used();
  if (used) idle.uses_token_ = used->proof == Credentials::Proof::kAccessToken;
  idle.connector_.reset();
  if (!connected) return failed(idle, connected.error());
  idle.connection_ = std::move(*connected);
  idle.is_busy_ = false;
  // The token before may have ended, and taken the session with it.
  if (std::exchange(idle.generation_, used->generation) != used->generation) idle.failures_ = 0;
  events_.on_news();
}

void IdleConnections::watch(IdleConnection& idle) {
  if (!std::exchange(idle.is_told_, true)) {
    deps_.network.log.info("watching", {{"folder", idle.folder_->display}});
  }
  idle.watch_ = std::make_unique<FolderWatch>(
      FolderWatch::Deps{*idle.connection_, deps_.network.timers, deps_.network.clock,
                        deps_.network.random, idle.rhythm_,
                        deps_.network.log.with({{"folder", idle.folder_->display}})},
      idle.folder_->name);
  idle.operation_ = idle.watch_->start(
      idle.seen_, std::exchange(idle.flags_in_doubt_, false),
      [this, &idle](const Result<FolderNews>& news) { on_watch_ended(idle, news); });
}

void IdleConnections::on_watch_ended(IdleConnection& idle, const Result<FolderNews>& news) {
  if (!news) return on_watch_failed(idle, news.error());
  idle.failures_ = 0;
  idle.reconnects_ = 0;
  idle.announced_at_ = deps_.network.clock.mono_now();
  if (news->arrived || news->changed) idle.has_news_ = true;
  idle.has_announced_ = news->arrived;
  // What was only removed says nothing of what arrives next.
  idle.seen_ = idle.has_news_ ? std::nullopt : idle.watch_->last_known();
  if (news->removed) events_.on_doubt();
  events_.on_news();
}

void IdleConnections::on_watch_failed(IdleConnection& idle, const Error& error) {
  idle.is_busy_ = true;
  if (error.remedy == Remedy::kSkipMessage) {
    // The folder is not there any more, or not for us: a whole pass finds out.
    deps_.network.log.info("folder cannot be watched",
                           {{"folder", idle.folder_->display}, {"why", error.what}});
    rest(idle, kFolderRefused);
    return events_.on_doubt();
  }
  // Whoever asks for a token next gets another, and who gives it keeps the pace: however young the
  // session was, it ended for a reason that another one does not suffer from.
  const bool is_token_over = tell_token_end(*idle.connection_, deps_.credentials);
  // The watch is still on the stack, and needs its connection until it has returned.
  idle.is_told_ = false;
  idle.retry_ = deps_.network.timers.soon([this, &idle, error, is_token_over] {
    quiet(idle);
    idle.connection_.reset();
    const bool at_once =
        is_token_over || (error.remedy == Remedy::kReconnect && may_reconnect(idle));
    if (!at_once) return failed(idle, error);
    deps_.network.log.info("session is over, another begins",
                           {{"folder", idle.folder_->display}, {"why", error.what}});
    connect(idle);
  });
}

// Sessions end, and folders are numbered anew; a server that does nothing else is given time.
bool IdleConnections::may_reconnect(IdleConnection& idle) {
  const MonoTime now = deps_.network.clock.mono_now();
  if (now - idle.reconnected_at_ >= kReconnectsCount) idle.reconnects_ = 0;
  idle.reconnected_at_ = now;
  return idle.reconnects_++ < kMostReconnects;
}

void IdleConnections::failed(IdleConnection& idle, const Error& error) {
  if (is_first(idle)) {
    // A whole pass brings its next connection.
    idle.is_busy_ = false;
    return events_.on_first_lost(error);
  }
  const LogFields fields{{"folder", idle.folder_->display}, {"why", error.what}};
  if (error.trouble == Trouble::kLogin) {
    // The other connections live on; but a password is not tried once more by each of them. A token
    // locks nobody out, and comes back with the next login or renewal.
    if (idle.uses_token_ || deps_.credentials.needs_login()) {
      rest(idle, kTokenRefused);
    } else {
      login_refused_ = true;
      idle.is_busy_ = false;
    }
    return events_.on_refused(fields);
  }
  const Recovery recovery =
      decide_recovery(error, idle.failures_++, deps_.network.random.next_u64());
  deps_.network.log.warning("folder is not watched for now", fields);
  rest(idle, recovery.delay);
}

void IdleConnections::rest(IdleConnection& idle, Duration delay) {
  idle.is_busy_ = true;
  idle.is_resting_ = true;
  idle.retry_ = deps_.network.timers.after(delay, [this, &idle] {
    idle.is_busy_ = false;
    idle.is_resting_ = false;
    events_.on_news();
  });
}

void IdleConnections::reset_backoff() {
  login_refused_ = false;
  constexpr auto kSpread = static_cast<std::uint64_t>(Duration(std::chrono::seconds(2)).count());
  for (const auto& idle : idle_) {
    idle->failures_ = 0;
    if (!idle->is_resting_ || idle->connection_) continue;
    const std::uint64_t within = deps_.network.random.next_u64() % kSpread;
    rest(*idle, Duration(static_cast<std::int64_t>(within)));
  }
}

void IdleConnections::probe() {
  for (const auto& idle : idle_) {
    if (idle->watch_) idle->watch_->probe();
  }
}

void IdleConnections::stop() {
  for (const auto& idle : idle_) {
    quiet(*idle);
    idle->retry_.cancel();
  }
}

void IdleConnections::close() {
  for (const auto& idle : idle_) idle->connection_.reset();
}

}  // namespace imapkeep
