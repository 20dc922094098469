// The words that journal lines use for our enums, and where a line's checksum stands. Shared by the
// halves that write and read; nobody else includes this.
#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "sync/journal/records.h"

namespace imapkeep {

// {"c":"0123456789abcdef","t":…
inline constexpr std::size_t kChecksumStart = 6;
inline constexpr std::size_t kChecksumEnd = 24;

inline constexpr std::array kEncodingWords{
    std::pair<NameEncoding, std::string_view>{NameEncoding::kUtf7, "utf-7"},
    std::pair<NameEncoding, std::string_view>{NameEncoding::kUtf8, "utf-8"}};

inline constexpr std::array kDecidedWords{
    std::pair<Decided, std::string_view>{Decided::kByBytes, "bytes"},
    std::pair<Decided, std::string_view>{Decided::kById, "id"},
    std::pair<Decided, std::string_view>{Decided::kInferred, "inferred"}};

inline constexpr std::array kGoneWords{
    std::pair<GoneTo, std::string_view>{GoneTo::kKept, "kept"},
    std::pair<GoneTo, std::string_view>{GoneTo::kMoved, "moved"},
    std::pair<GoneTo, std::string_view>{GoneTo::kRemoved, "removed"},
    std::pair<GoneTo, std::string_view>{GoneTo::kLost, "lost"}};

inline constexpr std::array kNotedWords{
    std::pair<NotedRecord::Kind, std::string_view>{NotedRecord::Kind::kExpired, "expired"},
    std::pair<NotedRecord::Kind, std::string_view>{NotedRecord::Kind::kForgotten, "forgotten"},
    std::pair<NotedRecord::Kind, std::string_view>{NotedRecord::Kind::kProof, "proof"},
    std::pair<NotedRecord::Kind, std::string_view>{NotedRecord::Kind::kInferredSettled,
                                                   "inferred-settled"}};

template <class Words, class Value>
constexpr std::string_view word_of(const Words& words, Value value) {
  for (const auto& [candidate, word] : words) {
    if (candidate == value) return word;
  }
  return words.front().second;
}

template <class Words>
constexpr auto value_of(const Words& words, std::string_view text)
    -> std::optional<typename Words::value_type::first_type> {
  for (const auto& [value, word] : words) {
    if (word == text) return value;
  }
  return std::nullopt;
}

}  // namespace imapkeep
