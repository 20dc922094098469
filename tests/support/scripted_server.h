// A server that says exactly what a table says. A line of the client is expected by pattern; its
// first word is the tag, which the pattern names ("$a CAPABILITY") and later sends may use ("$a OK
// done\r\n"). `*` at the end of a pattern matches any rest. What differs is a problem, kept for the
// test to check.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/sim_network.h"

namespace imapkeep {

struct Turn {
  enum class Kind { kExpect, kSend, kTls, kClose } kind;
  std::string text;
};
inline Turn expect(std::string pattern) { return {Turn::Kind::kExpect, std::move(pattern)}; }
/// Sent as it is, after putting in the tags: line ends are the caller's.
inline Turn send(std::string bytes) { return {Turn::Kind::kSend, std::move(bytes)}; }
inline Turn tls_starts() { return {Turn::Kind::kTls, {}}; }
inline Turn closes() { return {Turn::Kind::kClose, {}}; }
using Conversation = std::vector<Turn>;

class ScriptedServer {
 public:
  ScriptedServer(SimNetwork& network, Conversation conversation);

  [[nodiscard]] const std::vector<std::string>& problems() const { return state_->problems; }
  /// Every turn was taken.
  [[nodiscard]] bool finished() const { return state_->next == state_->conversation.size(); }
  /// What the client said, line by line, tags included.
  [[nodiscard]] const std::vector<std::string>& received() const { return state_->received; }
  [[nodiscard]] std::size_t connections() const { return state_->connections; }

 private:
  struct State {
    Conversation conversation;
    std::size_t next = 0;
    std::size_t connections = 0;
    std::string pending;
    std::map<std::string, std::string> tags;
    std::vector<std::string> problems;
    std::vector<std::string> received;

    void take_line(const std::string& line);
    void talk(SimLink& link);
    [[nodiscard]] std::string filled(std::string_view text) const;
  };
  class Peer;

  std::shared_ptr<State> state_;
};

}  // namespace imapkeep
