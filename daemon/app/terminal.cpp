#include "daemon/app/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>

#include "daemon/app/page_fit.h"

namespace imapkeep {
namespace {

constexpr std::string_view kClearLine = "\r\x1b[K";
constexpr std::string_view kClearScreen = "\x1b[H\x1b[2J";

}  // namespace

Terminal::Terminal(int fd) : fd_(fd), is_terminal_(isatty(fd) == 1) {}

Terminal::~Terminal() { set_bar(""); }

std::size_t Terminal::width() const {
  winsize size{};
  if (ioctl(fd_, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

std::size_t Terminal::height() const {
  winsize size{};
  if (ioctl(fd_, TIOCGWINSZ, &size) == 0 && size.ws_row > 0) return size.ws_row;
  return 24;
}

void Terminal::write_line(std::string_view line) {
  const std::lock_guard lock(mutex_);
  std::string bytes;
  if (!bar_.empty()) bytes += kClearLine;
  bytes += line;
  bytes += '\n';
  bytes += bar_;
  put(bytes);
}

void Terminal::set_bar(std::string bar) {
  const std::lock_guard lock(mutex_);
  if (!is_terminal_ || bar == bar_) return;
  bar_ = std::move(bar);
  put(std::string(kClearLine) + bar_);
}

void Terminal::show_page(std::string_view page) {
  const std::lock_guard lock(mutex_);
  if (!is_terminal_) return put(page);
  put(std::string(kClearScreen) + fitted_page(page, width(), height()));
}

void Terminal::put(std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;  // nobody to tell
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace imapkeep
