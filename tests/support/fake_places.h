// What stores without file names might write of their places into a journal: one that says all in a
// base, and one that says it in place and size.
#pragma once

#include <array>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>

#include "sync/journal/place_codec.h"

namespace imapkeep {

/// "1771568830/8196…/3444/3500/3": date, hash, S, W and number.
class BasePlaces final : public PlaceCodec {
 public:
  [[nodiscard]] std::string base_of(const MessageRecord& record) const override {
    return std::to_string(record.internal_date) + "/" + std::to_string(record.identity.xxh3) + "/" +
           std::to_string(record.identity.size) + "/" + std::to_string(record.identity.crlf_size) +
           "/" + std::to_string(record.number);
  }
  bool read_base(std::string_view base, MessageRecord& record) const override {
    const auto numbers = numbers_of<5>(base);
    if (!numbers) return false;
    record.internal_date = static_cast<std::int64_t>((*numbers)[0]);
    record.identity.xxh3 = (*numbers)[1];
    record.identity.size = (*numbers)[2];
    record.identity.crlf_size = (*numbers)[3];
    record.number = static_cast<std::uint32_t>((*numbers)[4]);
    return true;
  }
  [[nodiscard]] std::string place_of(const MessageRecord&) const override { return {}; }
  bool read_place(std::string_view, MessageRecord&) const override { return false; }

  template <std::size_t N>
  static std::optional<std::array<std::uint64_t, N>> numbers_of(std::string_view text) {
    std::array<std::uint64_t, N> numbers{};
    for (std::size_t i = 0; i < N; ++i) {
      const std::string_view digits = text.substr(0, text.find('/'));
      const char* end = digits.data() + digits.size();
      const auto read = std::from_chars(digits.data(), end, numbers.at(i));
      if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
      const bool last = i + 1 == N;
      if (last != (digits.size() == text.size())) return std::nullopt;
      if (!last) text.remove_prefix(digits.size() + 1);
    }
    return numbers;
  }
};

/// "\xff8196…/3500/3": hash, W and number behind a byte that is no text.
class KeyPlaces final : public PlaceCodec {
 public:
  [[nodiscard]] std::string base_of(const MessageRecord&) const override { return {}; }
  bool read_base(std::string_view, MessageRecord&) const override { return false; }
  [[nodiscard]] std::string place_of(const MessageRecord& record) const override {
    return "\xff" + std::to_string(record.identity.xxh3) + "/" +
           std::to_string(record.identity.crlf_size) + "/" + std::to_string(record.number);
  }
  bool read_place(std::string_view place, MessageRecord& record) const override {
    if (place.empty() || place.front() != '\xff') return false;
    const auto numbers = BasePlaces::numbers_of<3>(place.substr(1));
    if (!numbers) return false;
    record.identity.xxh3 = (*numbers)[0];
    record.identity.crlf_size = (*numbers)[1];
    record.number = static_cast<std::uint32_t>((*numbers)[2]);
    return true;
  }
};

}  // namespace imapkeep
