// The two hashes of a message, computed while it streams. SHA-256 is the identity; XXH3-64 is the
// hint in the file name, sixteen digits as `xxhsum -H3` prints them.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "daemon/base/bytes.h"

namespace imapkeep {

struct Sha256Digest {
  std::array<std::uint8_t, 32> bytes{};
  auto operator<=>(const Sha256Digest&) const = default;
  [[nodiscard]] std::string hex() const;
  static std::optional<Sha256Digest> from_hex(std::string_view hex);
};

class Sha256 {
 public:
  Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  ~Sha256();
  void update(ByteView bytes);
  Sha256Digest finish();  ///< once; the object is used up afterwards
  static Sha256Digest of(ByteView bytes);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

class Xxh3 {
 public:
  Xxh3();
  Xxh3(Xxh3&&) noexcept;
  Xxh3& operator=(Xxh3&&) noexcept;
  ~Xxh3();
  void update(ByteView bytes);
  [[nodiscard]] std::uint64_t digest() const;
  static std::uint64_t of(ByteView bytes);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace imapkeep
