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
constexpr Backoff kCriedWolf{std::chrono::seconds(1), std::chrono::minutes(1)};

}  // namespace

IdleConnections::IdleConnections(Deps deps, Events events)
    : deps_(std::move(deps)), events_(std::move(events)) {
  lines_.push_back(std::make_unique<IdleConnection>(deps_.server.longest_idle));
}

IdleConnection* IdleConnections::with_news() {
  for (const auto& line : lines_) {
    const bool is_open = line->connection && !line->is_busy;
    if (line->has_news && is_open && line->folder) return line.get();
  }
  return nullptr;
}

void IdleConnections::choose(const WatchChoice& choice, bool first_is_away) {
  if (choice.left_out != left_out_) {
    left_out_ = choice.left_out;
    deps_.network.log.warning("more folders are to be watched than connections are opened",
                              {{"left_to_the_sweep", std::to_string(left_out_)}});
  }
  std::vector<std::unique_ptr<IdleConnection>> lines;
  lines.push_back(std::move(lines_.front()));
  std::optional<WatchedFolder> folder;
  if (!choice.folders.empty()) folder = choice.folders.front();
  if (lines.front()->folder != folder) lines.front()->seen.reset();
  lines.front()->folder = folder;
  for (std::size_t i = first_is_away ? 0 : 1; i < choice.folders.size(); ++i) {
    const auto kept = std::find_if(lines_.begin(), lines_.end(), [&](const auto& line) {
      return line && line->folder == choice.folders[i];
    });
    if (kept != lines_.end()) {
      lines.push_back(std::move(*kept));
    } else {
      lines.push_back(std::make_unique<IdleConnection>(deps_.server.longest_idle));
      lines.back()->folder = choice.folders[i];
    }
  }
  lines_ = std::move(lines);
}

bool IdleConnections::tend() {
  for (const auto& line : lines_) {
    if (line->is_busy || !line->folder) continue;
    if (line->watch && line->watch->is_over()) quiet(*line);
    if (line->watch) continue;
    if (line->connection) {
      watch(*line);
    } else if (!is_first(*line) && !login_refused_) {
      connect(*line);
    }
  }
  return !first().folder || first().is_busy || first().connection;
}

// In this order: cancelling touches the watch.
void IdleConnections::quiet(IdleConnection& line) {
  line.operation.cancel();
  line.watch.reset();
  if (!line.is_busy || line.is_resting) return;
  line.retry.cancel();
  line.connection.reset();
  line.is_busy = false;
}

void IdleConnections::connect(IdleConnection& line) {
  line.is_busy = true;
  line.operation = deps_.gate.enter(deps_.server.host, [this, &line](const Result<Done>&) {
    line.operation = deps_.credentials.get([this, &line](Result<Credentials> credentials) {
      if (credentials) return open(line, std::move(*credentials));
      failed(line, credentials.error());
    });
  });
}

void IdleConnections::open(IdleConnection& line, Credentials credentials) {
  // A line that only listens has little to compress, and would keep a window for it in memory.
  ServerOptions server = deps_.server;
  server.compress = false;
  line.connection = std::make_unique<imap::SourceConnection>(deps_.network, std::move(server));
  Credentials used = credentials;
  used.secret = Secret();
  line.uses_token = used.proof == Credentials::Proof::kAccessToken;
  line.operation = line.connection->open(
      std::move(credentials), [this, &line, used = std::move(used)](const Result<Done>& opened) {
        on_open(line, used, opened);
      });
}

void IdleConnections::on_open(IdleConnection& line, const Credentials& used,
                              const Result<Done>& opened) {
  if (opened) {
    line.is_busy = false;
    // The token before may have ended, and taken the session with it.
    if (std::exchange(line.generation, used.generation) != used.generation) line.failures = 0;
    deps_.credentials.accepted(used);
    return events_.on_news();
  }
  if (tell_token_end(*line.connection, deps_.credentials)) {
    // A token may have ended before its time; the next one says whether that was all.
    line.retry = deps_.network.timers.soon([this, &line] {
      line.connection.reset();
      connect(line);
    });
    return;
  }
  line.connection.reset();
  failed(line, opened.error());
}

void IdleConnections::watch(IdleConnection& line) {
  if (!std::exchange(line.is_told, true)) {
    deps_.network.log.info("watching", {{"folder", line.folder->display}});
  }
  line.watch = std::make_unique<FolderWatch>(
      FolderWatch::Deps{*line.connection, deps_.network.timers, deps_.network.clock,
                        deps_.network.random, line.rhythm,
                        deps_.network.log.with({{"folder", line.folder->display}})},
      line.folder->name);
  line.operation = line.watch->start(
      line.seen, std::exchange(line.flags_in_doubt, false),
      [this, &line](const Result<FolderNews>& news) { on_watch_ended(line, news); });
}

