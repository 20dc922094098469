// A terminal that hands over what is typed as it comes. Left alone it collects a line itself and
// cuts it at 4,095 octets, which an address that a person pastes may well have. So the echo and the
// few editing keys are done here, and the terminal is left as it was found.
#pragma once

#include <termios.h>

#include <string>

namespace imapkeep {

class TypingMode {
 public:
  /// Of no terminal, or of one that another job has: nothing is changed, and is_on() says so.
  explicit TypingMode(int fd);
  ~TypingMode();
  TypingMode(const TypingMode&) = delete;
  TypingMode& operator=(const TypingMode&) = delete;

  [[nodiscard]] bool is_on() const { return is_on_; }

  enum class Typed { kText, kEdited, kEnd };
  /// Shows the byte, or does what its key means to the line so far. kText: it belongs to the line,
  /// or ends it; kEnd: nothing more will be typed.
  [[nodiscard]] Typed take(char byte, std::string& line) const;

 private:
  void show(const std::string& text) const;
  void rub_out(std::string& line) const;

  int fd_;
  bool is_on_ = false;
  termios before_{};
};

}  // namespace imapkeep
