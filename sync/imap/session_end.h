// What the end of a session means: how soon another one may be begun, and whether the token that it
// began with is to blame. A server says this in BYE, in the reply to any command, in its answer to
// the login, or not at all, by hanging up. Pure: it is told what happened and when.
#pragma once

#include <memory>

#include "auth/credentials.h"
#include "sync/imap/login_flow.h"
#include "sync/imap/responses.h"
#include "sync/imap/session_span.h"

namespace imapkeep::imap {

class SessionEnd {
 public:
  /// The session is to begin with these.
  void begins_with(const Credentials& credentials);
  /// The login is over.
  void is_ready(MonoTime now) { span_.ready = now; }

  /// COMPRESS was asked for: until something complete has come behind it, a connection that is lost
  /// is lost because of it.
  void doubt_compress() { compress_in_doubt_ = true; }
  void trust_compress() { compress_in_doubt_ = false; }
  [[nodiscard]] bool compress_in_doubt() const { return compress_in_doubt_; }

  /// The server has ended the session with these words. `login`: the one that is under way, or
  /// null; here and below.
  Error ended_by(const StatusResponse& said, const LoginFlow* login, MonoTime now);
  /// The server has hung up without a word.
  void hung_up(const LoginFlow* login);
  /// It is lost, for whatever reason: the error as its reader is to see it.
  Error lost(Error why, const LoginFlow* login, MonoTime now);

  [[nodiscard]] bool uses_token() const { return token_ != nullptr; }
  /// Null: that is not why the session ended.
  [[nodiscard]] const Credentials* refused_token() const {
    return is_refused_ ? token_.get() : nullptr;
  }
  [[nodiscard]] const Credentials* unanswered_token() const {
    return is_unanswered_ ? token_.get() : nullptr;
  }
  [[nodiscard]] bool broke_by_compress() const { return broke_by_compress_; }

 private:
  SessionSpan span_;
  std::unique_ptr<const Credentials> token_;  ///< without the secret; null: a password
  bool is_refused_ = false;
  bool is_unanswered_ = false;
  bool compress_in_doubt_ = false;
  bool broke_by_compress_ = false;
};

}  // namespace imapkeep::imap
