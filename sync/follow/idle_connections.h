// The connections of one account between runs, one for each watched folder. The first carries whole
// passes and gets its connection from them; the others are made here. Each waits in a FolderWatch
// until its folder has news, then for somebody to visit the folder over it. A session that is over
// is followed by another at once; one that fails is tried again with growing delays, and its folder
// is left to the sweep meanwhile. What a visit found is told here, since it decides how much an
// announcement is believed.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sync/follow/folder_watch.h"
#include "sync/follow/watch_choice.h"
#include "sync/pass/account_connector.h"

namespace imapkeep {

/// One of them; only IdleConnections changes it.
class IdleConnection {
 public:
  explicit IdleConnection(Duration longest_idle) : rhythm_(longest_idle) {}
  /// None: nothing is watched (the first one).
  [[nodiscard]] const std::optional<WatchedFolder>& folder() const { return folder_; }
  [[nodiscard]] bool is_open() const { return connection_ != nullptr; }
  /// When its folder's last news came.
  [[nodiscard]] MonoTime announced_at() const { return announced_at_; }

 private:
  friend class IdleConnections;

  std::optional<WatchedFolder> folder_;
  std::unique_ptr<AccountConnector> connector_;  ///< while it is being made
  std::unique_ptr<imap::SourceConnection> connection_;
  std::unique_ptr<FolderWatch> watch_;
  std::optional<imap::Examined> seen_;  ///< by the last visit
  bool has_news_ = false;               ///< to be visited
  bool has_announced_ = false;          ///< … since an arrival was told
  bool flags_in_doubt_ = false;         ///< the last visit found some changed, see FolderWatch
  bool is_busy_ = false;                ///< connecting, or waiting to try again
  bool is_resting_ = false;             ///< busy with waiting: ended by reset_backoff()
  bool uses_token_ = false;             ///< since its last connection
  bool is_told_ = false;                ///< that it watches, to the log
  std::uint64_t generation_ = 0;        ///< of the token that it logged in with last
  unsigned empty_changes_ = 0;          ///< visits in a row to changes that were none
  unsigned empty_visits_ = 0;           ///< in a row, to what was announced and not there
  unsigned failures_ = 0;
  unsigned reconnects_ = 0;  ///< at once, in a row
  MonoTime announced_at_;
  MonoTime reconnected_at_;
  IdleRhythm rhythm_;
  Operation operation_;  // behind watch_: it must be cancelled first
  Operation retry_;
};

class IdleConnections {
 public:
  using Deps = AccountConnector::Deps;
  /// All called from the loop, and none may destroy the connections.
  struct Events {
    std::function<void()> on_news;                    ///< one has news, or is free again
    std::function<void()> on_doubt;                   ///< a whole pass should look soon
    std::function<void(const Error&)> on_first_lost;  ///< the first one
    std::function<void(LogFields)> on_refused;        ///< another one's login; to be told
  };
  /// What a visit over one of them has come to.
  struct Visited {
    std::uint64_t stored = 0;
    std::uint64_t flags = 0;  ///< changes of flags
    std::optional<Error> error;
  };

  /// `server` outlives them.
  IdleConnections(Deps deps, const ServerOptions& server, Events events);
  IdleConnections(const IdleConnections&) = delete;
  IdleConnections& operator=(const IdleConnections&) = delete;

  [[nodiscard]] IdleConnection& first() { return *idle_.front(); }
  /// One that is to be visited and can be; null: none.
  [[nodiscard]] IdleConnection* with_news();

  /// From now on these folders; connections of others end. `first_is_away`: a long pass has the
  /// first connection, and its folder gets one more for so long.
  void choose(const WatchChoice& choice, bool first_is_away = false);
  /// Every connection that can watch, watches. False: the first one is missing.
  bool tend();

  /// A run is to have it: its watch ends without a word, and so does a connection that is being
  /// made. `anew`: the run is to have another one.
  static void lend(IdleConnection& idle, bool anew = false);
  /// Null: the run makes its own.
  [[nodiscard]] static std::unique_ptr<imap::SourceConnection> take(IdleConnection& idle);
  static void give_back(IdleConnection& idle, std::unique_ptr<imap::SourceConnection> connection);
  /// It was lent and not visited.
  static void put_off(IdleConnection& idle) { idle.has_news_ = true; }
  using Seen = std::function<std::optional<imap::Examined>(FolderId)>;
  /// What a run saw of its folder: any difference from that is news.
  static void saw(IdleConnection& idle, const Seen& seen);
  void all_saw(const Seen& seen);
  /// The same for those that do not know yet what was seen last.
  void new_ones_saw(const Seen& seen);
  /// False: the visit's error is trouble of the whole account.
  [[nodiscard]] bool visited(IdleConnection& idle, const Visited& visit);

  /// Delays start from the beginning, and those under way end.
  void reset_backoff();
  void probe();
  void stop();
  void close();

 private:
  [[nodiscard]] bool is_first(const IdleConnection& idle) const {
    return &idle == idle_.front().get();
  }
  static void quiet(IdleConnection& idle);
  void rest(IdleConnection& idle, Duration delay);
  void connect(IdleConnection& idle);
  void on_connected(IdleConnection& idle,
                    Result<std::unique_ptr<imap::SourceConnection>> connected);
  void watch(IdleConnection& idle);
  void on_watch_ended(IdleConnection& idle, const Result<FolderNews>& news);
  [[nodiscard]] bool may_reconnect(IdleConnection& idle);
  void on_watch_failed(IdleConnection& idle, const Error& error);
  void failed(IdleConnection& idle, const Error& error);

  Deps deps_;
  const ServerOptions& server_;
  Events events_;
  std::vector<std::unique_ptr<IdleConnection>> idle_;
  std::size_t left_out_ = 0;
  bool login_refused_ = false;  ///< none logs in until reset_backoff(): more would lock the account
};

}  // namespace imapkeep
