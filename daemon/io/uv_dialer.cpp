#include "daemon/io/uv_dialer.h"

#include <atomic>

#include "daemon/base/bytes.h"
#include "daemon/io/tcp_connector.h"
#include "daemon/io/tcp_stream.h"

namespace imapkeep {
namespace {

std::string peer_text(const Endpoint& endpoint) {
  const std::string host = printable_utf8(endpoint.host);
  const bool brackets = host.find(':') != std::string::npos;
  return (brackets ? "[" + host + "]" : host) + ":" + std::to_string(endpoint.port);
}

std::string seconds_text(Duration duration) {
  const auto tenths = std::chrono::round<std::chrono::milliseconds>(duration).count() / 100;
  std::string text = std::to_string(tenths / 10);
  if (tenths % 10 != 0) text += "." + std::to_string(tenths % 10);
  return text + " s";
}

}  // namespace

/// One call. The caller's Operation owns it; every step under way is a member, so that its death
/// cancels all of them.
class UvDialer::Dial : public std::enable_shared_from_this<Dial> {
 public:
  Dial(UvDialer& dialer, Endpoint endpoint, Completion<std::unique_ptr<Stream>> done)
      : loop_(dialer.loop_),
        timers_(dialer.timers_),
        contexts_(dialer.contexts_),
        handshakes_(dialer.handshakes_),
        endpoint_(std::move(endpoint)),
        peer_(peer_text(endpoint_)),
        done_(std::move(done)) {}

  void start(Workers& workers) {
    deadline_ = timers_.after(endpoint_.deadline, [this] { finish(late()); });
    if (const auto address = parse_address(endpoint_.host, endpoint_.port)) {
      connect({*address});
      return;
    }
    // A strand of its own: behind another's it would wait for that one's dead name server.
    strand_ = workers.strand(PoolKind::kResolver);
    resolving_ = run_for_result<std::vector<Address>>(
        *strand_,
        [host = endpoint_.host, port = endpoint_.port, wanted = lookup_wanted_] {
          // Without a network the queue fills with lookups whose callers have given up.
          if (!*wanted) return Result<std::vector<Address>>(std::vector<Address>());
          return resolve(host, port);
        },
        [this](Result<std::vector<Address>> addresses) {
          if (!addresses) return finish(addresses.error());
          connect(std::move(*addresses));
        });
  }

  void cancel() {
    done_ = nullptr;
    release();
  }

 private:
  void connect(std::vector<Address> addresses) {
    connector_ = std::make_unique<TcpConnector>(
        loop_, timers_, std::move(addresses), peer_,
        [this](Result<Fd> socket) { on_connected(std::move(socket)); });
    connector_->start();
  }

  void on_connected(Result<Fd> socket) {
    if (!socket) return finish(socket.error());
    stream_ = std::make_unique<TcpStream>(loop_, contexts_, std::move(*socket), peer_);
    if (!endpoint_.tls) return finish(Done{});
    place_ = handshakes_.enter([this] {
      securing_ = stream_->start_tls(*endpoint_.tls,
                                     [this](Result<Done> secured) { finish(std::move(secured)); });
    });
  }

  [[nodiscard]] Error late() const {
    const std::string span = seconds_text(endpoint_.deadline);
    if (stream_) {
      return server_error(peer_ +
                          " accepted the connection, but its TLS handshake did not end within " +
                          span + ": is it a plain text port?");
    }
    if (connector_) {
      return server_error(peer_ + " did not answer within " + span +
                          " (last tried: " + connector_->last_tried() + ")");
    }
    return server_error("the host name " + printable_utf8(endpoint_.host) +
                        " could not be looked up within " + span + ": is this machine online?");
  }

  void finish(Result<Done> result) {
    const auto self = shared_from_this();  // the handler may destroy the caller's Operation
    const auto done = std::exchange(done_, nullptr);
    auto stream = std::move(stream_);
    release();
    if (!done) return;
    if (!result) return done(result.error());
    done(std::unique_ptr<Stream>(std::move(stream)));
  }

  void release() {
    *lookup_wanted_ = false;
    deadline_.cancel();
    resolving_.cancel();
    securing_.cancel();
    place_.cancel();
    connector_.reset();
    stream_.reset();
    strand_.reset();
  }

  EventLoop& loop_;
  Timers& timers_;
  std::shared_ptr<TlsContexts> contexts_;
  HandshakeQueue& handshakes_;
  Endpoint endpoint_;
  std::string peer_;
  Completion<std::unique_ptr<Stream>> done_;
  std::shared_ptr<std::atomic<bool>> lookup_wanted_ = std::make_shared<std::atomic<bool>>(true);
  std::unique_ptr<Strand> strand_;
  std::unique_ptr<TcpConnector> connector_;
  std::unique_ptr<TcpStream> stream_;
  Operation deadline_;
  Operation resolving_;
  Operation place_;
  Operation securing_;
};

UvDialer::UvDialer(EventLoop& loop, Timers& timers, Workers& workers)
    : loop_(loop),
      timers_(timers),
      workers_(workers),
      contexts_(std::make_shared<TlsContexts>()),
      handshakes_(timers) {}

Operation UvDialer::dial(Endpoint endpoint, Completion<std::unique_ptr<Stream>> done) {
  const auto dial = std::make_shared<Dial>(*this, std::move(endpoint), std::move(done));
  dial->start(workers_);
  return Operation([dial] { dial->cancel(); });
}

}  // namespace imapkeep
