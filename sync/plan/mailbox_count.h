// How many messages there are in the mailbox that is examined: EXAMINE says it, untagged EXISTS and
// EXPUNGE change it, and a STATUS may say more, where EXAMINE was doubted.
#pragma once

#include <algorithm>
#include <cstdint>

namespace imapkeep {

class MailboxCount {
 public:
  void examined(std::uint64_t exists) {
    *this = MailboxCount();
    examined_ = exists_ = exists;
  }
  void status_says(std::uint64_t messages) { by_status_ = messages; }
  /// EXAMINE's count is believed again.
  void forget_status() { by_status_ = 0; }
  void exists_is(std::uint64_t count) {
    has_moved_ = has_moved_ || count != exists_;
    exists_ = count;
  }
  void one_expunged() {
    has_moved_ = true;
    exists_ -= exists_ > 0 ? 1 : 0;
  }

  [[nodiscard]] std::uint64_t exists() const { return exists_; }
  [[nodiscard]] std::uint64_t by_status() const { return by_status_; }
  /// Mail has come or gone since EXAMINE.
  [[nodiscard]] bool has_moved() const { return has_moved_; }
  /// As far as STATUS was asked what it says.
  [[nodiscard]] bool agrees() const { return by_status_ <= exists_; }
  /// There may be so many. A list is only spared where nothing says that it has members.
  [[nodiscard]] std::uint64_t expected() const {
    return std::max({exists_, by_status_, examined_});
  }

 private:
  std::uint64_t examined_ = 0;
  std::uint64_t exists_ = 0;
  std::uint64_t by_status_ = 0;
  bool has_moved_ = false;
};

}  // namespace imapkeep
