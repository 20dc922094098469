#include "daemon/io/tcp_stream.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "daemon/io/os_error.h"
#include "daemon/io/retry.h"

namespace imapkeep {
namespace {

constexpr std::size_t kReadRoundBytes = 256 * 1024;
constexpr std::size_t kWriteRoundBytes = 256 * 1024;

int event_for(IoState state) { return state == IoState::kWantWrite ? UV_WRITABLE : UV_READABLE; }

Error lost(const std::string& peer, int code) {
  return server_error("lost the connection to " + peer + ": " + errno_text(code));
}

}  // namespace

TcpStream::TcpStream(EventLoop& loop, std::shared_ptr<TlsContexts> contexts, Fd socket,
                     std::string peer)
    : loop_(loop),
      contexts_(std::move(contexts)),
      peer_(std::move(peer)),
      socket_(std::move(socket)) {
  const int code = poll_.open(
      this, [this](uv_poll_t* raw) { return uv_poll_init(loop_.raw(), raw, socket_.get()); });
  if (code < 0)
    end(server_error("cannot watch the connection to " + peer_ + ": " + errno_text(-code)));
}

TcpStream::~TcpStream() {
  if (is_secure()) tls_->say_goodbye();
  poll_.reset();  // before the socket: the loop must not poll a number that means something else
}

void TcpStream::start(StreamHandler& handler) {
  handler_ = &handler;
  report_end();
  watch();
}

void TcpStream::send(std::string bytes) {
  if (phase_ == Phase::kClosed || why_ || bytes.empty()) return;
  if (unsent_bytes() == 0) {
    out_ = std::move(bytes);
    sent_ = 0;
  } else {
    if (sent_ >= out_.size() / 2) {  // each byte is moved once at most, on average
      out_.erase(0, sent_);
      sent_ = 0;
    }
    out_ += bytes;
  }
  watch();
}

void TcpStream::pause() {
  paused_ = true;
  watch();
}

void TcpStream::resume() {
  paused_ = false;
  report_end();
  watch();
}

Operation TcpStream::start_tls(TlsOptions options, Completion<Done> done) {
  Pending<Done> pending(std::move(done));
  Operation operation = pending.operation();
  std::string complaint;
  if (phase_ == Phase::kClosed || why_) complaint = "the connection is already closed";
  if (tls_ || phase_ == Phase::kHandshake) complaint = "it is already in use";
  if (unsent_bytes() > 0) complaint = "plain text is still unsent";
  if (!contexts_) complaint = "it does not leave this machine";
  if (!complaint.empty()) {
    const Error error = server_error("cannot start TLS with " + peer_ + ": " + complaint);
    loop_.post([pending, error] { pending.complete(error); });
    return operation;
  }
  phase_ = Phase::kHandshake;
  tls_wish_ = std::make_unique<TlsOptions>(std::move(options));
  handshake_ = std::move(pending);
  read_event_ = UV_WRITABLE;  // the client speaks first
  watch();
  return operation;
}

bool TcpStream::reading() const {
  return phase_ == Phase::kOpen && handler_ != nullptr && !paused_;
}

int TcpStream::wanted_events() const {
  switch (phase_) {
    case Phase::kClosed:
      return 0;
    case Phase::kHandshake:
      return read_event_;
    case Phase::kOpen:
      break;
  }
  return (reading() ? read_event_ : 0) | (unsent_bytes() > 0 ? write_event_ : 0);
}

void TcpStream::watch() {
  const int wanted = wanted_events();
  if (poll_.get() == nullptr || wanted == watched_ || lifetime_.is_watched()) return;
  watched_ = wanted;
  if (wanted == 0) {
    uv_poll_stop(poll_.get());
    return;
  }
  uv_poll_start(poll_.get(), wanted, [](uv_poll_t* raw, int status, int events) {
    static_cast<TcpStream*>(raw->data)->on_event(status < 0, events);
  });
}

void TcpStream::on_event(bool broken, int events) {
  if (broken) watched_ = 0;  // libuv has stopped the handle
  {
    const LifetimeWatch self(lifetime_);
    handle_event(broken, events, self);
    if (self.ended()) return;
  }
  watch();
}

void TcpStream::handle_event(bool broken, int events, const LifetimeWatch& self) {
  if (phase_ == Phase::kHandshake) return shake_hands();
  // A broken socket may still hold what the server said before it broke: its farewell, perhaps.
  if (reading() && (broken || (events & read_event_) != 0)) read_round(self);
  if (self.ended() || phase_ != Phase::kOpen) return;
  if (unsent_bytes() > 0 && (broken || (events & write_event_) != 0)) write_round();
}

Result<Done> TcpStream::begin_tls() {
  auto context = contexts_->get(tls_wish_->ca_file);
  if (!context) return context.error();
  auto session = TlsSession::make(*context, *tls_wish_, socket_.get(), peer_);
  if (!session) return session.error();
  tls_ = std::move(*session);
  tls_wish_.reset();
  return Done{};
}

void TcpStream::shake_hands() {
  IoStep step;
  if (tls_wish_) {
    auto begun = begin_tls();
    if (!begun) step = {IoState::kEnd, 0, begun.error()};
  }
  if (step.state != IoState::kEnd) step = tls_->handshake();
  if (step.state == IoState::kWantRead || step.state == IoState::kWantWrite) {
    read_event_ = event_for(step.state);
    return;
  }
  const Pending<Done> pending = std::exchange(handshake_, {});
  read_event_ = UV_READABLE;
  if (step.state == IoState::kDone) {
    phase_ = Phase::kOpen;
    return pending.complete(Done{});
  }
  told_ = pending.wanted();
  end(step.error);
  pending.complete(std::move(step.error));
}

IoStep TcpStream::read_once() {
  const auto buffer = loop_.read_buffer();
  if (tls_) return tls_->read(buffer);
  const ssize_t got = retried([&] { return recv(socket_.get(), buffer.data(), buffer.size(), 0); });
  if (got > 0) return {IoState::kDone, static_cast<std::size_t>(got)};
  if (got < 0 && errno == EAGAIN) return {IoState::kWantRead};
  if (why_) return {IoState::kEnd, 0, *why_};
  if (got < 0) return {IoState::kEnd, 0, lost(peer_, errno)};
  return {IoState::kEnd, 0, server_error(peer_ + " closed the connection")};
}

void TcpStream::read_round(const LifetimeWatch& self) {
  std::size_t moved = 0;
  while (reading() && moved < kReadRoundBytes) {
    IoStep step = read_once();
    moved += step.bytes;
    // First of all, as the handler may pause, start TLS or destroy this.
    if (step.state != IoState::kDone) moved = kReadRoundBytes;
    read_event_ = event_for(step.state);
    if (step.bytes > 0) {
      handler_->on_bytes({loop_.read_buffer().data(), step.bytes});
      if (self.ended()) return;
    }
    if (step.state == IoState::kEnd) return end(std::move(step.error));
  }
}

IoStep TcpStream::write_once() {
  // Never shorter than at the last try, since out_ only grows: TLS insists on that.
  const ByteView bytes = ByteView(out_).substr(sent_, kWriteRoundBytes);
  if (tls_) return tls_->write(bytes);
  const ssize_t put =
      retried([&] { return ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL); });
  if (put >= 0) return {IoState::kDone, static_cast<std::size_t>(put)};
  if (errno == EAGAIN) return {IoState::kWantWrite};
  return {IoState::kEnd, 0, lost(peer_, errno)};
}

