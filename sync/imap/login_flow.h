// The way from the greeting to a session that a mirror can use, as a pure machine: it is told what
// the server said and names the next step. Greeting → [CAPABILITY] → [STARTTLS → TLS → CAPABILITY]
// → AUTHENTICATE or LOGIN (a mechanism that is offered and then not known: the next one)
// → [CAPABILITY] → [ID, ENABLE CONDSTORE, NAMESPACE, COMPRESS] at
// once; what is not offered is not asked. COMPRESS is the last of them, because nothing may
// follow it before its reply (RFC 4978 §3).
//
// PREAUTH (logged in without a password) is accepted only with TlsMode::kNone, that is through a
// local tunnel whose other end the operator chose. Over TLS nobody has proved that the mailbox is
// the account's, and mirroring the wrong one would look like a mass deletion; in clear text before
// STARTTLS it is the known way around TLS (CVE-2020-14093). A password or a token is sent only
// over TLS or with TlsMode::kNone.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/credentials.h"
#include "auth/sasl.h"
#include "sync/imap/capabilities.h"
#include "sync/imap/options.h"
#include "sync/imap/session.h"

namespace imapkeep::imap {

struct LoginCommand {
  Command command;
  Effect effect = Effect::kNone;
};

struct LoginStep {
  enum class Kind { kSend, kAnswer, kWait, kStartTls, kFinished } kind;
  std::vector<LoginCommand> commands;  ///< kSend: each will get its reply
  std::string answer;                  ///< kAnswer: a whole line
};

class LoginFlow {
 public:
  /// `compress`: COMPRESS=DEFLATE is wanted where it is offered.
  LoginFlow(TlsMode tls, Credentials credentials, SaslPeer peer = {}, bool compress = false);

  /// Each is called when it happened, `known` being what the session knows at that moment. An Error
  /// ends the connection.
  Result<LoginStep> greeted(const StatusResponse& greeting, const Capabilities& known);
  Result<LoginStep> replied(const StatusResponse& reply, const Capabilities& known);
  Result<LoginStep> challenged(std::string_view text);
  /// Untagged, and for a person: it says more than the refusal that often follows.
  void alerted(const std::string& alert) { alert_ = alert; }
  /// TLS has been established after kStartTls.
  Result<LoginStep> secured();

  /// For errors: "logging in".
  [[nodiscard]] std::string_view doing() const;
  /// The server has refused the token itself, in a challenge or in its reply, and not for reasons
  /// that pass.
  [[nodiscard]] bool has_refused_token() const;
  /// A token has been shown, and the server has not said yet what it thinks of it.
  [[nodiscard]] bool awaits_verdict() const;
  /// Texts of the server may be shown: they came over the channel that was asked for.
  [[nodiscard]] bool trusts_channel() const { return secure_ || tls_ == TlsMode::kNone; }

 private:
  enum class Stage {
    kGreeting,
    kCapabilitiesBefore,
    kStartTls,
    kTls,
    kLogin,
    kCapabilitiesAfter,
    kSettingUp,
    kFinished,
  };

  Result<LoginStep> before_login(const Capabilities& known);
  Result<LoginStep> log_in(const Capabilities& known);
  Result<LoginStep> begin_login(const std::string& mechanism, const Capabilities& known);
  Result<LoginStep> begin_sasl(const std::string& mechanism, const Capabilities& known);
  std::optional<Result<LoginStep>> another_way(const StatusResponse& reply,
                                               const Capabilities& known);
  Result<LoginStep> login_replied(const StatusResponse& reply, const Capabilities& known);
  Result<LoginStep> logged_in(const Capabilities& known);
  LoginStep set_up(const Capabilities& known);
  LoginStep finish();
  LoginStep send(Stage stage, Command command, Effect effect = Effect::kNone);

  TlsMode tls_;
  Credentials credentials_;
  SaslPeer peer_;
  std::unique_ptr<SaslMechanism> sasl_;
  Stage stage_ = Stage::kGreeting;
  bool secure_;
  bool compress_;
  std::size_t awaited_ = 0;          ///< replies, while setting up
  bool asked_capabilities_ = false;  ///< since the greeting, TLS or login, whichever was last
  bool proof_sent_ = false;
  bool may_say_again_ = false;  ///< the initial response stood in the command, and nothing followed
  bool mechanism_known_ = false;  ///< the server has asked for its next step
  bool login_refused_ = false;
  std::string alert_;                            ///< the last one
  std::vector<std::string> refused_mechanisms_;  ///< the server offers them and does not know them
};

}  // namespace imapkeep::imap
