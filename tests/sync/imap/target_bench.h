// A TargetConnection in a simulated world, a source of octets, and a server that only counts.
#pragma once

#include <algorithm>

#include "sync/imap/target_connection.h"
#include "tests/sync/imap/connection_bench.h"

namespace imapkeep::imap {

struct TargetBench : ConnectionWorld {
  std::unique_ptr<TargetConnection> connection = std::make_unique<TargetConnection>(
      Connection::Deps{network, world, world, random, logs.log()}, options);
  Answer<Done> opened;

  void open() {
    opened.operation = connection->open(credentials, opened.handler());
    world.run_until([&] { return opened.calls > 0; });
    REQUIRE(opened.problem() == "");
  }
  static AppendMessage message(std::uint64_t size) {
    AppendMessage message;
    message.mailbox = name("Archive");
    message.size = size;
    return message;
  }
};

class FakeSource final : public ByteSource {
 public:
  FakeSource(SimWorld& world, std::string bytes, std::size_t piece)
      : world_(world), bytes_(std::move(bytes)), piece_(piece) {}

  Operation read(Completion<std::string> done) override {
    ++reads;
    if (on_read) on_read();
    Pending<std::string> pending(std::move(done));
    timer_ = world_.after(delay, [this, pending] {
      const std::string piece = bytes_.substr(given_, piece_);
      if (piece.empty() && error) return pending.complete(*error);
      given_ += piece.size();
      pending.complete(piece);
    });
    return pending.operation([this] { timer_.cancel(); });
  }
  [[nodiscard]] std::uint64_t given() const { return given_; }

  std::optional<Error> error;  ///< instead of the end
  Duration delay{0};
  int reads = 0;
  std::function<void()> on_read;

 private:
  SimWorld& world_;
  std::string bytes_;
  std::size_t piece_;
  std::size_t given_ = 0;
  Operation timer_;
};

/// Lets everybody in, says "+" to a literal that waits for it, and replies to nothing.
class CountingServer {
 public:
  CountingServer(SimNetwork& network, std::string offered) : offered_(std::move(offered)) {
    network.serve([this] { return std::make_unique<Peer>(*this); });
  }
  /// Of the newest APPEND.
  [[nodiscard]] std::string tag() const {
    const auto at = beginning.find(" APPEND ");
    return beginning.substr(beginning.rfind('\n', at) + 1, at - beginning.rfind('\n', at) - 1);
  }
  [[nodiscard]] std::size_t octets_behind(const std::string& mark) const {
    return beginning.size() - beginning.find(mark) - mark.size();
  }

  std::uint64_t received = 0;
  std::string beginning;  ///< the first kilobyte of what came

 private:
  struct Peer final : SimPeer {
    explicit Peer(CountingServer& server) : owner(server) {}
    void on_connected(SimLink& link) override {
      link.send("* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR] hello\r\n");
    }
    void on_bytes(SimLink& link, ByteView bytes) override {
      owner.received += bytes.size();
      const std::string before = owner.beginning;
      owner.beginning += bytes.substr(0, 1024 - std::min<std::size_t>(1024, before.size()));
      if (before.empty()) {
        link.send(owner.beginning.substr(0, owner.beginning.find(' ')) +
                  " OK [CAPABILITY IMAP4rev1" + owner.offered_ + "] welcome\r\n");
      } else if (bytes.ends_with("}\r\n") && !bytes.ends_with("+}\r\n")) {
        link.send("+ go on\r\n");
      }
    }
    CountingServer& owner;
  };
  std::string offered_;
};

}  // namespace imapkeep::imap
