// The way from a host's name to a session that can be asked something: dial, greeting, TLS, login.
// LoginFlow decides the steps, and here they are done. It exists from the making of a connection
// until the login is over, and takes with it all that only the login needs.
#pragma once

#include <memory>
#include <optional>

#include "daemon/base/dialer.h"
#include "daemon/base/log.h"
#include "daemon/base/timers.h"
#include "sync/imap/login_flow.h"
#include "sync/imap/options.h"
#include "sync/imap/session_end.h"

namespace imapkeep::imap {

class OpeningEvents {
 public:
  virtual ~OpeningEvents() = default;
  /// The connection is there and nothing was read from it yet.
  virtual void on_stream(std::unique_ptr<Stream> stream) = 0;
  /// The session has something to be written.
  virtual void on_output() = 0;
  virtual void on_secured() = 0;
  // The last thing that happens; each may destroy the ConnectionOpening.
  virtual void on_open() = 0;
  virtual void on_opening_failed(Error why) = 0;
};

class ConnectionOpening {
 public:
  struct Deps {
    Dialer& dialer;
    Timers& timers;
    Log log;
    Session& session;
    SessionEnd& end;
    OpeningEvents& events;
  };

  ConnectionOpening(Deps deps, ServerOptions options)
      : deps_(std::move(deps)), options_(std::move(options)) {}

  void begin(Credentials credentials, const Pending<Done>& done);
  /// To whoever asked for the connection.
  void complete(Result<Done> result) const { done_.complete(std::move(result)); }

  [[nodiscard]] bool has_begun() const { return login_.has_value(); }
  [[nodiscard]] LoginFlow& login() { return *login_; }
  void take_step(Result<LoginStep> step);
  /// The server has agreed to STARTTLS: it starts when the session has seen that nothing follows.
  [[nodiscard]] bool tls_granted() const { return tls_granted_; }
  void start_tls(Stream& stream);

 private:
  void dialed(Result<std::unique_ptr<Stream>> stream);
  void tls_started(const Result<Done>& started, const Stream& stream);

  Deps deps_;
  ServerOptions options_;
  std::optional<LoginFlow> login_;
  Pending<Done> done_;
  Operation dialing_;
  Operation starting_tls_;
  Operation deadline_;
  bool tls_granted_ = false;
};

}  // namespace imapkeep::imap
