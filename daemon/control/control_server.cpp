#include "daemon/control/control_server.h"

#include <algorithm>
#include <utility>

#include "daemon/base/exit_code.h"
#include "daemon/control/control_protocol.h"

namespace imapkeep {

class ControlServer::Client final : private StreamHandler, private ControlReply {
 public:
  Client(ControlServer& server, std::unique_ptr<Stream> stream)
      : server_(server), stream_(std::move(stream)) {
    stream_->start(*this);
    wait(kRequestPatience,
         [this] { farewell("imapkeep: no request came within 10 seconds", kExitUsage); });
  }
  ~Client() override { operation_.cancel(); }  // before what the handler may still speak to
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  [[nodiscard]] bool is_ending() const { return phase_ == Phase::kEnding; }

  /// The last words, without the handler. Not from inside a call of the handler.
  void farewell(const std::string& words, int exit_code) {
    if (is_ending()) return;
    operation_.cancel();
    stream_->send(encode_line(words));
    finish(exit_code);
  }

 private:
  enum class Phase { kAsking, kServed, kEnding };

  void on_bytes(ByteView bytes) override {
    if (phase_ == Phase::kServed) return complain("imapkeep: one request for each connection");
    if (phase_ != Phase::kAsking) return;
    lines_.add(bytes);
    auto line = lines_.next();
    if (!line) return complain("imapkeep: " + line.error().what);
    if (!*line) return;
    const auto request = decode_request(**line);
    if (!request) return complain("imapkeep: " + request.error().what);
    if (!lines_.empty()) return complain("imapkeep: one request for each connection");
    deadline_.cancel();
    phase_ = Phase::kServed;
    operation_ = server_.handler_.serve(*request, *this);
  }

  void on_closed(const Error& /*why*/) override { server_.forget(*this); }

  void on_sent() override {
    if (is_ending()) return server_.forget(*this);
    if (page_) stream_->send(encode_page(*std::exchange(page_, std::nullopt)));
    if (counts_) stream_->send(encode_progress(*std::exchange(counts_, std::nullopt)));
  }

  void out(std::string text) override { say(encode_out(text)); }
  void line(std::string text) override { say(encode_line(text)); }

  void page(std::string text) override {
    page_ = std::move(text);
    if (phase_ == Phase::kServed && stream_->unsent_bytes() == 0) on_sent();
  }

  void progress(const ProgressCounts& counts) override {
    counts_ = counts;
    if (phase_ == Phase::kServed && stream_->unsent_bytes() == 0) on_sent();
  }

  void end(int exit_code) override {
    if (phase_ != Phase::kServed) return;
    if (page_) stream_->send(encode_page(*page_));
    finish(exit_code);
  }

  void say(std::string lines) {
    if (phase_ != Phase::kServed) return;
    if (stream_->unsent_bytes() <= kMostUnsent) return stream_->send(std::move(lines));
    // The handler is on the stack: its Operation is let go from the loop.
    phase_ = Phase::kEnding;
    wait(Duration(0), [this] { server_.forget(*this); });
  }

  void complain(const std::string& words) { farewell(words, kExitUsage); }

  void finish(int exit_code) {
    phase_ = Phase::kEnding;
    stream_->send(encode_end(exit_code));
    wait(kFarewellPatience, [this] { server_.forget(*this); });
  }

  void wait(Duration patience, std::function<void()> then) {
    deadline_ = server_.timers_.after(patience, std::move(then));
  }

  ControlServer& server_;
  std::unique_ptr<Stream> stream_;
  ControlLines lines_;
  Phase phase_ = Phase::kAsking;
  std::optional<std::string> page_;       // not told yet: the other side has not read the last
  std::optional<ProgressCounts> counts_;  // the same
  Operation deadline_;
  Operation operation_;
};

ControlServer::ControlServer(Timers& timers, ControlHandler& handler)
    : timers_(timers), handler_(handler) {}

ControlServer::~ControlServer() = default;

void ControlServer::accept(std::unique_ptr<Stream> stream) {
  if (clients_.size() >= 2 * kMostClients) return;  // even the farewells pile up
  const bool too_many = busy_clients() >= kMostClients;
  clients_.push_back(std::make_unique<Client>(*this, std::move(stream)));
  Client& client = *clients_.back();
  if (closing_) return client.farewell(*closing_, kExitBusy);
  if (too_many) {
    client.farewell("imapkeep: the daemon is busy with " + std::to_string(kMostClients) +
                        " clients; try again when one has ended",
                    kExitBusy);
  }
}

Operation ControlServer::shutdown(std::string line, Completion<Done> done) {
  closing_ = std::move(line);
  emptied_ = Pending<Done>(std::move(done));
  Operation operation = emptied_.operation();
  for (const auto& client : clients_) client->farewell(*closing_, kExitBusy);
  tell_when_empty();
  return operation;
}

std::string ControlServer::refusal() {
  return encode_line("imapkeep: only the daemon's own user and root may speak to it") +
         encode_end(kExitLogin);
}

std::size_t ControlServer::busy_clients() const {
  return static_cast<std::size_t>(std::count_if(
      clients_.begin(), clients_.end(), [](const auto& client) { return !client->is_ending(); }));
}

void ControlServer::forget(const Client& client) {
  const auto found = std::find_if(clients_.begin(), clients_.end(),
                                  [&](const auto& other) { return other.get() == &client; });
  // Out of the list first: what dies with a client may ask how many there are.
  const auto dies = std::exchange(*found, nullptr);
  clients_.erase(found);
  tell_when_empty();
}

void ControlServer::tell_when_empty() {
  if (!closing_ || !clients_.empty()) return;
  telling_ = timers_.soon([this] { emptied_.complete(Done{}); });
}

}  // namespace imapkeep
