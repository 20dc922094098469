#include "tests/bench/wire_session.h"

namespace imapkeep::bench {
namespace {

std::string quoted(std::string_view text) {
  std::string made = "\"";
  for (const char letter : text) {
    if (letter == '"' || letter == '\\') made += '\\';
    made += letter;
  }
  return made + '"';
}

}  // namespace

WireSession::WireSession(SSL_CTX* tls, const Login& login)
    : line_(tls, login.endpoint), answers_(line_) {
  answers_.next();  // the greeting
  ask("LOGIN " + quoted(login.user) + ' ' + quoted(login.password));
  settle();
  if (login.compress) {
    ask("COMPRESS DEFLATE");
    settle();
    line_.start_deflate();
  }
}

void WireSession::ask(const std::string& command, bool fetch) {
  const std::string tag = "A" + std::to_string(++commands_);
  line_.send(tag + ' ' + command + "\r\n");
  in_flight_.push_back({tag + " OK", fetch});
  fetching_ += fetch ? 1 : 0;
}

bool WireSession::ends_a_command(const AnswerLine& line) {
  if (line.continued || line.text.empty() || line.text.front() != 'A') return false;
  if (in_flight_.empty() || !line.text.starts_with(in_flight_.front().good_end)) {
    give_up("the server said: " + std::string(line.text));
  }
  fetching_ -= in_flight_.front().fetch ? 1 : 0;
  in_flight_.pop_front();
  return true;
}

void WireSession::settle() {
  while (busy()) (void)ends_a_command(answers_.next());
}

}  // namespace imapkeep::bench
