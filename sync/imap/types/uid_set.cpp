#include "sync/imap/types/uid_set.h"

#include <algorithm>
#include <charconv>

namespace imapkeep {
namespace {

/// `range` begins inside `last` or directly behind it.
bool touches(const UidRange& last, const UidRange& range) {
  return last.last == kMaxUid || range.first.value <= last.last.value + 1;
}

/// For ranges that come in ascending order of `first`.
void append(std::vector<UidRange>& ranges, const UidRange& range) {
  if (!ranges.empty() && touches(ranges.back(), range)) {
    ranges.back().last = std::max(ranges.back().last, range.last);
  } else {
    ranges.push_back(range);
  }
}

void append_number(std::string& out, std::uint32_t number) {
  char digits[10];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

void append_text(std::string& out, const UidRange& range) {
  if (!out.empty()) out += ',';
  append_number(out, range.first.value);
  if (range.first == range.last) return;
  out += ':';
  append_number(out, range.last.value);
}

/// The number at the front, 1..2^32-1; 0 when there is none.
std::uint32_t take_number(std::string_view& text) {
  std::uint32_t value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc()) return 0;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

bool by_first(const UidRange& a, const UidRange& b) { return a.first < b.first; }

}  // namespace

UidSet UidSet::of(Uid first, Uid last) {
  UidSet set;
  set.add({first, last});
  return set;
}

void UidSet::add(UidRange range) {
  range.first = std::max(range.first, Uid{1});
  if (range.first > range.last) return;
  if (ranges_.empty() || range.first >= ranges_.back().first) {
    append(ranges_, range);
    return;
  }
  // The ranges that touch the new one become one with it.
  auto begin = std::lower_bound(
      ranges_.begin(), ranges_.end(), range.first,
      [](const UidRange& r, Uid uid) { return r.last < uid && r.last.value + 1 < uid.value; });
  auto end = begin;
  while (end != ranges_.end() && touches(range, *end)) {
    range.first = std::min(range.first, end->first);
    range.last = std::max(range.last, end->last);
    ++end;
  }
  if (begin == end) {
    ranges_.insert(begin, range);
  } else {
    *begin = range;
    ranges_.erase(begin + 1, end);
  }
}

void UidSet::add(const UidSet& other) {
  if (other.empty()) return;
  if (ranges_.empty() || other.ranges_.front().first >= ranges_.back().first) {
    const auto more = other.ranges_;  // `other` may be this set
    for (const auto& range : more) append(ranges_, range);
    return;
  }
  std::vector<UidRange> all;
  all.reserve(ranges_.size() + other.ranges_.size());
  auto a = ranges_.begin();
  auto b = other.ranges_.begin();
  while (a != ranges_.end() || b != other.ranges_.end()) {
    const bool from_a = b == other.ranges_.end() || (a != ranges_.end() && by_first(*a, *b));
    append(all, from_a ? *a++ : *b++);
  }
  ranges_ = std::move(all);
}

void UidSet::remove(UidRange range) {
  if (range.first > range.last) return;
  auto begin = std::lower_bound(ranges_.begin(), ranges_.end(), range.first,
                                [](const UidRange& r, Uid uid) { return r.last < uid; });
  auto end = begin;
  while (end != ranges_.end() && end->first <= range.last) ++end;
  if (begin == end) return;
  const UidRange left{begin->first, Uid{range.first.value - 1}};
  const UidRange right{Uid{range.last.value + 1}, (end - 1)->last};
  const bool keep_left = begin->first < range.first;
  const bool keep_right = (end - 1)->last > range.last;
  if (keep_left && keep_right && end - begin == 1) {
    *begin = right;
    ranges_.insert(begin, left);
    return;
  }
  if (keep_left) *begin++ = left;
  if (keep_right) *--end = right;
  ranges_.erase(begin, end);
}

bool UidSet::contains(Uid uid) const {
  const auto it = std::lower_bound(ranges_.begin(), ranges_.end(), uid,
                                   [](const UidRange& r, Uid u) { return r.last < u; });
  return it != ranges_.end() && it->first <= uid;
}

std::uint64_t UidSet::count() const {
  std::uint64_t count = 0;
  for (const auto& range : ranges_) {
    count += std::uint64_t{range.last.value} - range.first.value + 1;
  }
  return count;
}

std::optional<Uid> UidSet::highest() const {
  if (ranges_.empty()) return std::nullopt;
  return ranges_.back().last;
}

std::optional<Uid> UidSet::lowest() const {
  if (ranges_.empty()) return std::nullopt;
  return ranges_.front().first;
}

UidSet UidSet::minus(const UidSet& other) const {
  UidSet out;
  auto b = other.ranges_.begin();
  for (UidRange a : ranges_) {
    while (b != other.ranges_.end() && b->last < a.first) ++b;
    bool used_up = false;
    for (auto hole = b; hole != other.ranges_.end() && hole->first <= a.last; ++hole) {
      if (a.first < hole->first) {
        out.ranges_.push_back({a.first, Uid{hole->first.value - 1}});
      }
      used_up = hole->last >= a.last;
      if (used_up) break;
      a.first = Uid{hole->last.value + 1};
      b = hole;
    }
    if (!used_up) out.ranges_.push_back(a);
  }
  return out;
}

UidSet UidSet::intersect(const UidSet& other) const {
  UidSet out;
  auto a = ranges_.begin();
  auto b = other.ranges_.begin();
  while (a != ranges_.end() && b != other.ranges_.end()) {
    const UidRange both{std::max(a->first, b->first), std::min(a->last, b->last)};
    if (both.first <= both.last) out.ranges_.push_back(both);
    if (a->last < b->last) {
      ++a;
    } else {
      ++b;
    }
  }
  return out;
}

UidSet UidSet::highest(std::uint64_t n) const {
  UidSet out;
  for (auto it = ranges_.rbegin(); it != ranges_.rend() && n > 0; ++it) {
    const std::uint64_t size = std::uint64_t{it->last.value} - it->first.value + 1;
    const std::uint64_t taken = std::min(size, n);
    out.ranges_.push_back(
        {Uid{static_cast<std::uint32_t>(it->last.value - (taken - 1))}, it->last});
    n -= taken;
  }
  std::reverse(out.ranges_.begin(), out.ranges_.end());
  return out;
}

std::string UidSet::str() const {
  std::string out;
  for (const auto& range : ranges_) append_text(out, range);
  return out;
}

std::optional<UidSet> UidSet::parse(std::string_view text, std::size_t max_ranges) {
  std::vector<UidRange> found;
  bool ascending = true;
  while (true) {
    UidRange range;
    range.first.value = take_number(text);
    range.last = range.first;
    if (!text.empty() && text.front() == ':') {
      text.remove_prefix(1);
      range.last.value = take_number(text);
    }
    if (range.first.value == 0 || range.last.value == 0) return std::nullopt;
    if (range.first > range.last) std::swap(range.first, range.last);
    if (found.size() == max_ranges) return std::nullopt;
    ascending = ascending && (found.empty() || found.back().first <= range.first);
    found.push_back(range);
    if (text.empty()) break;
    if (text.front() != ',') return std::nullopt;
    text.remove_prefix(1);
  }
  if (!ascending) std::sort(found.begin(), found.end(), by_first);
  UidSet set;
  for (const auto& range : found) append(set.ranges_, range);
  return set;
}

std::vector<UidSet> UidSet::split(std::size_t max_bytes) const {
  std::vector<UidSet> sets;
  std::size_t length = 0;
  for (const auto& range : ranges_) {
    std::string text;
    append_text(text, range);
    if (sets.empty() || length + 1 + text.size() > max_bytes) {
      sets.emplace_back();
      length = text.size();
    } else {
      length += 1 + text.size();
    }
    sets.back().ranges_.push_back(range);
  }
  return sets;
}

}  // namespace imapkeep
