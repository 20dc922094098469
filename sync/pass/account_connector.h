// Makes a connection to an account's server, wherever one is needed: waits for its turn at that
// host (ConnectGate), asks for the credentials, opens, and tells their source how the login went.
// What the next try need not suffer from is tried again by itself: a token may have ended before
// its time, and another is asked for as long as its source gives one, which keeps the pace; and
// COMPRESS may break on the way, and is left out then. Everything else is the caller's to decide.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "auth/credentials.h"
#include "sync/imap/source_connection.h"
#include "sync/pass/connect_gate.h"

namespace imapkeep {

class AccountConnector {
 public:
  struct Deps {
    imap::SourceConnection::Deps network;
    CredentialSource& credentials;
    ConnectGate& gate;
  };
  enum class Cure { kNone, kWithoutCompress, kAnotherToken };

  /// `server` outlives it. `compress`: where it is configured and offered.
  AccountConnector(Deps deps, const ServerOptions& server, bool compress = true)
      : deps_(std::move(deps)), server_(server), may_compress_(compress) {}
  AccountConnector(const AccountConnector&) = delete;
  AccountConnector& operator=(const AccountConnector&) = delete;

  /// An open connection, or why the last try failed.
  [[nodiscard]] Operation start(Completion<std::unique_ptr<imap::SourceConnection>> done);
  /// Of a connection that was lost: what the next one need not suffer from. Whoever gave the token
  /// is told, if it is to blame.
  Cure cure_of(const imap::SourceConnection& lost, const Error& error);

  /// Of the last try, without the secret; nothing: there were none to be had.
  [[nodiscard]] const std::optional<Credentials>& used() const { return used_; }
  /// The server hung up where its word on the token was due. The same once more is a verdict on the
  /// token, and not the network's doing.
  [[nodiscard]] bool is_unanswered() const { return is_unanswered_; }
  /// Since this was asked before, a token was refused and another one asked for.
  [[nodiscard]] bool took_another_token() { return std::exchange(took_another_token_, false); }

  // Of the connection that is being opened.
  [[nodiscard]] std::uint64_t bytes_received() const {
    return connection_ ? connection_->bytes_received() : 0;
  }
  void probe() {
    if (connection_) connection_->doubt();
  }

 private:
  void connect();
  void open(Credentials credentials);
  void on_open(const Result<Done>& opened);
  [[nodiscard]] std::string place() const;

  Deps deps_;
  const ServerOptions& server_;
  bool may_compress_;
  bool without_compress_ = false;  ///< it broke a connection
  bool is_unanswered_ = false;
  bool took_another_token_ = false;
  std::optional<Credentials> used_;
  std::unique_ptr<imap::SourceConnection> connection_;
  Operation operation_;
  Pending<std::unique_ptr<imap::SourceConnection>> done_;
};

}  // namespace imapkeep