void IdleConnections::on_watch_ended(IdleConnection& line, const Result<FolderNews>& news) {
  if (!news) return on_watch_failed(line, news.error());
  line.failures = 0;
  line.reconnects = 0;
  line.announced_at = deps_.network.clock.mono_now();
  if (news->arrived || news->changed) line.has_news = true;
  line.has_announced = news->arrived;
  // What was only removed says nothing of what arrives next.
  line.seen = line.has_news ? std::nullopt : line.watch->last_known();
  if (news->removed) events_.on_doubt();
  events_.on_news();
}

void IdleConnections::on_watch_failed(IdleConnection& line, const Error& error) {
  line.is_busy = true;
  if (error.remedy == Remedy::kSkipMessage) {
    // The folder is not there any more, or not for us: a whole pass finds out.
    deps_.network.log.info("folder cannot be watched",
                           {{"folder", line.folder->display}, {"why", error.what}});
    rest(line, kFolderRefused);
    return events_.on_doubt();
  }
  // Whoever asks for a token next gets another, and who gives it keeps the pace: however young the
  // session was, it ended for a reason that another one does not suffer from.
  const bool is_token_over = tell_token_end(*line.connection, deps_.credentials);
  // The watch is still on the stack, and needs its connection until it has returned.
  line.is_told = false;
  line.retry = deps_.network.timers.soon([this, &line, error, is_token_over] {
    quiet(line);
    line.connection.reset();
    const bool at_once =
        is_token_over || (error.remedy == Remedy::kReconnect && may_reconnect(line));
    if (!at_once) return failed(line, error);
    deps_.network.log.info("session is over, another begins",
                           {{"folder", line.folder->display}, {"why", error.what}});
    connect(line);
  });
}

// Sessions end, and folders are numbered anew; a server that does nothing else is given time.
bool IdleConnections::may_reconnect(IdleConnection& line) {
  const MonoTime now = deps_.network.clock.mono_now();
  if (now - line.reconnected_at >= kReconnectsCount) line.reconnects = 0;
  line.reconnected_at = now;
  return line.reconnects++ < kMostReconnects;
}

void IdleConnections::failed(IdleConnection& line, const Error& error) {
  if (is_first(line)) {
    // A whole pass brings its next connection.
    line.is_busy = false;
    return events_.on_first_lost(error);
  }
  const LogFields fields{{"folder", line.folder->display}, {"why", error.what}};
  if (error.trouble == Trouble::kLogin) {
    // The other connections live on; but a password is not tried once more by each line. A token
    // locks nobody out, and comes back with the next login or renewal.
    if (line.uses_token || deps_.credentials.needs_login()) {
      rest(line, kTokenRefused);
    } else {
      login_refused_ = true;
      line.is_busy = false;
    }
    return events_.on_refused(fields);
  }
  const Recovery recovery =
      decide_recovery(error, line.failures++, deps_.network.random.next_u64());
  deps_.network.log.warning("folder is not watched for now", fields);
  rest(line, recovery.delay);
}

void IdleConnections::penalise_false_news(IdleConnection& line) {
  rest(line, kCriedWolf.delay(line.empty_visits++, deps_.network.random.next_u64()));
}

void IdleConnections::rest(IdleConnection& line, Duration delay) {
  line.is_busy = true;
  line.is_resting = true;
  line.retry = deps_.network.timers.after(delay, [this, &line] {
    line.is_busy = false;
    line.is_resting = false;
    events_.on_news();
  });
}

void IdleConnections::reset_backoff() {
  login_refused_ = false;
  constexpr auto kSpread = static_cast<std::uint64_t>(Duration(std::chrono::seconds(2)).count());
  for (const auto& line : lines_) {
    line->failures = 0;
    if (!line->is_resting || line->connection) continue;
    const std::uint64_t within = deps_.network.random.next_u64() % kSpread;
    rest(*line, Duration(static_cast<std::int64_t>(within)));
  }
}

void IdleConnections::probe() {
  for (const auto& line : lines_) {
    if (line->watch) line->watch->probe();
  }
}

void IdleConnections::stop() {
  for (const auto& line : lines_) {
    quiet(*line);
    line->retry.cancel();
  }
}

}  // namespace imapkeep
