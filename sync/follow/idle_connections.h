// The connections of one account between runs, one for each watched folder. The first carries whole
// passes and gets its connection from them; the others are made here. A line waits in a FolderWatch
// until its folder has news, then for somebody to visit. A session that is over is followed by
// another at once; a line that fails is tried again with growing delays, and its folder is left to
// the sweep meanwhile.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "auth/credentials.h"
#include "sync/follow/folder_watch.h"
#include "sync/follow/watch_choice.h"
#include "sync/pass/connect_gate.h"

namespace imapkeep {

struct IdleConnection {
  explicit IdleConnection(Duration longest_idle) : rhythm(longest_idle) {}
  std::optional<WatchedFolder> folder;  ///< none: nothing is watched (the first line)
  std::unique_ptr<imap::SourceConnection> connection;
  std::unique_ptr<FolderWatch> watch;
  std::optional<imap::Examined> seen;  ///< by the last visit
  bool has_news = false;               ///< to be visited
  bool has_announced = false;          ///< … since an arrival was told
  bool flags_in_doubt = false;         ///< the last visit found some changed, see FolderWatch
  unsigned empty_changes = 0;          ///< visits in a row to changes that were none
  bool is_busy = false;                ///< connecting, or waiting to try again
  bool is_resting = false;             ///< busy with waiting: ended by reset_backoff()
  bool uses_token = false;             ///< since its last connection
  std::uint64_t generation = 0;        ///< of the token that it logged in with last
  unsigned empty_visits = 0;           ///< in a row, to what was announced and not there
  bool is_told = false;                ///< that it watches, to the log
  MonoTime announced_at;
  unsigned failures = 0;
  unsigned reconnects = 0;  ///< at once, in a row
  MonoTime reconnected_at;
  IdleRhythm rhythm;
  Operation operation;  // behind watch: it must be cancelled first
  Operation retry;
};

class IdleConnections {
 public:
  struct Deps {
    imap::SourceConnection::Deps network;
    CredentialSource& credentials;
    ConnectGate& gate;
    const ServerOptions& server;
  };
  /// All called from the loop, and none may destroy the lines.
  struct Events {
    std::function<void()> on_news;                    ///< some line has news, or is free again
    std::function<void()> on_doubt;                   ///< a whole pass should look soon
    std::function<void(const Error&)> on_first_lost;  ///< the first line's connection
    std::function<void(LogFields)> on_refused;        ///< another line's login; to be told
  };

  IdleConnections(Deps deps, Events events);
  IdleConnections(const IdleConnections&) = delete;
  IdleConnections& operator=(const IdleConnections&) = delete;

  [[nodiscard]] IdleConnection& first() { return *lines_.front(); }
  [[nodiscard]] bool is_first(const IdleConnection& line) const {
    return &line == lines_.front().get();
  }
  /// One that is to be visited and can be; null: none.
  [[nodiscard]] IdleConnection* with_news();
  [[nodiscard]] const std::vector<std::unique_ptr<IdleConnection>>& all() const { return lines_; }

  /// From now on these; lines of other folders end. `first_is_away`: a long pass has the first
  /// line's connection, and its folder gets one more for so long.
  void choose(const WatchChoice& choice, bool first_is_away = false);
  /// Every line that can watch, watches. False: the first line has no connection to do it with.
  bool tend();
  /// The watch of one line ends without a word, and so does a connection that is being made.
  static void quiet(IdleConnection& line);
  /// Its connection could not be had, or was lost.
  void failed(IdleConnection& line, const Error& error);
  /// It announced mail or changes, and there were none: it is not listened to for a while.
  void penalise_false_news(IdleConnection& line);
  /// Delays start from the beginning, and those under way end.
  void reset_backoff();
  void probe();
  void stop();

 private:
  void rest(IdleConnection& line, Duration delay);
  void connect(IdleConnection& line);
  void open(IdleConnection& line, Credentials credentials);
  void on_open(IdleConnection& line, const Credentials& used, const Result<Done>& opened);
  void watch(IdleConnection& line);
  void on_watch_ended(IdleConnection& line, const Result<FolderNews>& news);
  [[nodiscard]] bool may_reconnect(IdleConnection& line);
  void on_watch_failed(IdleConnection& line, const Error& error);

  Deps deps_;
  Events events_;
  std::vector<std::unique_ptr<IdleConnection>> lines_;
  std::size_t left_out_ = 0;
  bool login_refused_ = false;  ///< no line logs in until forgiven: more would lock the account
};

}  // namespace imapkeep
