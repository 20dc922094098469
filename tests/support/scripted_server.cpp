#include "tests/support/scripted_server.h"

#include <utility>

namespace imapkeep {

class ScriptedServer::Peer final : public SimPeer {
 public:
  explicit Peer(std::shared_ptr<State> state) : state_(std::move(state)) {}

  void on_connected(SimLink& link) override {
    ++state_->connections;
    state_->talk(link);
  }
  void on_bytes(SimLink& link, ByteView bytes) override {
    state_->pending += bytes;
    for (;;) {
      const auto end = state_->pending.find("\r\n");
      if (end == std::string::npos) return;
      const std::string line = state_->pending.substr(0, end);
      state_->pending.erase(0, end + 2);
      state_->received.push_back(line);
      state_->take_line(line);
      state_->talk(link);
    }
  }
  void on_tls(SimLink& link) override {
    auto& state = *state_;
    if (state.next < state.conversation.size() &&
        state.conversation[state.next].kind == Turn::Kind::kTls) {
      ++state.next;
    } else {
      state.problems.emplace_back("TLS started, not expected");
    }
    state.talk(link);
  }

 private:
  std::shared_ptr<State> state_;
};

ScriptedServer::ScriptedServer(SimNetwork& network, Conversation conversation)
    : state_(std::make_shared<State>()) {
  state_->conversation = std::move(conversation);
  network.serve([state = state_] { return std::make_unique<Peer>(state); });
}

void ScriptedServer::State::take_line(const std::string& line) {
  if (next >= conversation.size() || conversation[next].kind != Turn::Kind::kExpect) {
    problems.push_back("not expected: " + line);
    return;
  }
  const std::string& pattern = conversation[next++].text;
  std::string said = line;
  std::string wanted = pattern;
  if (pattern.starts_with('$')) {
    const auto named = pattern.substr(0, pattern.find(' '));
    tags[named] = line.substr(0, line.find(' '));
    said = line.find(' ') == std::string::npos ? "" : line.substr(line.find(' ') + 1);
    wanted = pattern.find(' ') == std::string::npos ? "" : pattern.substr(pattern.find(' ') + 1);
  }
  const bool open_end = wanted.ends_with('*');
  if (open_end) wanted.pop_back();
  if (open_end ? !said.starts_with(wanted) : said != wanted) {
    problems.push_back("expected \"" + pattern + "\", got \"" + line + "\"");
  }
}

void ScriptedServer::State::talk(SimLink& link) {
  while (next < conversation.size()) {
    const Turn& turn = conversation[next];
    if (turn.kind == Turn::Kind::kSend) {
      link.send(filled(turn.text));
    } else if (turn.kind == Turn::Kind::kClose) {
      link.close();
    } else {
      return;
    }
    ++next;
  }
}

std::string ScriptedServer::State::filled(std::string_view text) const {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] != '$') {
      out += text[i++];
      continue;
    }
    std::size_t end = i + 1;
    while (end < text.size() && text[end] >= 'a' && text[end] <= 'z') ++end;
    const auto found = tags.find(std::string(text.substr(i, end - i)));
    out += found == tags.end() ? std::string(text.substr(i, end - i)) : found->second;
    i = end;
  }
  return out;
}

}  // namespace imapkeep
