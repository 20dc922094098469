#include "tests/support/sim_network.h"

#include <algorithm>
#include <utility>

namespace imapkeep {

class SimStream final : public Stream {
 public:
  explicit SimStream(std::shared_ptr<SimLink> link) : link_(std::move(link)) {}
  ~SimStream() override { link_->client_gone(); }
  SimStream(const SimStream&) = delete;
  SimStream& operator=(const SimStream&) = delete;

  void start(StreamHandler& handler) override {
    link_->handler_ = &handler;
    link_->pump_client();
  }
  void send(std::string bytes) override {
    if (!link_->handler_open_ || link_->half_open_) return;
    link_->to_server_ += bytes;
    link_->pump_server();
  }
  [[nodiscard]] std::size_t unsent_bytes() const override { return link_->to_server_.size(); }
  void pause() override { link_->paused_ = true; }
  void resume() override {
    link_->paused_ = false;
    link_->pump_client();
  }
  [[nodiscard]] Operation start_tls(TlsOptions, Completion<Done> done) override {
    Pending<Done> pending(std::move(done));
    tls_timer_ = link_->world_.after(link_->faults_.latency, [link = link_, pending] {
      if (link->half_open_) return;
      if (!link->to_client_.empty() || link->closed_by_server_) {
        pending.complete(server_error("TLS handshake: wrong version number"));
      } else if (link->tls_error_) {
        pending.complete(server_error(*link->tls_error_, Remedy::kNeedsOperator));
      } else {
        link->secure_ = true;
        if (link->peer_) link->peer_->on_tls(*link);
        pending.complete(Done{});
      }
    });
    return pending.operation();
  }
  [[nodiscard]] bool is_secure() const override { return link_->secure_; }

 private:
  std::shared_ptr<SimLink> link_;
  Operation tls_timer_;
};

void SimLink::send(std::string_view bytes) {
  if (!handler_open_ || closed_by_server_) return;
  to_client_ += bytes;
  pump_client();
}

void SimLink::close() {
  closed_by_server_ = true;
  pump_client();
}

void SimLink::reset() {
  to_client_.clear();
  closed_by_server_ = true;
  pump_client();
}

void SimLink::go_half_open() {
  half_open_ = true;
  client_timer_.cancel();
  server_timer_.cancel();
}

void SimLink::pump_client() {
  if (!handler_ || !handler_open_ || half_open_ || paused_ || client_pumping_) return;
  if (to_client_.empty() && !closed_by_server_) {
    if (faults_.cut_after != delivered_) return;
  }
  client_pumping_ = true;
  client_timer_ = world_.after(faults_.latency, [self = shared_from_this()] {
    self->client_pumping_ = false;
    self->deliver_to_client();
  });
}

void SimLink::deliver_to_client() {
  if (!handler_ || !handler_open_ || half_open_ || paused_) return;
  std::uint64_t allowed = std::min<std::uint64_t>(faults_.piece, to_client_.size());
  if (faults_.stall_after) {
    allowed = std::min<std::uint64_t>(allowed, *faults_.stall_after - delivered_);
  }
  if (faults_.cut_after)
    allowed = std::min<std::uint64_t>(allowed, *faults_.cut_after - delivered_);
  const std::string piece = to_client_.substr(0, allowed);
  to_client_.erase(0, allowed);
  delivered_ += allowed;
  if (faults_.stall_after == delivered_) go_half_open();
  if (!piece.empty()) handler_->on_bytes(piece);
  if (!handler_open_ || half_open_) return;
  if (faults_.cut_after == delivered_) {
    tell_closed(server_error("connection reset by peer"));
  } else if (to_client_.empty() && closed_by_server_) {
    tell_closed(server_error("server closed the connection"));
  } else {
    pump_client();
  }
}

void SimLink::tell_closed(const Error& why) {
  if (paused_) return pump_client();
  handler_open_ = false;
  closed_by_server_ = true;
  auto* handler = std::exchange(handler_, nullptr);
  if (peer_) peer_->on_closed();
  if (handler) handler->on_closed(why);
}

void SimLink::pump_server() {
  if (server_pumping_ || half_open_ || to_server_.empty()) return;
  server_pumping_ = true;
  server_timer_ = world_.after(faults_.latency, [self = shared_from_this()] {
    self->server_pumping_ = false;
    self->deliver_to_server();
  });
}

void SimLink::deliver_to_server() {
  if (half_open_ || closed_by_server_ || !peer_) return;
  std::string bytes = std::exchange(to_server_, {});
  const bool cut = faults_.cut_sent_after && sent_ + bytes.size() >= *faults_.cut_sent_after;
  if (cut) bytes.resize(*faults_.cut_sent_after - sent_);
  sent_ += bytes.size();
  peer_->on_bytes(*this, bytes);
  // What it answered to whole commands before is lost with the connection.
  if (cut) return reset();
  if (to_server_.empty() && handler_) handler_->on_sent();
  pump_server();
}

void SimLink::client_gone() {
  const bool told = !handler_open_;
  handler_ = nullptr;
  handler_open_ = false;
  client_timer_.cancel();
  server_timer_.cancel();
  to_client_.clear();
  if (!told && peer_) peer_->on_closed();
}

Operation SimNetwork::dial(Endpoint endpoint, Completion<std::unique_ptr<Stream>> done) {
  dials_.push_back(endpoint);
  const auto own = hosts_.find(endpoint.host);
  if (own == hosts_.end()) everyone_.faults = faults;
  SimHost& host = own == hosts_.end() ? everyone_ : own->second;
  ++host.dials;
  Pending<std::unique_ptr<Stream>> pending(std::move(done));
  auto timer = std::make_shared<Operation>();
  if (host.swallows) {
    *timer = world_.after(endpoint.deadline, [pending] {
      pending.complete(server_error("no answer within the deadline"));
    });
    return pending.operation([timer] { timer->cancel(); });
  }
  *timer = world_.after(host.faults.latency, [this, pending, &host, name = endpoint.host,
                                              secure = endpoint.tls.has_value()] {
    if (host.refusal) return pending.complete(*host.refusal);
    if (secure && host.tls_error) {
      return pending.complete(server_error(*host.tls_error, Remedy::kNeedsOperator));
    }
    if (!host.accept) return pending.complete(server_error("connection refused"));
    // What is over for both sides.
    std::erase_if(links_, [](const auto& old) { return !old->is_open() && old.use_count() == 1; });
    auto link = std::make_shared<SimLink>(world_, name, host.faults, secure);
    link->tls_error_ = host.tls_error;
    link->peer_ = host.accept();
    links_.push_back(link);
    auto stream = std::make_unique<SimStream>(link);
    link->peer_->on_connected(*link);
    pending.complete(std::unique_ptr<Stream>(std::move(stream)));
  });
  return pending.operation([timer] { timer->cancel(); });
}

std::shared_ptr<SimLink> SimNetwork::last_link() const {
  return links_.empty() ? nullptr : links_.back();
}

std::vector<std::shared_ptr<SimLink>> SimNetwork::open(const std::string& host) const {
  std::vector<std::shared_ptr<SimLink>> found;
  for (const auto& link : links_) {
    if (link->is_open() && (host.empty() || link->host_ == host)) found.push_back(link);
  }
  return found;
}

std::size_t SimNetwork::open_links(const std::string& host) const { return open(host).size(); }

void SimNetwork::cut_all(const std::string& host) {
  for (const auto& link : open(host)) link->reset();
}

void SimNetwork::half_open_all(const std::string& host) {
  for (const auto& link : open(host)) link->go_half_open();
}

}  // namespace imapkeep
