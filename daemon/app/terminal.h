// The terminal that the operator looks at: log lines above, one progress line below that is drawn
// again after each. Without a terminal there is no bar, and lines are just written. Lines may come
// from any thread. Or, on standard output: pages, of which a terminal shows the newest.
#pragma once

#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>

namespace imapkeep {

class Terminal {
 public:
  explicit Terminal(int fd);
  ~Terminal();
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  [[nodiscard]] bool is_terminal() const { return is_terminal_; }
  [[nodiscard]] std::size_t width() const;
  [[nodiscard]] std::size_t height() const;
  /// A whole line without its end; the bar is lifted first and put back after.
  void write_line(std::string_view line);
  /// Replaces the bar; empty: none. Ignored without a terminal.
  void set_bar(std::string bar);
  /// Lines. On a terminal they take the place of whatever it shows, as far as they fit; elsewhere
  /// they are added.
  void show_page(std::string_view page);

 private:
  void put(std::string_view bytes) const;

  int fd_;
  bool is_terminal_;
  std::mutex mutex_;
  std::string bar_;
};

}  // namespace imapkeep
