#include "daemon/io/typing_mode.h"

#include <unistd.h>

#include "daemon/base/secret.h"
#include "daemon/io/retry.h"

namespace imapkeep {
namespace {

constexpr char kBackspace = '\b';
constexpr char kDelete = 0x7f;

bool is_in_middle(char byte) { return (static_cast<unsigned char>(byte) & 0xc0U) == 0x80; }

}  // namespace

TypingMode::TypingMode(int fd) : fd_(fd) {
  if (tcgetattr(fd, &before_) != 0) return;
  // A job in the background would be stopped for touching it.
  const pid_t owner = tcgetpgrp(fd);
  if (owner >= 0 && owner != getpgrp()) return;
  termios now = before_;
  now.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
  now.c_cc[VMIN] = 1;
  now.c_cc[VTIME] = 0;
  is_on_ = tcsetattr(fd, TCSANOW, &now) == 0;
}

TypingMode::~TypingMode() {
  if (is_on_) (void)tcsetattr(fd_, TCSANOW, &before_);
}

void TypingMode::show(const std::string& text) const {
  if ((before_.c_lflag & ECHO) == 0) return;
  (void)retried([&] { return ::write(fd_, text.data(), text.size()); });
}

void TypingMode::rub_out(std::string& line) const {
  while (!line.empty() && is_in_middle(line.back())) line.pop_back();
  if (line.empty()) return;
  line.pop_back();
  show("\b \b");
}

TypingMode::Typed TypingMode::take(char byte, std::string& line) const {
  const auto is_key = [&](int key) { return byte == static_cast<char>(before_.c_cc[key]); };
  if (byte == kBackspace || byte == kDelete || is_key(VERASE)) {
    rub_out(line);
    return Typed::kEdited;
  }
  if (is_key(VKILL)) {
    while (!line.empty()) rub_out(line);
    return Typed::kEdited;
  }
  if (is_key(VEOF)) return line.empty() ? Typed::kEnd : Typed::kEdited;
  const bool is_shown = byte == '\n' || static_cast<unsigned char>(byte) >= ' ';
  if (is_shown) show(std::string(1, byte));
  return Typed::kText;
}

}  // namespace imapkeep
