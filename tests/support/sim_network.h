// A network in memory: a Dialer whose connections end at a SimPeer, the test's own server. Bytes
// travel by timers of the SimWorld, never inside the call that sent them, cut into pieces as the
// test likes; a connection can be cut, stalled or left half-open at any byte. TLS is only a flag,
// but one that is checked: clear text left over when TLS starts breaks the handshake. What a test
// says of the network holds for every host, except for those that have a SimHost of their own.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/base/dialer.h"
#include "tests/support/sim_world.h"

namespace imapkeep {

class SimLink;

/// The server's side of one connection.
class SimPeer {
 public:
  virtual ~SimPeer() = default;
  virtual void on_connected(SimLink& /*link*/) {}
  virtual void on_bytes(SimLink& link, ByteView bytes) = 0;
  virtual void on_tls(SimLink& /*link*/) {}
  virtual void on_closed() {}  ///< the client is gone
};

struct LinkFaults {
  std::size_t piece = SIZE_MAX;                 ///< most bytes in one delivery to the client
  Duration latency{0};                          ///< of every delivery, both ways
  std::optional<std::uint64_t> cut_after;       ///< bytes to the client, then a reset
  std::optional<std::uint64_t> cut_sent_after;  ///< bytes to the server, then a reset
  std::optional<std::uint64_t> stall_after;     ///< bytes to the client, then silence for ever
};

/// What awaits those who dial one host.
struct SimHost {
  std::function<std::unique_ptr<SimPeer>()> accept;
  std::optional<Error> refusal;          ///< every dial from now on fails with this
  bool swallows = false;                 ///< dials are not answered until their deadline
  std::optional<std::string> tls_error;  ///< the TLS handshake fails with this text
  LinkFaults faults;                     ///< of connections made from now on
  std::size_t dials = 0;
};

/// One connection; owned by the network and by the client's Stream.
class SimLink : public std::enable_shared_from_this<SimLink> {
 public:
  SimLink(SimWorld& world, std::string host, LinkFaults faults, bool secure)
      : world_(world), host_(std::move(host)), faults_(faults), secure_(secure) {}

  // For the server.
  void send(std::string_view bytes);
  void close();         ///< in order: what was sent before still arrives
  void reset();         ///< at once
  void go_half_open();  ///< from now on nothing arrives anywhere and nobody is told
  [[nodiscard]] bool is_open() const { return handler_open_ && !closed_by_server_; }
  [[nodiscard]] bool is_secure() const { return secure_; }
  [[nodiscard]] bool is_paused() const { return paused_; }
  [[nodiscard]] std::uint64_t bytes_to_client() const { return delivered_; }
  [[nodiscard]] std::uint64_t bytes_to_server() const { return sent_; }
  [[nodiscard]] std::size_t waiting_for_client() const { return to_client_.size(); }

 private:
  friend class SimNetwork;
  friend class SimStream;

  void pump_client();
  void pump_server();
  void deliver_to_client();
  void deliver_to_server();
  void tell_closed(const Error& why);
  void client_gone();

  SimWorld& world_;
  std::string host_;
  LinkFaults faults_;
  std::unique_ptr<SimPeer> peer_;
  StreamHandler* handler_ = nullptr;
  std::string to_client_;
  std::string to_server_;
  Operation client_timer_;
  Operation server_timer_;
  std::uint64_t delivered_ = 0;
  std::uint64_t sent_ = 0;  ///< to the server
  bool client_pumping_ = false;
  bool server_pumping_ = false;
  bool handler_open_ = true;
  bool closed_by_server_ = false;
  bool half_open_ = false;
  bool paused_ = false;
  bool secure_ = false;
  std::optional<std::string> tls_error_;
};

class SimNetwork final : public Dialer {
 public:
  using Accept = std::function<std::unique_ptr<SimPeer>()>;

  explicit SimNetwork(SimWorld& world) : world_(world) {}

  /// Every dial from now on reaches a peer made by `accept`.
  void serve(Accept accept) { everyone_.accept = std::move(accept); }
  /// Every dial from now on fails with this, until cleared.
  void refuse(std::optional<Error> error) { everyone_.refusal = std::move(error); }
  /// The TLS handshake fails with this text, until cleared.
  void fail_tls(std::optional<std::string> error) { everyone_.tls_error = std::move(error); }
  /// From the first call on, this host is what its SimHost says. The reference stays good.
  SimHost& host(const std::string& name) { return hosts_[name]; }
  /// Of connections made from now on.
  LinkFaults faults;

  [[nodiscard]] Operation dial(Endpoint endpoint,
                               Completion<std::unique_ptr<Stream>> done) override;

  [[nodiscard]] const std::vector<Endpoint>& dials() const { return dials_; }
  /// The newest connection; null when there was none.
  [[nodiscard]] std::shared_ptr<SimLink> last_link() const;
  // Of one host, or of all.
  [[nodiscard]] std::size_t open_links(const std::string& host = "") const;
  void cut_all(const std::string& host = "");        ///< a reset on every open connection
  void half_open_all(const std::string& host = "");  ///< the cable is pulled; nobody is told

 private:
  [[nodiscard]] std::vector<std::shared_ptr<SimLink>> open(const std::string& host) const;

  SimWorld& world_;
  SimHost everyone_;
  std::map<std::string, SimHost> hosts_;
  std::vector<Endpoint> dials_;
  std::vector<std::shared_ptr<SimLink>> links_;
};

}  // namespace imapkeep
