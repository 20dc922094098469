// Waits on one open connection until something happens in one folder:
//   EXAMINE → is it as the last visit saw it? → IDLE, or NOOP now and then → news.
// Nothing is lost in between: what comes after EXAMINE has been answered is told by the server, and
// what came before it shows in what EXAMINE says. Flags show there as a mod-sequence only: without
// CONDSTORE (RFC 7162) a visit that found some changed is followed by another, because who has just
// changed one often changes the next. An arrival is told at once; flags and removals
// are gathered for a moment, since they come in heaps. Renewing the IDLE is also the probe for a
// dead connection. Ends once, with news or with the connection's error.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "daemon/base/random.h"
#include "daemon/base/timers.h"
#include "sync/follow/idle_rhythm.h"
#include "sync/imap/source_connection.h"

namespace imapkeep {

struct FolderNews {
  bool arrived = false;
  bool changed = false;  ///< flags
  bool removed = false;
};

class FolderWatch final : public imap::MailboxEvents {
 public:
  struct Deps {
    imap::SourceConnection& connection;
    Timers& timers;
    Clock& clock;
    Random& random;
    IdleRhythm& rhythm;
    Log log;
  };

  FolderWatch(Deps deps, MailboxName folder);
  ~FolderWatch() override;
  FolderWatch(const FolderWatch&) = delete;
  FolderWatch& operator=(const FolderWatch&) = delete;

  /// `seen`: by the last visit; without it, what is there now counts as seen. `flags_in_doubt`:
  /// that visit found flags changed. An error with kSkipMessage is about the folder, any other
  /// about the connection.
  [[nodiscard]] Operation start(std::optional<imap::Examined> seen, bool flags_in_doubt,
                                Completion<FolderNews> done);
  /// Is the connection alive? It has ten seconds to say so; then the watch goes on, or has failed.
  void probe();
  /// It has told its news or its error.
  [[nodiscard]] bool is_over() const { return !done_.wanted(); }
  /// The folder as it was when the watch ended; nothing before EXAMINE was answered.
  [[nodiscard]] std::optional<imap::Examined> last_known() const;

  void on_exists(std::uint64_t count) override;
  void on_expunged() override;
  void on_flags(const imap::MessageFacts& facts) override;
  void on_code(std::string_view code, std::uint64_t number) override;

 private:
  void on_examined(Result<imap::Examined> examined);
  void wait();
  void on_idle_ended(Result<Done> ended);
  void poll_after(Duration delay);
  void on_polled(Result<Done> polled);
  void gather(Duration delay);
  void finish(Result<FolderNews> news);

  Deps deps_;
  MailboxName folder_;
  std::optional<imap::Examined> seen_;
  bool flags_in_doubt_ = false;
  std::optional<imap::Examined> examined_;
  std::uint64_t exists_ = 0;
  FolderNews news_;
  MonoTime idle_since_;
  bool no_idle_ = false;
  bool idle_out_ = false;
  bool renewing_ = false;
  bool gathering_due_ = false;
  Operation operation_;
  Operation renewal_;
  Operation gathering_;
  Pending<FolderNews> done_;
};

}  // namespace imapkeep
