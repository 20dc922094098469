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

WatchLines::WatchLines(World world, Events events)
    : world_(std::move(world)), events_(std::move(events)) {
  lines_.push_back(std::make_unique<WatchLine>(world_.server.longest_idle));
}

WatchLine* WatchLines::with_news() {
  for (const auto& line : lines_) {
    const bool is_open = line->connection && !line->is_busy;
    if (line->has_news && is_open && line->folder) return line.get();
  }
  return nullptr;
}

void WatchLines::choose(const WatchChoice& choice, bool first_is_away) {
  if (choice.left_out != left_out_) {
    left_out_ = choice.left_out;
    world_.network.log.warning("more folders are to be watched than connections are opened",
                               {{"left_to_the_sweep", std::to_string(left_out_)}});
  }
  std::vector<std::unique_ptr<WatchLine>> lines;
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
      lines.push_back(std::make_unique<WatchLine>(world_.server.longest_idle));
      lines.back()->folder = choice.folders[i];
    }
  }
  lines_ = std::move(lines);
}

bool WatchLines::tend() {
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
void WatchLines::quiet(WatchLine& line) {
  line.operation.cancel();
  line.watch.reset();
  if (!line.is_busy || line.is_resting) return;
  line.retry.cancel();
  line.connection.reset();
  line.is_busy = false;
}

void WatchLines::connect(WatchLine& line) {
  line.is_busy = true;
  line.operation = world_.gate.enter(world_.server.host, [this, &line](const Result<Done>&) {
    line.operation = world_.credentials.get([this, &line](Result<Credentials> credentials) {
      if (credentials) return open(line, std::move(*credentials));
      failed(line, credentials.error());
    });
  });
}

void WatchLines::open(WatchLine& line, Credentials credentials) {
  // A line that only listens has little to compress, and would keep a window for it in memory.
  ServerOptions server = world_.server;
  server.compress = false;
  line.connection = std::make_unique<imap::Connection>(world_.network, std::move(server));
  Credentials used = credentials;
  used.secret = Secret();
  line.uses_token = used.proof == Credentials::Proof::kAccessToken;
  line.operation = line.connection->open(
      std::move(credentials), [this, &line, used = std::move(used)](const Result<Done>& opened) {
        on_open(line, used, opened);
      });
}

void WatchLines::on_open(WatchLine& line, const Credentials& used, const Result<Done>& opened) {
  if (opened) {
    line.is_busy = false;
    // The token before may have ended, and taken the session with it.
    if (std::exchange(line.generation, used.generation) != used.generation) line.failures = 0;
    world_.credentials.accepted(used);
    return events_.on_news();
  }
  if (tell_token_end(*line.connection, world_.credentials)) {
    // A token may have ended before its time; the next one says whether that was all.
    line.retry = world_.network.timers.after(Duration(0), [this, &line] {
      line.connection.reset();
      connect(line);
    });
    return;
  }
  line.connection.reset();
  failed(line, opened.error());
}

void WatchLines::watch(WatchLine& line) {
  if (!std::exchange(line.is_told, true)) {
    world_.network.log.info("watching", {{"folder", line.folder->display}});
  }
  line.watch = std::make_unique<FolderWatch>(
      FolderWatch::World{*line.connection, world_.network.timers, world_.network.clock,
                         world_.network.random, line.rhythm,
                         world_.network.log.with({{"folder", line.folder->display}})},
      line.folder->name);
  line.operation = line.watch->start(
      line.seen, std::exchange(line.flags_in_doubt, false),
      [this, &line](const Result<FolderNews>& news) { on_watch_ended(line, news); });
}

void WatchLines::on_watch_ended(WatchLine& line, const Result<FolderNews>& news) {
  if (!news) return on_watch_failed(line, news.error());
  line.failures = 0;
  line.reconnects = 0;
  line.announced_at = world_.network.clock.mono_now();
  if (news->arrived || news->changed) line.has_news = true;
  line.has_announced = news->arrived;
  // What was only removed says nothing of what arrives next.
  line.seen = line.has_news ? std::nullopt : line.watch->last_known();
  if (news->removed) events_.on_doubt();
  events_.on_news();
}

void WatchLines::on_watch_failed(WatchLine& line, const Error& error) {
  line.is_busy = true;
  if (error.remedy == Remedy::kSkipMessage) {
    // The folder is not there any more, or not for us: a whole pass finds out.
    world_.network.log.info("folder cannot be watched",
                            {{"folder", line.folder->display}, {"why", error.what}});
    rest(line, kFolderRefused);
    return events_.on_doubt();
  }
  // Whoever asks for a token next gets another, and who gives it keeps the pace: however young the
  // session was, it ended for a reason that another one does not suffer from.
  const bool is_token_over = tell_token_end(*line.connection, world_.credentials);
  // The watch is still on the stack, and needs its connection until it has returned.
  line.is_told = false;
  line.retry = world_.network.timers.after(Duration(0), [this, &line, error, is_token_over] {
    quiet(line);
    line.connection.reset();
    const bool at_once =
        is_token_over || (error.remedy == Remedy::kReconnect && may_reconnect(line));
    if (!at_once) return failed(line, error);
    world_.network.log.info("session is over, another begins",
                            {{"folder", line.folder->display}, {"why", error.what}});
    connect(line);
  });
}

// Sessions end, and folders are numbered anew; a server that does nothing else is given time.
bool WatchLines::may_reconnect(WatchLine& line) {
  const MonoTime now = world_.network.clock.mono_now();
  if (now - line.reconnected_at >= kReconnectsCount) line.reconnects = 0;
  line.reconnected_at = now;
  return line.reconnects++ < kMostReconnects;
}

void WatchLines::failed(WatchLine& line, const Error& error) {
  if (is_first(line)) {
    // A whole pass brings its next connection.
    line.is_busy = false;
    return events_.on_first_lost(error);
  }
  const LogFields fields{{"folder", line.folder->display}, {"why", error.what}};
  if (error.trouble == Trouble::kLogin) {
    // The other connections live on; but a password is not tried once more by each line. A token
    // locks nobody out, and comes back with the next login or renewal.
    if (line.uses_token || world_.credentials.needs_login()) {
      rest(line, kTokenRefused);
    } else {
      login_refused_ = true;
      line.is_busy = false;
    }
    return events_.on_refused(fields);
  }
  const Recovery recovery =
      decide_recovery(error, line.failures++, world_.network.random.next_u64());
  world_.network.log.warning("folder is not watched for now", fields);
  rest(line, recovery.delay);
}

void WatchLines::cried_wolf(WatchLine& line) {
  rest(line, kCriedWolf.delay(line.empty_visits++, world_.network.random.next_u64()));
}

void WatchLines::rest(WatchLine& line, Duration delay) {
  line.is_busy = true;
  line.is_resting = true;
  line.retry = world_.network.timers.after(delay, [this, &line] {
    line.is_busy = false;
    line.is_resting = false;
    events_.on_news();
  });
}

void WatchLines::forgive() {
  login_refused_ = false;
  constexpr auto kSpread = static_cast<std::uint64_t>(Duration(std::chrono::seconds(2)).count());
  for (const auto& line : lines_) {
    line->failures = 0;
    if (!line->is_resting || line->connection) continue;
    const std::uint64_t within = world_.network.random.next_u64() % kSpread;
    rest(*line, Duration(static_cast<std::int64_t>(within)));
  }
}

void WatchLines::probe() {
  for (const auto& line : lines_) {
    if (line->watch) line->watch->probe();
  }
}

void WatchLines::stop() {
  for (const auto& line : lines_) {
    quiet(*line);
    line->retry.cancel();
  }
}

}  // namespace imapkeep