void TcpStream::write_round() {
  for (std::size_t moved = 0; unsent_bytes() > 0 && moved < kWriteRoundBytes;) {
    IoStep step = write_once();
    if (step.state == IoState::kEnd) return write_failed(std::move(step.error));
    write_event_ = step.state == IoState::kDone ? UV_WRITABLE : event_for(step.state);
    if (step.state != IoState::kDone) return;
    sent_ += step.bytes;
    moved += step.bytes;
  }
  if (unsent_bytes() > 0) return;
  out_ = std::string();  // its memory, too: most connections are idle most of the time
  sent_ = 0;
  if (handler_ != nullptr) handler_->on_sent();  // may destroy this
}

void TcpStream::write_failed(Error error) {
  out_ = std::string();
  sent_ = 0;
  if (tls_) return end(std::move(error));  // OpenSSL forbids to go on after a failure
  // What the server said before it went away is still worth reading; then comes the end.
  why_ = std::make_unique<Error>(std::move(error));
  shutdown(socket_.get(), SHUT_RDWR);
}

void TcpStream::end(Error why) {
  phase_ = Phase::kClosed;
  why_ = std::make_unique<Error>(std::move(why));
  out_ = std::string();
  sent_ = 0;
  if (tls_) tls_->say_goodbye();  // an answer to the peer's own goodbye; silent when TLS broke
  tls_.reset();
  tls_wish_.reset();
  poll_.reset();
  socket_.reset();
  report_end();
}

void TcpStream::report_end() {
  if (phase_ != Phase::kClosed || told_ || handler_ == nullptr || paused_) return;
  // By the loop, since start() and resume() come here as well.
  reporting_ = loop_.defer([this] {
    if (told_ || paused_) return;
    told_ = true;
    handler_->on_closed(Error(*why_));
  });
}

}  // namespace imapkeep
