// The first half of a connection's life: dial, greeting, TLS, login.
#include <utility>

#include "daemon/base/bytes.h"
#include "sync/imap/driver.h"

namespace imapkeep::imap {
namespace {

// A server that says one byte now and then is never silent: the opening has an end of its own.
constexpr int kSilencesUntilOpen = 3;

}  // namespace

Operation Driver::open(Credentials credentials, Completion<Done> done) {
  Pending<Done> pending(std::move(done));
  const std::weak_ptr<Driver> weak = weak_from_this();
  if (state_ != State::kNew) {
    auto timer = std::make_shared<Operation>(deps_.timers.soon(
        [pending] { pending.complete(server_error("the connection was opened before")); }));
    return pending.operation([timer] { timer->cancel(); });
  }
  state_ = State::kOpening;
  opening_ = pending;
  span_.token_ends = credentials.expires;
  used_.user = credentials.user;
  used_.authzid = credentials.authzid;
  used_.proof = credentials.proof;
  used_.mechanism = credentials.mechanism;
  used_.consent = credentials.consent;
  used_.generation = credentials.generation;
  session_.mask(SpokenSecret(credentials.secret));
  login_.emplace(options_.tls, std::move(credentials), SaslPeer{options_.host, options_.port},
                 options_.compress);
  Endpoint endpoint;
  endpoint.host = options_.host;
  endpoint.port = options_.port;
  endpoint.deadline = options_.connect_deadline;
  if (options_.tls == TlsMode::kImplicit) endpoint.tls = options_.tls_options();
  dialing_ = deps_.dialer.dial(std::move(endpoint), [weak](auto stream) {
    if (const auto self = weak.lock()) self->dialed(std::move(stream));
  });
  return pending.operation([weak] {
    const auto self = weak.lock();
    if (self && self->state_ == State::kOpening) self->give_up();
  });
}

void Driver::dialed(Result<std::unique_ptr<Stream>> stream) {
  if (state_ != State::kOpening) return;
  dialing_.cancel();  // with all that was needed for it
  if (!stream) {
    return lose(stream.error().within("while connecting to " + options_.host + ":" +
                                      std::to_string(options_.port)));
  }
  stream_ = std::move(*stream);
  if (options_.tls == TlsMode::kImplicit && !stream_->is_secure()) {
    return lose(server_error("the connection is not TLS", Remedy::kNeedsOperator));
  }
  const std::weak_ptr<Driver> weak = weak_from_this();
  const Duration most = kSilencesUntilOpen * Duration(options_.silence_deadline);
  opening_deadline_ = deps_.timers.after(most, [weak] {
    if (const auto self = weak.lock()) self->lose(server_error("login takes too long"));
  });
  watch_silence();
  stream_->start(*this);
}

void Driver::take_step(Result<LoginStep> step) {
  if (!step) return lose(step.error());
  switch (step->kind) {
    case LoginStep::Kind::kSend:
      for (auto& [command, effect] : step->commands) {
        deps_.log.debug("imap-command", {{"command", command.name}});
        session_.send(command, effect);
        if (effect == Effect::kCompresses) compress_in_doubt_ = true;
        for (auto& piece : command.pieces) wipe(piece);
      }
      break;
    case LoginStep::Kind::kAnswer:
      session_.answer(std::move(step->answer));
      break;
    case LoginStep::Kind::kWait:
      return;
    case LoginStep::Kind::kStartTls:
      tls_granted_ = true;  // started when the session has seen that nothing follows
      return;
    case LoginStep::Kind::kFinished:
      return opened();
  }
  flush();
}

void Driver::start_tls() {
  tls_granted_ = false;
  const std::weak_ptr<Driver> weak = weak_from_this();
  heard_ = deps_.clock.mono_now();
  starting_tls_ = stream_->start_tls(options_.tls_options(), [weak](Result<Done> done) {
    const auto self = weak.lock();
    if (!self || self->state_ != State::kOpening) return;
    if (!done) return self->lose(done.error());
    if (!self->stream_->is_secure()) {
      return self->lose(server_error("STARTTLS did not start TLS", Remedy::kNeedsOperator));
    }
    self->session_.secured();
    self->server_name_.clear();
    self->take_step(self->login_->secured());
  });
}

void Driver::opened() {
  state_ = State::kReady;
  span_.ready = deps_.clock.mono_now();
  login_.reset();
  opening_deadline_.cancel();
  deps_.log.debug("imap-open",
                  {{"server", server_name_}, {"capabilities", session_.capabilities().str()}});
  const auto opening = std::exchange(opening_, {});
  opening.complete(Done{});
  pump();
}

}  // namespace imapkeep::imap
