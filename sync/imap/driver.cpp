#include "sync/imap/driver.h"

#include <algorithm>
#include <utility>

#include "daemon/base/bytes.h"
#include "daemon/base/sentence.h"
#include "sync/imap/failures.h"
#include "sync/imap/requests/fetch_requests.h"

namespace imapkeep::imap {
namespace {

// Dovecot works on a queue of four, and what is beyond waits in its socket; but over a long line a
// small folder's few commands must be there before its turn comes.
constexpr std::size_t kMostInFlight = 8;
constexpr Duration kLogoutDeadline = std::chrono::seconds(5);
constexpr Duration kDoneDeadline = std::chrono::seconds(10);
constexpr Duration kCompressDeadline = std::chrono::seconds(20);
constexpr Duration kDoubtDeadline = std::chrono::seconds(15);
// A server that never comes to its point is not waited for: silence is watched elsewhere, these are
// for talk. Between two tagged replies no honest answer has as many responses.
constexpr std::uint64_t kMostUnclaimed = 64ULL << 20;
constexpr std::uint64_t kMostResponses = 10'000'000;
constexpr unsigned kMostAlerts = 10;  // told to the log, of one connection

}  // namespace

Driver::Driver(Connection::Deps deps, ServerOptions options)
    : deps_(std::move(deps)), options_(std::move(options)), session_(deps_.random, *this) {}

NameEncoding Driver::name_encoding() const {
  const bool utf8 = session_.enabled("UTF8=ACCEPT") || session_.enabled("IMAP4rev2");
  return utf8 ? NameEncoding::kUtf8 : NameEncoding::kUtf7;
}

// What the server says.

void Driver::on_bytes(ByteView bytes) {
  const auto self = shared_from_this();
  bytes_received_ += bytes.size();
  unclaimed_bytes_ += bytes.size();
  heard_ = deps_.clock.mono_now();
  doubted_ = false;
  const auto received = session_.receive(bytes);
  if (!stream_) return;
  if (!received) return logging_out_ ? logged_out() : lose(received.error());
  if (unclaimed_bytes_ > kMostUnclaimed) {
    return lose(server_error("the server sent " + std::to_string(kMostUnclaimed >> 20) +
                             " MiB of what nobody had asked for, without an end; imapkeep stops "
                             "listening and tries again later"));
  }
  if (tls_granted_) start_tls();
  if (session_.has_more() && !paused_) {
    stream_->pause();
    proceed_soon();
  }
  pump();
}

void Driver::on_closed(const Error& why) {
  const auto self = shared_from_this();
  if (logging_out_) return logged_out();
  if (login_ && login_->awaits_verdict()) unanswered_token_ = used_;
  lose(why);
}

void Driver::on_greeting(const StatusResponse& greeting) {
  if (!login_) return;
  if (login_->trusts_channel()) server_name_ = sentence_shown(greeting.text, 100);
  take_step(login_->greeted(greeting, session_.capabilities()));
}

void Driver::on_challenge(CommandId, std::string_view text) {
  if (login_) take_step(login_->challenged(text));
}

void Driver::on_tagged(CommandId id, const StatusResponse& reply) {
  claimed();
  responses_ = 0;
  if (reply.kind == StatusKind::kBye && !logging_out_) return ended_by(reply);
  // Exchange says it to any request, and answers none any more.
  if (!login_ && (is_session_over(reply) || (uses_token() && blames_token(reply)))) {
    return ended_by(reply);
  }
  if (!login_) compress_in_doubt_ = false;
  if (login_) return take_step(login_->replied(reply, session_.capabilities()));
  const auto found = std::find_if(in_flight_.begin(), in_flight_.end(),
                                  [&](const InFlight& sent) { return sent.id == id; });
  if (found == in_flight_.end()) return;
  const auto request = found->request;
  if (request->order() == Order::kTurns && found != in_flight_.begin()) {
    return lose(server_error("the server left a mailbox while it owed answers about it"));
  }
  in_flight_.erase(found);
  if (request->effect() == Effect::kIdles) {
    idle_ending_ = false;
    done_deadline_.cancel();
  }
  --request->in_flight;
  request->replied(id, reply);
  if (logging_out_) return logged_out();
  answer_done();
}

void Driver::on_untagged(Response response) {
  if (++responses_ > kMostResponses) {
    return lose(server_error("the server sent more than " + std::to_string(kMostResponses) +
                             " responses to one command, without an end; imapkeep stops listening "
                             "and tries again later"));
  }
  if (!login_) compress_in_doubt_ = false;
  if (const auto* status = std::get_if<StatusResponse>(&response)) {
    note_status(*status);
    if (!stream_) return;
  }
  if (const auto* id = std::get_if<IdResponse>(&response)) {
    std::string name;
    for (const auto& [key, value] : id->fields) {
      if (key == "name" || key == "version") name += (name.empty() ? "" : " ") + value;
    }
    if (!name.empty() && (!login_ || login_->trusts_channel())) server_name_ = printable(name, 100);
    return;
  }
  if (const auto* namespaces = std::get_if<NamespaceResponse>(&response)) {
    if (login_ && login_->trusts_channel()) namespaces_ = namespaces->namespaces;
    return;
  }
  if (const auto* fetch = std::get_if<FetchResponse>(&response)) return fetched(*fetch);
  if (!offer(response, open_requests())) unsolicited(response);
}

bool Driver::offer(const Response& response, const BodyRouter::Requests& open) {
  for (const auto& request : open) {
    if (!request->take(response)) continue;
    claimed();
    if (const auto too_much = request->too_much()) lose(*too_much);
    return true;
  }
  return false;
}

void Driver::note_status(const StatusResponse& status) {
  if (status.kind == StatusKind::kBye && !logging_out_) return ended_by(status);
  const bool trusted = !login_ || login_->trusts_channel();
  const std::string alert = trusted ? alert_in(status) : "";
  if (alert.empty() || alerts_ == kMostAlerts) return;
  ++alerts_;
  deps_.log.warning("imap-alert", {{"text", alert}});
  if (login_) login_->alerted(alert);
}

void Driver::fetched(const FetchResponse& response) {
  const auto open = open_requests();
  if (response.body != FetchResponse::Body::kNone) {
    bodies_.complete(response, open);
    // Flags that rode along are news like any other.
    if (response.uid && response.flags) unsolicited(response);
    return;
  }
  if (!offer(response, open)) unsolicited(response);
}

void Driver::unsolicited(const Response& response) {
  if (!events_ || state_ != State::kReady) return;
  if (const auto* exists = std::get_if<ExistsResponse>(&response)) {
    events_->on_exists(exists->count);
  } else if (const auto* fetch = std::get_if<FetchResponse>(&response)) {
    events_->on_flags(facts_of(*fetch));
  } else if (std::holds_alternative<ExpungeResponse>(response) ||
             std::holds_alternative<VanishedResponse>(response)) {
    events_->on_expunged();
  } else if (const auto* status = std::get_if<StatusResponse>(&response)) {
    if (status->code) tell_code(*status->code);
  } else if (const auto* unknown = std::get_if<UnknownResponse>(&response)) {
    // It could not be read; that it is about a message's flags is all the same.
    if (unknown->name == "FETCH") events_->on_flags(MessageFacts{});
  }
}

void Driver::tell_code(const ResponseCode& code) {
  for (const auto* about : {"UIDVALIDITY", "UIDNEXT", "HIGHESTMODSEQ", "CLOSED"}) {
    if (code.name == about) return events_->on_code(code.name, parse_u64(code.rest).value_or(0));
  }
}

void Driver::on_body_begin(std::uint64_t size) { bodies_.begin(size, open_requests()); }
void Driver::on_body_bytes(ByteView bytes) {
  if (bodies_.asked_for()) claimed();
  bodies_.bytes(bytes);
}

// What we ask.

BodyRouter::Requests Driver::open_requests() const {
  BodyRouter::Requests open;
  for (const auto& request : requests_) {
    if (request->in_flight == 0) continue;
    const bool turns = request->order() == Order::kTurns;
    if (turns && !open.empty()) break;  // the server has not come to it yet
    open.push_back(request);
    if (turns) break;
  }
  return open;
}

void Driver::take_up(std::shared_ptr<Request> request) {
  requests_.push_back(std::move(request));
  if (state_ == State::kReady) {
    pump();
  } else {
    pump_soon();
  }
}

// Out of the call that asks: the answer must not come from inside it.
void Driver::pump_soon() {
  if (pump_is_due_ || state_ == State::kAbandoned) return;
  pump_is_due_ = true;
  const std::weak_ptr<Driver> weak = weak_from_this();
  soon_ = deps_.timers.soon([weak] {
    const auto self = weak.lock();
    if (!self) return;
    self->pump_is_due_ = false;
    if (self->state_ == State::kNew) {
      return self->fail_all(server_error("the connection is not open"));
    }
    if (self->lost_) return self->fail_all(*self->lost_);
    self->answer_done();
    self->pump();
  });
}

void Driver::pump() {
  if (state_ == State::kLost) return requests_.empty() ? void() : pump_soon();
  // What the server's "+" has let go: a literal of LOGIN.
  if (state_ == State::kOpening) return flush();
  if (state_ != State::kReady) return;
  const CommandContext context{session_.capabilities(), name_encoding()};
  bool first = true;
  bool spent = true;  // all before
  for (const auto& request : requests_) {
    const Order order = request->order();
    if (!first && (order == Order::kAlone || (order == Order::kTurns && !spent))) break;
    first = false;
    while (in_flight_.size() < kMostInFlight) {
      const auto command = request->next(context);
      if (!command) break;
      if (in_flight_.empty()) heard_ = deps_.clock.mono_now();
      const CommandId id = session_.send(*command, request->effect());
      request->sent(id, session_.tag_of(id));
      ++request->in_flight;
      in_flight_.push_back({id, request});
      deps_.log.debug("imap-command", {{"command", command->name}});
      if (request->effect() == Effect::kLogsOut) {
        logging_out_ = true;
        const std::weak_ptr<Driver> weak = weak_from_this();
        logout_deadline_ = deps_.timers.after(kLogoutDeadline, [weak] {
          if (const auto self = weak.lock()) self->lose(server_error("no answer to LOGOUT"));
        });
      }
    }
    if (order == Order::kAlone || in_flight_.size() >= kMostInFlight) break;
    spent = spent && request->spent();
  }
  // Whoever asks for something else has waited long enough for news.
  if (!requests_.empty() && (requests_.size() > 1 || requests_.front()->enough())) end_idle();
  flush();
  watch_silence();
  if (!answering_ && !requests_.empty() && requests_.front()->done()) pump_soon();
}

// In the order asked: an answer that is ready waits for those before it.
void Driver::answer_done() {
  if (answering_ || state_ != State::kReady) return;
  answering_ = true;
  while (state_ == State::kReady && !requests_.empty() && requests_.front()->done()) {
    const auto request = requests_.front();
    requests_.pop_front();
    request->answer();
  }
  answering_ = false;
}

void Driver::flush() {
  if (!stream_) return;
  auto output = session_.take_output();
  if (!output.empty()) stream_->send(std::move(output));
}

void Driver::end_idle() {
  if (idle_ending_ || in_flight_.empty()) return;
  if (in_flight_.front().request->effect() != Effect::kIdles) return;
  idle_ending_ = true;
  session_.end_idle();
  flush();
  // A dead connection is known by this, whatever else it says: news are no answer to DONE.
  const std::weak_ptr<Driver> weak = weak_from_this();
  const Duration most = std::min<Duration>(options_.silence_deadline, kDoneDeadline);
  done_deadline_ = deps_.timers.after(most, [weak] {
    if (const auto self = weak.lock()) self->lose(server_error("no answer to DONE"));
  });
  watch_silence();
}

void Driver::doubt() {
  doubted_ = true;
  rewatch_silence();
}

void Driver::rewatch_silence() {
  silence_.cancel();
  silence_watched_ = false;
  watch_silence();
}

// Silence.

bool Driver::waiting() const {
  if (!stream_ || paused_ || session_.idling()) return false;
  return state_ == State::kOpening || !in_flight_.empty();
}

Duration Driver::patience() const {
  const Duration usual = options_.silence_deadline;
  // A proxy that waits for the end of a line waits for ever in what is compressed.
  if (compress_in_doubt_ && !login_) return std::min(usual, kCompressDeadline);
  return doubted_ ? std::min(usual, kDoubtDeadline) : usual;
}

void Driver::watch_silence() {
  if (!waiting()) {
    silence_.cancel();
    silence_watched_ = false;
    return;
  }
  if (silence_watched_) return;
  silence_watched_ = true;
  heard_ = deps_.clock.mono_now();
  silence_checked();
}

// One timer for many bytes: when it fires early, it is set again for the rest.
void Driver::silence_checked() {
  const Duration silent = deps_.clock.mono_now() - heard_;
  const Duration most = patience();
  if (silent >= most) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(most).count();
    return lose(server_error("the server said nothing for " + std::to_string(seconds) + " s"));
  }
  const std::weak_ptr<Driver> weak = weak_from_this();
  silence_ = deps_.timers.after(most - silent, [weak] {
    if (const auto self = weak.lock()) self->silence_checked();
  });
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
  if (!session_.compresses()) {
    (void)session_.proceed();
    stream_->resume();
    return watch_silence();
  }
  // What was received before the pause is older than what the stream will bring, and neither may
  // come from inside this call.
  proceed_soon();
  watch_silence();
}

void Driver::proceed_soon() {
  const std::weak_ptr<Driver> weak = weak_from_this();
  proceeding_ = deps_.timers.soon([weak] {
    if (const auto self = weak.lock()) self->proceed();
  });
}

void Driver::proceed() {
  if (paused_ || !stream_) return;
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

}  // namespace imapkeep::imap
