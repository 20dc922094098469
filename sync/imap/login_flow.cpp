#include "sync/imap/login_flow.h"

#include <algorithm>
#include <utility>

#include "daemon/base/bytes.h"
#include "sync/imap/failures.h"

namespace imapkeep::imap {
namespace {

constexpr std::string_view kVersion = "0.1.0";

Error login_error(std::string what) {
  return {Remedy::kNeedsOperator, Trouble::kLogin, std::move(what), 0};
}

}  // namespace

LoginFlow::LoginFlow(TlsMode tls, Credentials credentials, SaslPeer peer, bool compress)
    : tls_(tls),
      credentials_(std::move(credentials)),
      peer_(std::move(peer)),
      secure_(tls == TlsMode::kImplicit),
      compress_(compress) {}

std::string_view LoginFlow::doing() const {
  switch (stage_) {
    case Stage::kGreeting:
      return "waiting for the greeting";
    case Stage::kCapabilitiesBefore:
    case Stage::kCapabilitiesAfter:
      return "asking for capabilities";
    case Stage::kStartTls:
    case Stage::kTls:
      return "starting TLS";
    case Stage::kLogin:
      return "logging in";
    case Stage::kSettingUp:
    case Stage::kFinished:
      break;
  }
  return "setting up the session";
}

LoginStep LoginFlow::send(Stage stage, Command command, Effect effect) {
  stage_ = stage;
  return {LoginStep::Kind::kSend, {{std::move(command), effect}}, {}};
}

Result<LoginStep> LoginFlow::greeted(const StatusResponse& greeting, const Capabilities& known) {
  if (greeting.kind == StatusKind::kBye) return refused(greeting, Asked::kLogin);
  if (greeting.kind != StatusKind::kPreauth) return before_login(known);
  if (tls_ == TlsMode::kNone) return logged_in(known);
  return server_error(secure_ ? "the server logged us in without asking who we are (PREAUTH)"
                              : "the server skips login before TLS (PREAUTH): TLS cannot be had",
                      Remedy::kNeedsOperator);
}

Result<LoginStep> LoginFlow::before_login(const Capabilities& known) {
  if (known.empty() && !asked_capabilities_) {
    asked_capabilities_ = true;
    return send(Stage::kCapabilitiesBefore, capability());
  }
  if (tls_ != TlsMode::kStartTls || secure_) return log_in(known);
  if (!known.has("STARTTLS")) {
    return server_error("the server does not offer STARTTLS", Remedy::kNeedsOperator);
  }
  return send(Stage::kStartTls, starttls(), Effect::kStartsTls);
}

Result<LoginStep> LoginFlow::secured() {
  if (stage_ != Stage::kTls) return server_error("TLS started out of turn");
  secure_ = true;
  asked_capabilities_ = true;
  return send(Stage::kCapabilitiesBefore, capability());
}

Result<LoginStep> LoginFlow::log_in(const Capabilities& known) {
  const bool is_token = credentials_.proof == Credentials::Proof::kAccessToken;
  if (!trusts_channel())
    return login_error(is_token ? "no token is sent without TLS"
                                : "no password is sent without TLS");
  const auto mechanism =
      choose_mechanism(credentials_, known.mechanisms(), known.has("LOGINDISABLED"));
  if (!mechanism) return mechanism.error();
  return begin_login(*mechanism, known);
}

Result<LoginStep> LoginFlow::begin_login(const std::string& mechanism, const Capabilities& known) {
  if (mechanism != "LOGIN") return begin_sasl(mechanism, known);
  // The same rules as for PLAIN: nothing empty, no NUL.
  if (const auto usable = make_sasl_plain(credentials_)->initial_response(); !usable) {
    return usable.error();
  }
  proof_sent_ = true;
  return send(Stage::kLogin,
              login(credentials_.user, credentials_.secret.reveal(), literals_of(known)),
              Effect::kAuthenticates);
}

Result<LoginStep> LoginFlow::begin_sasl(const std::string& mechanism, const Capabilities& known) {
  sasl_ = make_sasl(mechanism, credentials_, peer_);
  if (!sasl_) return login_error("the mechanism " + mechanism + " cannot be used");
  auto initial = sasl_->initial_response();
  if (!initial) return initial.error();
  if (!known.has("SASL-IR")) {
    wipe(*initial);
    return send(Stage::kLogin, authenticate(sasl_->name(), std::nullopt), Effect::kAuthenticates);
  }
  proof_sent_ = true;
  may_say_again_ = true;
  auto command = authenticate(sasl_->name(), std::string_view(*initial));
  wipe(*initial);
  return send(Stage::kLogin, std::move(command), Effect::kAuthenticates);
}

Result<LoginStep> LoginFlow::challenged(std::string_view text) {
  if (stage_ != Stage::kLogin) return server_error("a challenge out of turn");
  // One "+" more than LOGIN has literals: nothing is owed for it.
  if (!sasl_) return LoginStep{LoginStep::Kind::kWait, {}, {}};
  // The client speaks first in every mechanism here: the text of the first "+" says nothing (some
  // servers put words there that are not even Base64). Behind SASL-IR a "+" without a challenge is
  // of a server that has not seen what stood in the command, and gets it once more.
  const std::string challenge = from_base64(text).value_or(std::string());
  const bool again = std::exchange(may_say_again_, false) && !sasl_->understands(challenge);
  auto said = proof_sent_ && !again ? sasl_->respond(challenge) : sasl_->initial_response();
  if (!said) return said.error();
  proof_sent_ = true;
  mechanism_known_ = !again;
  LoginStep step{LoginStep::Kind::kAnswer, {}, sasl_answer(*said)};
  wipe(*said);
  return step;
}

Result<LoginStep> LoginFlow::replied(const StatusResponse& reply, const Capabilities& known) {
  const bool ok = reply.kind == StatusKind::kOk;
  switch (stage_) {
    case Stage::kCapabilitiesBefore:
      if (!ok) return refused(reply, Asked::kLogin);
      return before_login(known);
    case Stage::kStartTls:
      if (!ok) {
        Error error = refused(reply, Asked::kLogin);
        if (error.trouble == Trouble::kLogin) error.trouble = Trouble::kServer;
        return error;
      }
      stage_ = Stage::kTls;
      return LoginStep{LoginStep::Kind::kStartTls, {}, {}};
    case Stage::kLogin:
      return login_replied(reply, known);
    case Stage::kCapabilitiesAfter:
      if (!ok) return refused(reply, Asked::kLogin);
      return logged_in(known);
    case Stage::kSettingUp:
      if (!ok && is_hollow_login(reply)) return refused(reply, Asked::kLogin);
      if (--awaited_ > 0) return LoginStep{LoginStep::Kind::kWait, {}, {}};
      return finish();
    default:
      return server_error("a reply out of turn");
  }
}

Result<LoginStep> LoginFlow::login_replied(const StatusResponse& reply, const Capabilities& known) {
  if (reply.kind != StatusKind::kOk) {
    if (auto next = another_way(reply, known)) return *next;
    Error error = refused(reply, Asked::kLogin);
    login_refused_ = error.trouble != Trouble::kBusy || blames_token(reply);
    if (sasl_ && !sasl_->complaint().empty()) error.what += " (" + sasl_->complaint() + ")";
    if (!alert_.empty()) error.what += "; before that it said: " + alert_;
    return error;
  }
  // Whoever is logged in now, it is not the user whose secret never left.
  if (!proof_sent_) return login_error("the server said OK before the password was sent");
  if (sasl_ && !sasl_->may_succeed()) {
    return login_error("the server said OK and has not proved that it knows us");
  }
  asked_capabilities_ = false;
  return logged_in(known);
}

// A mechanism that is offered and not there says nothing of the secret. A wrong secret is never
// tried a second time by this, and a mechanism that the operator has chosen stays chosen. Without
// TLS nothing is sent that the server could have brought about by refusing.
std::optional<Result<LoginStep>> LoginFlow::another_way(const StatusResponse& reply,
                                                        const Capabilities& known) {
  const bool is_possible = secure_ && credentials_.mechanism.empty() && sasl_ &&
                           !mechanism_known_ && sasl_->complaint().empty() &&
                           is_mechanism_unknown(reply);
  if (!is_possible) return std::nullopt;
  refused_mechanisms_.emplace_back(sasl_->name());
  std::vector<std::string> left = known.mechanisms();
  std::erase_if(left, [&](const std::string& one) {
    return std::find(refused_mechanisms_.begin(), refused_mechanisms_.end(), one) !=
           refused_mechanisms_.end();
  });
  const auto next = choose_mechanism(credentials_, left, known.has("LOGINDISABLED"));
  if (!next) return std::nullopt;
  sasl_.reset();
  proof_sent_ = false;
  may_say_again_ = false;
  return begin_login(*next, known);
}

bool LoginFlow::has_refused_token() const {
  if (stage_ != Stage::kLogin || credentials_.proof != Credentials::Proof::kAccessToken)
    return false;
  return login_refused_ || (sasl_ && !sasl_->complaint().empty());
}

bool LoginFlow::awaits_verdict() const {
  return stage_ == Stage::kLogin && proof_sent_ && !login_refused_ &&
         credentials_.proof == Credentials::Proof::kAccessToken;
}

Result<LoginStep> LoginFlow::logged_in(const Capabilities& known) {
  // iCloud's proxy writes XAPPLEPUSHSERVICE behind the first occurrences of the word CAPABILITY,
  // even inside a literal: asking once more uses them up.
  const bool proxy = known.has("XAPPLEPUSHSERVICE");
  if ((known.empty() || proxy) && !asked_capabilities_) {
    asked_capabilities_ = true;
    return send(Stage::kCapabilitiesAfter, capability());
  }
  return set_up(known);
}

// None of these depends on the reply to another, and where a round trip takes long each one counts.
LoginStep LoginFlow::set_up(const Capabilities& known) {
  LoginStep step{LoginStep::Kind::kSend, {}, {}};
  // The fields matter: some providers refuse every folder to a client that does not say who it is.
  if (known.has("ID")) {
    step.commands.push_back(
        {id({{"name", "imapkeep"}, {"version", std::string(kVersion)}, {"vendor", "imapkeep"}})});
  }
  if (known.has("ENABLE") && known.has("CONDSTORE")) {
    step.commands.push_back({enable("CONDSTORE")});
  }
  if (known.has("NAMESPACE")) step.commands.push_back({namespaces()});
  // imapproxy offers what the server behind it offers, cannot carry this, and gives the connection
  // that it has spoilt to whoever logs in next.
  if (compress_ && known.has("COMPRESS=DEFLATE") && !known.has("XIMAPPROXY")) {
    step.commands.push_back({compress(), Effect::kCompresses});
  }
  if (step.commands.empty()) return finish();
  stage_ = Stage::kSettingUp;
  awaited_ = step.commands.size();
  return step;
}

LoginStep LoginFlow::finish() {
  stage_ = Stage::kFinished;
  credentials_.secret = Secret();
  sasl_.reset();
  return {LoginStep::Kind::kFinished, {}, {}};
}

}  // namespace imapkeep::imap
