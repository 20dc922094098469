// Everything that is wrong with a configuration, said at once: a complaint is a sentence and the
// place it is about. Collected in any order, shown in the order of reading.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace imapkeep {

/// Lines and columns count from 1, columns in bytes. Line 0: the file as a whole; no file: the
/// sentence says all.
struct Place {
  std::string file;
  std::size_t line = 0;
  std::size_t column = 0;
  bool operator==(const Place&) const = default;
};
/// file:line:column
std::string to_string(const Place& place);

struct Complaint {
  Place place;
  std::string sentence;
  bool operator==(const Complaint&) const = default;
};
/// file:line:column: sentence
std::string to_string(const Complaint& complaint);

class Complaints {
 public:
  /// Files are sorted in the order in which they are first named here or in add().
  void note_file(const std::string& file);
  void add(Place place, std::string sentence);
  [[nodiscard]] bool empty() const { return complaints_.empty(); }
  /// By place; said twice (a default that several accounts take) is said once.
  [[nodiscard]] std::vector<Complaint> sorted() const;

 private:
  struct Numbered {
    std::size_t file = 0;
    Complaint complaint;
  };
  std::size_t number_of(const std::string& file);

  std::vector<std::string> files_;
  std::vector<Numbered> complaints_;
};

}  // namespace imapkeep
