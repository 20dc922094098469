// A password or token. It has no formatter, no operator<< and no comparison, so printing one does
// not compile; the bytes are wiped when it dies. reveal() marks the few places that send it.
#pragma once

#include <string>
#include <string_view>

namespace imapkeep {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  Secret(const Secret&) = default;
  Secret& operator=(const Secret& other);
  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;
  ~Secret();

  [[nodiscard]] std::string_view reveal() const { return value_; }
  [[nodiscard]] bool empty() const { return value_.empty(); }

 private:
  std::string value_;
};

/// Overwrites the bytes in a way that the compiler keeps, then clears.
void wipe(std::string& bytes);

}  // namespace imapkeep
