#include "config/complaints.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "daemon/base/bytes.h"

namespace imapkeep {

std::string to_string(const Place& place) {
  std::string text = printable_utf8(place.file, 4096);
  if (place.line == 0) return text;
  return text + ":" + std::to_string(place.line) + ":" + std::to_string(place.column);
}

std::string to_string(const Complaint& complaint) {
  if (complaint.place.file.empty()) return complaint.sentence;
  return to_string(complaint.place) + ": " + complaint.sentence;
}

void Complaints::note_file(const std::string& file) { number_of(file); }

std::size_t Complaints::number_of(const std::string& file) {
  // From the back: complaints come file by file.
  const auto found = std::find(files_.rbegin(), files_.rend(), file);
  if (found != files_.rend()) return static_cast<std::size_t>(files_.rend() - found) - 1;
  files_.push_back(file);
  return files_.size() - 1;
}

void Complaints::add(Place place, std::string sentence) {
  const std::size_t file = number_of(place.file);
  complaints_.push_back({file, {std::move(place), std::move(sentence)}});
}

std::vector<Complaint> Complaints::sorted() const {
  auto numbered = complaints_;
  std::stable_sort(
      numbered.begin(), numbered.end(), [](const Numbered& left, const Numbered& right) {
        const auto key = [](const Numbered& one) {
          return std::tuple(one.file, one.complaint.place.line, one.complaint.place.column);
        };
        return key(left) < key(right);
      });
  std::vector<Complaint> result;
  std::size_t same_place = 0;  // where the complaints about the current place begin in `result`
  for (auto& one : numbered) {
    if (same_place < result.size() && result[same_place].place != one.complaint.place)
      same_place = result.size();
    const auto begin = result.begin() + static_cast<std::ptrdiff_t>(same_place);
    if (std::find(begin, result.end(), one.complaint) == result.end())
      result.push_back(std::move(one.complaint));
  }
  return result;
}

}  // namespace imapkeep
