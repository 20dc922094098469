// A logged-in IMAP connection of the wire-limit client: commands go out as fast as the caller
// likes, and their ends come back in the same order. A command that fails ends the program, since a
// part of a mailbox is no measure of anything.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "tests/bench/answer_reader.h"
#include "tests/bench/tls_line.h"

namespace imapkeep::bench {

struct Login {
  Endpoint endpoint;
  std::string user;
  std::string password;
  bool compress = false;
};

class WireSession {
 public:
  WireSession(SSL_CTX* tls, const Login& login);

  /// `fetch` tells the commands that a window counts from those that go along with them.
  void ask(const std::string& command, bool fetch = false);
  /// Whether this line ends the oldest command.
  bool ends_a_command(const AnswerLine& line);
  /// Until every command has ended.
  void settle();

  bool busy() const { return !in_flight_.empty(); }
  std::size_t fetching() const { return fetching_; }
  std::uint64_t commands() const { return commands_; }
  std::uint64_t wire_bytes() const { return line_.bytes_received(); }
  AnswerReader& answers() { return answers_; }

 private:
  struct Asked {
    std::string good_end;
    bool fetch;
  };

  TlsLine line_;
  AnswerReader answers_;
  std::deque<Asked> in_flight_;
  std::size_t fetching_ = 0;
  std::uint64_t commands_ = 0;
};

}  // namespace imapkeep::bench
