// A connected TCP socket as a Stream, plain or TLS; a connected Unix socket too, plain. All reading
// and writing happens in the socket's poll callback and nowhere else, and so no handler is ever
// called from inside a call of its own. Nothing is buffered here on the way in: bytes go from the
// kernel (or one TLS record) through the loop's shared buffer to the handler, and while paused they
// stay in the kernel. One callback moves a bounded number of bytes, then it is the next stream's
// turn.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "daemon/base/lifetime.h"
#include "daemon/base/stream.h"
#include "daemon/io/event_loop.h"
#include "daemon/io/fd.h"
#include "daemon/io/handle.h"
#include "daemon/io/io_step.h"
#include "daemon/io/tls_context.h"
#include "daemon/io/tls_session.h"

namespace imapkeep {

class TcpStream final : public Stream {
 public:
  /// `socket` is connected; `peer` is host:port, for sentences. The loop must outlive the stream.
  /// Without `contexts` there is no TLS: start_tls fails and the stream goes on.
  TcpStream(EventLoop& loop, std::shared_ptr<TlsContexts> contexts, Fd socket, std::string peer);
  ~TcpStream() override;
  TcpStream(const TcpStream&) = delete;
  TcpStream& operator=(const TcpStream&) = delete;

  void start(StreamHandler& handler) override;
  /// After the end of the stream: ignored.
  void send(std::string bytes) override;
  [[nodiscard]] std::size_t unsent_bytes() const override { return out_.size() - sent_; }
  /// The end of the stream waits for resume(), too.
  void pause() override;
  void resume() override;
  /// A failed handshake is told to `done` alone and ends the stream; cancelled, the handshake goes
  /// on without it, since there is no way back to plain text, and its failure goes to on_closed.
  [[nodiscard]] Operation start_tls(TlsOptions options, Completion<Done> done) override;
  [[nodiscard]] bool is_secure() const override { return tls_ && phase_ == Phase::kOpen; }

 private:
  enum class Phase { kOpen, kHandshake, kClosed };

  void on_event(bool broken, int events);
  void handle_event(bool broken, int events, const LifetimeWatch& self);
  void shake_hands();
  void read_round(const LifetimeWatch& self);
  void write_round();
  void write_failed(Error error);
  IoStep read_once();
  IoStep write_once();
  Result<Done> begin_tls();
  void end(Error why);
  void report_end();
  void watch();
  [[nodiscard]] int wanted_events() const;
  [[nodiscard]] bool reading() const;

  EventLoop& loop_;
  std::shared_ptr<TlsContexts> contexts_;
  std::string peer_;
  Fd socket_;
  Handle<uv_poll_t> poll_;
  std::unique_ptr<TlsSession> tls_;
  StreamHandler* handler_ = nullptr;
  std::string out_;
  std::size_t sent_ = 0;  // of out_
  std::unique_ptr<TlsOptions> tls_wish_;
  Pending<Done> handshake_;
  std::unique_ptr<Error> why_;  // the end, or with a socket still open, what writing came to
  Operation reporting_;
  Lifetime lifetime_;  // watched while on_event is on the stack
  Phase phase_ = Phase::kOpen;
  bool paused_ = false;
  bool told_ = false;
  int watched_ = 0;
  int read_event_ = UV_READABLE;
  int write_event_ = UV_WRITABLE;
};

}  // namespace imapkeep
