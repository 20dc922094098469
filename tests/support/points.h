// Numbers the calls that change a disk, so that "the 117th" is a place in a program's life that can
// be gone back to. At one of them something may happen instead of the call (the power is cut, the
// process is killed). Some flushes can be left out, as if their line were missing in the program:
// what looks for lost mail must then find some, or it finds nothing at all.
#pragma once

#include <fnmatch.h>

#include <cstdint>
#include <functional>
#include <string>
#include <utility>

namespace imapkeep {

class CrashPoints {
 public:
  /// Before a call that changes bytes or names: "rename /mail/INBOX/tmp/imapkeep.3".
  void change(std::string what) { reach(std::move(what)); }
  /// Before a flush: "fsync /mail/…", "fsync directory /mail/…", "syncfs /mail". False: it is one
  /// that is left out, and to be called a success.
  [[nodiscard]] bool flush(std::string what) {
    reach(std::move(what));
    return left_out_.empty() || fnmatch(left_out_.c_str(), last_.c_str(), 0) != 0;
  }

  void stop_at(std::uint64_t point, std::function<void()> stop) {
    stop_at_ = point;
    stop_ = std::move(stop);
  }
  /// A shell pattern; empty: none.
  void leave_out(std::string flushes) { left_out_ = std::move(flushes); }

  [[nodiscard]] std::uint64_t reached() const { return reached_; }
  /// The newest call.
  [[nodiscard]] const std::string& last() const { return last_; }

 private:
  void reach(std::string what) {
    last_ = std::move(what);
    if (++reached_ == stop_at_) stop_();
  }

  std::uint64_t reached_ = 0;
  std::uint64_t stop_at_ = 0;  // 0: nowhere
  std::function<void()> stop_;
  std::string left_out_;
  std::string last_;
};

}  // namespace imapkeep
