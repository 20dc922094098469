#include "sync/imap/connection_opening.h"

#include <string>
#include <utility>

#include "daemon/base/bytes.h"

namespace imapkeep::imap {
namespace {

// A server that says one byte now and then is never silent: the opening has an end of its own.
constexpr int kSilencesUntilOpen = 3;

}  // namespace

void ConnectionOpening::begin(Credentials credentials, const Pending<Done>& done) {
  done_ = done;
  deps_.end.begins_with(credentials);
  deps_.session.mask(SpokenSecret(credentials.secret));
  login_.emplace(options_.tls, std::move(credentials), SaslPeer{options_.host, options_.port},
                 options_.compress);
  Endpoint endpoint;
  endpoint.host = options_.host;
  endpoint.port = options_.port;
  endpoint.deadline = options_.connect_deadline;
  if (options_.tls == TlsMode::kImplicit) endpoint.tls = options_.tls_options();
  dialing_ =
      deps_.dialer.dial(std::move(endpoint), [this](auto stream) { dialed(std::move(stream)); });
}

void ConnectionOpening::dialed(Result<std::unique_ptr<Stream>> stream) {
  dialing_.cancel();  // with all that was needed for it
  if (!stream) {
    return deps_.events.on_opening_failed(stream.error().within(
        "while connecting to " + options_.host + ":" + std::to_string(options_.port)));
  }
  const bool is_clear = options_.tls == TlsMode::kImplicit && !(*stream)->is_secure();
  const Duration most = kSilencesUntilOpen * Duration(options_.silence_deadline);
  deadline_ = deps_.timers.after(
      most, [this] { deps_.events.on_opening_failed(server_error("login takes too long")); });
  deps_.events.on_stream(std::move(*stream));
  if (is_clear) {
    deps_.events.on_opening_failed(
        server_error("the connection is not TLS", Remedy::kNeedsOperator));
  }
}

void ConnectionOpening::take_step(Result<LoginStep> step) {
  if (!step) return deps_.events.on_opening_failed(step.error());
  switch (step->kind) {
    case LoginStep::Kind::kSend:
      for (auto& [command, effect] : step->commands) {
        deps_.log.debug("imap-command", {{"command", command.name}});
        deps_.session.send(command, effect);
        if (effect == Effect::kCompresses) deps_.end.doubt_compress();
        for (auto& piece : command.pieces) wipe(piece);
      }
      break;
    case LoginStep::Kind::kAnswer:
      deps_.session.answer(std::move(step->answer));
      break;
    case LoginStep::Kind::kWait:
      return;
    case LoginStep::Kind::kStartTls:
      tls_granted_ = true;
      return;
    case LoginStep::Kind::kFinished:
      return deps_.events.on_open();
  }
  deps_.events.on_output();
}

void ConnectionOpening::start_tls(Stream& stream) {
  tls_granted_ = false;
  starting_tls_ = stream.start_tls(options_.tls_options(), [this, &stream](Result<Done> started) {
    tls_started(started, stream);
  });
}

void ConnectionOpening::tls_started(const Result<Done>& started, const Stream& stream) {
  if (!started) return deps_.events.on_opening_failed(started.error());
  if (!stream.is_secure()) {
    return deps_.events.on_opening_failed(
        server_error("STARTTLS did not start TLS", Remedy::kNeedsOperator));
  }
  deps_.session.secured();
  deps_.events.on_secured();
  take_step(login_->secured());
}

}  // namespace imapkeep::imap
