// A set of UIDs as sorted, disjoint, non-adjacent ranges: what is stored, what is wanted, what a
// server listed. A million consecutive UIDs are one range, and only for_each() expands one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sync/imap/types/uid.h"

namespace imapkeep {

struct UidRange {
  Uid first;
  Uid last;  ///< inclusive
  bool operator==(const UidRange&) const = default;
};

class UidSet {
 public:
  UidSet() = default;
  /// A range whose first is behind its last holds nothing, here and below; UID 0 is no member.
  static UidSet of(Uid first, Uid last);

  void add(Uid uid) { add({uid, uid}); }
  void add(UidRange range);  ///< amortised O(1) when ascending
  void add(const UidSet& other);
  void remove(Uid uid) { remove(UidRange{uid, uid}); }
  void remove(UidRange range);

  [[nodiscard]] bool contains(Uid uid) const;
  [[nodiscard]] bool empty() const { return ranges_.empty(); }
  [[nodiscard]] std::uint64_t count() const;
  [[nodiscard]] std::optional<Uid> highest() const;
  [[nodiscard]] std::optional<Uid> lowest() const;
  [[nodiscard]] const std::vector<UidRange>& ranges() const { return ranges_; }

  [[nodiscard]] UidSet minus(const UidSet& other) const;
  [[nodiscard]] UidSet intersect(const UidSet& other) const;
  /// The `n` highest members (all, when there are fewer).
  [[nodiscard]] UidSet highest(std::uint64_t n) const;

  /// Calls `visit` with each member, ascending. Only where there cannot be millions of them.
  template <class Visit>
  void for_each(Visit visit) const {
    for (const UidRange& range : ranges_) {
      for (std::uint64_t uid = range.first.value; uid <= range.last.value; ++uid) {
        visit(Uid{static_cast<std::uint32_t>(uid)});
      }
    }
  }

  /// RFC 9051 sequence-set of UIDs: ascending, "1:3,7". Empty for the empty set.
  [[nodiscard]] std::string str() const;
  /// Reads a sequence-set; ranges may be reversed ("9:7") and unsorted; `*`, 0, overflow, more than
  /// `max_ranges` ranges or any other character give nothing.
  static std::optional<UidSet> parse(std::string_view text, std::size_t max_ranges = 2'000'000);

  /// Cut into sets whose str() is at most `max_bytes` long, ascending (RFC 2683 §3.2.1.5: 1000). A
  /// single range that is longer is a set of its own.
  [[nodiscard]] std::vector<UidSet> split(std::size_t max_bytes) const;

  bool operator==(const UidSet&) const = default;

 private:
  std::vector<UidRange> ranges_;
};

}  // namespace imapkeep
