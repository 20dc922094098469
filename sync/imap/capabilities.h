// What the server says it can do (RFC 9051 §6.1.1). Case-insensitive atoms. Only announced features
// are ever used: some servers drop the connection at an unannounced one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace imapkeep::imap {

class Capabilities {
 public:
  Capabilities() = default;
  explicit Capabilities(const std::vector<std::string>& atoms);
  [[nodiscard]] bool has(std::string_view atom) const;
  [[nodiscard]] bool empty() const { return atoms_.empty(); }
  /// Of an atom `NAME=123`: the number.
  [[nodiscard]] std::optional<std::uint64_t> number(std::string_view name) const;
  /// Mechanisms of AUTH=…, upper case.
  [[nodiscard]] std::vector<std::string> mechanisms() const;
  [[nodiscard]] std::string str() const;

 private:
  std::string atoms_;  ///< upper case, each with a space before and one behind it; or empty
};

}  // namespace imapkeep::imap
