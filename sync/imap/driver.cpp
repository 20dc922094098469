#include "sync/imap/driver.h"

#include <algorithm>
#include <utility>

#include "sync/imap/failures.h"

namespace imapkeep::imap {
namespace {

constexpr Duration kLogoutDeadline = std::chrono::seconds(5);
constexpr Duration kDoneDeadline = std::chrono::seconds(10);
constexpr Duration kCompressDeadline = std::chrono::seconds(20);
// What was sent may lie in the system's buffers for a while, and the server stores it before it
// replies.
constexpr Duration kAppendDeadline = std::chrono::minutes(5);
constexpr unsigned kMostAlerts = 10;  // told to the log, of one connection

}  // namespace

Driver::Driver(ConnectionDeps deps, ServerOptions options)
    : deps_(std::move(deps)),
      session_(deps_.random, *this),
      silence_deadline_(options.silence_deadline),
      silence_(deps_.timers, deps_.clock, [this](Error why) { lose(std::move(why)); }) {
  opening_ = std::make_unique<ConnectionOpening>(
      ConnectionOpening::Deps{deps_.dialer, deps_.timers, deps_.log, session_, end_, *this},
      std::move(options));
}

LoginFlow* Driver::login() const {
  return opening_ && opening_->has_begun() ? &opening_->login() : nullptr;
}

// Dial and login.

Operation Driver::open(Credentials credentials, Completion<Done> done) {
  Pending<Done> pending(std::move(done));
  if (state_ != State::kNew) {
    auto timer = std::make_shared<Operation>(deps_.timers.soon(
        [pending] { pending.complete(server_error("the connection was opened before")); }));
    return pending.operation([timer] { timer->cancel(); });
  }
  state_ = State::kOpening;
  opening_->begin(std::move(credentials), pending);
  return pending.operation([weak = weak_from_this()] {
    const auto self = weak.lock();
    if (self && self->state_ == State::kOpening) self->give_up();
  });
}

void Driver::on_stream(std::unique_ptr<Stream> stream) {
  stream_ = std::move(stream);
  watch_silence();
  stream_->start(*this);
}

void Driver::on_open() {
  const auto self = shared_from_this();
  const auto opening = std::move(opening_);
  state_ = State::kReady;
  end_.is_ready(deps_.clock.mono_now());
  deps_.log.debug("imap-open",
                  {{"server", server().name()}, {"capabilities", session_.capabilities().str()}});
  opening->complete(Done{});
  pump();
}

// What the server says.

void Driver::on_bytes(ByteView bytes) {
  const auto self = shared_from_this();
  bytes_received_ += bytes.size();
  router_.talk().received(bytes.size());
  silence_.heard();
  const auto received = session_.receive(bytes);
  if (!stream_) return;
  if (!received) return logging_out_ ? logged_out() : lose(received.error());
  if (const auto too_much = router_.talk().too_much_unclaimed()) return lose(*too_much);
  if (opening_ && opening_->tls_granted()) {
    silence_.asked();
    opening_->start_tls(*stream_);
  }
  if (session_.has_more() && !paused_) {
    stream_->pause();
    proceed_soon();
  }
  pump();
}

void Driver::on_closed(const Error& why) {
  const auto self = shared_from_this();
  if (logging_out_) return logged_out();
  end_.hung_up(login());
  lose(why);
}

void Driver::on_greeting(const StatusResponse& greeting) {
  if (!login()) return;
  if (trusts_channel()) router_.server().greeted(greeting);
  opening_->take_step(login()->greeted(greeting, session_.capabilities()));
}

void Driver::on_challenge(CommandId, std::string_view text) {
  if (login()) opening_->take_step(login()->challenged(text));
}

void Driver::on_tagged(CommandId id, const StatusResponse& reply) {
  router_.talk().replied();
  if (reply.kind == StatusKind::kBye && !logging_out_) return ended_by(reply);
  if (auto* flow = login())
    return opening_->take_step(flow->replied(reply, session_.capabilities()));
  // Exchange says it to any request, and answers none any more.
  if (is_session_over(reply) || (end_.uses_token() && blames_token(reply))) return ended_by(reply);
  end_.trust_compress();
  if (queue_.is_out_of_turn(id)) {
    return lose(server_error("the server left a mailbox while it owed answers about it"));
  }
  const auto request = queue_.take(id);
  if (!request) return;
  if (request->effect() == Effect::kIdles) {
    idle_ending_ = false;
    reply_deadline_.cancel();
  }
  router_.note_reply(*request, reply);
  request->replied(id, reply);
  if (logging_out_) return logged_out();
  answer_done();
}

void Driver::on_untagged(Response response) {
  router_.talk().responded();
  if (const auto too_many = router_.talk().too_many_responses()) return lose(*too_many);
  if (!login()) end_.trust_compress();
  if (const auto* status = std::get_if<StatusResponse>(&response)) {
    note_status(*status);
    if (!stream_) return;
  }
  const auto too_much =
      router_.untagged(response, {trusts_channel(), login() != nullptr, state_ == State::kReady});
  if (too_much) lose(*too_much);
}

void Driver::note_status(const StatusResponse& status) {
  if (status.kind == StatusKind::kBye && !logging_out_) return ended_by(status);
  const std::string alert = trusts_channel() ? alert_in(status) : "";
  if (alert.empty() || alerts_ == kMostAlerts) return;
  ++alerts_;
  deps_.log.warning("imap-alert", {{"text", alert}});
  if (auto* flow = login()) flow->alerted(alert);
}

// What we ask.

void Driver::take_up(std::shared_ptr<Request> request) {
  queue_.add(std::move(request));
  if (state_ == State::kReady) send_commands();
  if (state_ != State::kReady || appending_) pump_soon();
}

// Out of the call that asks: the answer must not come from inside it.
void Driver::pump_soon() {
  if (pump_is_due_ || state_ == State::kAbandoned) return;
  pump_is_due_ = true;
  soon_ = deps_.timers.soon([this] {
    const auto self = shared_from_this();
    pump_is_due_ = false;
    if (state_ == State::kNew) {
      return queue_.fail_all(server_error("the connection is not open"));
    }
    if (lost_) return queue_.fail_all(*lost_);
    answer_done();
    pump();
  });
}

void Driver::pump() {
  if (state_ == State::kLost) return queue_.empty() ? void() : pump_soon();
  // What the server's "+" has let go: a literal of LOGIN.
  if (state_ == State::kOpening) return flush();
  if (state_ != State::kReady) return;
  send_commands();
  if (appending_) pump_literal();
}

void Driver::send_commands() {
  queue_.send_next(
      {session_.capabilities(), session_.name_encoding()},
      [this](Request& request, const Command& command) { return send(request, command); });
  if (queue_.has_idled_enough()) end_idle();
  appending_ = appending_ && queue_.any_in_flight();
  flush();
  watch_silence();
  if (queue_.has_answer()) pump_soon();
}

void Driver::pump_literal() {
  const auto due = session_.literal_due();
  if (!due || !stream_) return upload_.reset();
  if (!upload_ || upload_->id() != *due) {
    upload_ = std::make_unique<LiteralUpload>(*due, queue_.find(*due), session_,
                                              [this](const Result<Done>& step) {
                                                const auto self = shared_from_this();
                                                step ? pump() : lose(step.error());
                                              });
  }
  if (const auto going = upload_->go_on(stream_->unsent_bytes()); !going) lose(going.error());
  watch_silence();
}

void Driver::on_sent() {
  if (!appending_) return;
  const auto self = shared_from_this();
  silence_.asked();  // the server has read, if it has not spoken
  pump_literal();
}

CommandId Driver::send(Request& request, const Command& command) {
  if (!queue_.any_in_flight()) silence_.asked();
  const CommandId id = session_.send(command, request.effect());
  request.sent(id, session_.tag_of(id));
  appending_ = appending_ || command.literal;
  deps_.log.debug("imap-command", {{"command", command.name}});
  if (request.effect() == Effect::kLogsOut) {
    logging_out_ = true;
    expect_reply(kLogoutDeadline, "no answer to LOGOUT");
  }
  return id;
}

void Driver::answer_done() {
  if (state_ == State::kReady) queue_.answer_done();
}

void Driver::flush() {
  if (!stream_) return;
  auto output = session_.take_output();
  if (!output.empty()) stream_->send(std::move(output));
}

void Driver::expect_reply(Duration within, const char* otherwise) {
  reply_deadline_ =
      deps_.timers.after(within, [this, otherwise] { lose(server_error(otherwise)); });
}

void Driver::end_idle() {
  if (idle_ending_ || !queue_.idles()) return;
  idle_ending_ = true;
  session_.end_idle();
  flush();
  // A dead connection is known by this, whatever else it says: news are no answer to DONE.
  expect_reply(std::min(silence_deadline_, kDoneDeadline), "no answer to DONE");
  watch_silence();
}

// Silence and backpressure.

bool Driver::is_owed() const {
  if (!stream_ || paused_ || session_.idling()) return false;
  // Our own source is slow.
  if (upload_ && upload_->is_reading() && stream_->unsent_bytes() == 0) return false;
  return state_ == State::kOpening || queue_.any_in_flight();
}

Duration Driver::patience() const {
  // A proxy that waits for the end of a line waits for ever in what is compressed.
  if (end_.compress_in_doubt() && !login()) return std::min(silence_deadline_, kCompressDeadline);
  return appending_ ? std::max(silence_deadline_, kAppendDeadline) : silence_deadline_;
}

void Driver::doubt() {
  silence_.doubt();
  silence_.restart(is_owed(), patience());
}

void Driver::pause() {
  if (paused_ || !stream_) return;
  paused_ = true;
  session_.hold();
  stream_->pause();
  watch_silence();
}

void Driver::resume() {
  if (!paused_) return;
  paused_ = false;
  if (!stream_) return;
  if (session_.compresses()) {
    // What was received before the pause is older than what the stream will bring, and neither may
    // come from inside this call.
    proceed_soon();
  } else {
    (void)session_.proceed();
    stream_->resume();
  }
  watch_silence();
}

void Driver::proceed_soon() {
  proceeding_ = deps_.timers.soon([this] { proceed(); });
}

void Driver::proceed() {
  if (paused_ || !stream_) return;
  const auto self = shared_from_this();
  const auto received = session_.proceed();
  if (!stream_) return;
  if (!received) return logging_out_ ? logged_out() : lose(received.error());
  if (session_.has_more() && !paused_) {
    proceed_soon();
  } else if (!paused_) {
    stream_->resume();
  }
  pump();
}

// The end: lost, logged out, given up or abandoned.

void Driver::close() {
  session_.close();
  stream_.reset();
  opening_.reset();
  upload_.reset();
  queue_.close();
  reply_deadline_.cancel();
  silence_.cancel();
  soon_.cancel();
  proceeding_.cancel();
  pump_is_due_ = false;
}

void Driver::ended_by(const StatusResponse& said) {
  lose(end_.ended_by(said, login(), deps_.clock.mono_now()));
}

void Driver::lose(Error why) {
  if (state_ == State::kLost || state_ == State::kAbandoned) return;
  const auto self = shared_from_this();
  why = end_.lost(std::move(why), login(), deps_.clock.mono_now());
  why.what = session_.secret().masked(std::move(why.what));
  if (login() && stream_) why = why.within("while " + std::string(login()->doing()));
  deps_.log.debug("imap-lost", {{"why", why.what}});
  state_ = State::kLost;
  const auto opening = std::move(opening_);
  close();
  lost_ = std::make_unique<Error>(std::move(why));
  router_.abandon();
  if (state_ != State::kLost) return;
  if (opening) opening->complete(*lost_);
  queue_.fail_all(*lost_);
}

void Driver::give_up() {
  state_ = State::kLost;
  close();
  lost_ = std::make_unique<Error>(server_error("opening the connection was given up"));
  if (!queue_.empty()) pump_soon();
}

void Driver::logged_out() {
  if (state_ != State::kReady) return;
  const auto self = shared_from_this();
  state_ = State::kLost;
  close();
  lost_ = std::make_unique<Error>(server_error("the connection was logged out"));
  const auto request = queue_.take_first();
  request->in_flight = 0;
  request->replied(0, StatusResponse{});
  request->answer();
  if (state_ == State::kLost && !queue_.empty()) pump_soon();
}

void Driver::abandon() {
  state_ = State::kAbandoned;
  close();
  router_.set_events(nullptr);
  queue_.cancel_all();
}

}  // namespace imapkeep::imap
