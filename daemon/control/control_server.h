// The daemon's side of the control socket. Each connection is a client with one request; the
// handler does it and speaks through the client, which keeps the newest page and progress back
// while the other side has not read what was said before. A client that asks nothing, reads nothing
// or goes away is let go, and with it the handler's Operation.
#pragma once

#include <list>
#include <memory>
#include <optional>
#include <string>

#include "daemon/base/stream.h"
#include "daemon/base/timers.h"
#include "daemon/control/control_handler.h"

namespace imapkeep {

class ControlServer {
 public:
  static constexpr std::size_t kMostClients = 32;
  static constexpr std::size_t kMostUnsent = 1024 * 1024;
  static constexpr Duration kRequestPatience = std::chrono::seconds(10);
  static constexpr Duration kFarewellPatience = std::chrono::seconds(5);

  /// Both must outlive the server.
  ControlServer(Timers& timers, ControlHandler& handler);
  ~ControlServer();
  ControlServer(const ControlServer&) = delete;
  ControlServer& operator=(const ControlServer&) = delete;

  void accept(std::unique_ptr<Stream> stream);
  /// The daemon is stopping: every client, and whoever still comes, is told `line` and 75. Done
  /// when no client is left, which takes kFarewellPatience at most.
  [[nodiscard]] Operation shutdown(std::string line, Completion<Done> done);
  [[nodiscard]] std::size_t clients() const { return clients_.size(); }
  /// What a connection of another user is answered.
  [[nodiscard]] static std::string refusal();

 private:
  class Client;
  [[nodiscard]] std::size_t busy_clients() const;
  void forget(const Client& client);
  void tell_when_empty();

  Timers& timers_;
  ControlHandler& handler_;
  std::list<std::unique_ptr<Client>> clients_;
  std::optional<std::string> closing_;  // the line for everybody
  Pending<Done> emptied_;
  Operation telling_;
};

}  // namespace imapkeep
