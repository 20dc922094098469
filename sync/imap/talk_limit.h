// A server that never comes to its point is not waited for: silence is watched elsewhere, this is
// for talk. It counts what was received since something came that somebody had asked for, and the
// responses since the last tagged reply. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "daemon/base/error.h"

namespace imapkeep::imap {

class TalkLimit {
 public:
  static constexpr std::uint64_t kMostUnclaimed = 64ULL << 20;
  static constexpr std::uint64_t kMostResponses = 10'000'000;  ///< no honest answer has as many

  void received(std::size_t bytes) { unclaimed_bytes_ += bytes; }
  /// What somebody asked for has come: what nobody asked for is counted anew.
  void claimed() { unclaimed_bytes_ = 0; }
  void responded() { ++responses_; }
  void replied() {
    claimed();
    responses_ = 0;
  }

  /// The connection is to be given up.
  [[nodiscard]] std::optional<Error> too_much_unclaimed() const;
  [[nodiscard]] std::optional<Error> too_many_responses() const;

 private:
  std::uint64_t unclaimed_bytes_ = 0;
  std::uint64_t responses_ = 0;
};

}  // namespace imapkeep::imap
