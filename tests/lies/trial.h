// One lie in the process of a mirror, and what has to hold after it. The server tells the truth in
// all but one line of one pass. At once: nothing that was stored and is still on the server is
// lost, even with `on_expunge: remove`; a pass that says "complete" is complete. Some honest passes
// later: the mirror is exact.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/lies/lie.h"

namespace imapkeep::lies {

/// What kind of process it is.
struct Setting {
  std::string name;
  bool follow_up = false;  ///< the lie is told in a second pass, behind changes
  bool plain = false;      ///< the server offers IMAP4rev1 and nothing else
  bool remove = false;     ///< on_expunge: remove
};

std::vector<Setting> settings();

/// Every line of the honest pass in which the lie will be told.
std::vector<std::string> honest_lines(const Setting& setting);

/// Complaints; none when all that was promised held. `lie` stands in place of line `number`.
std::vector<std::string> tell_once(const Setting& setting, std::size_t number, const Lie& lie);

/// A line of the answers to one command about the folder A: the nth to "FETCH", to "EXAMINE" …
struct Place {
  std::string verb;
  std::size_t nth = 0;
  bool operator==(const Place&) const = default;
};

/// All of an honest pass, each with its line.
std::vector<std::pair<Place, std::string>> places(const Setting& setting);

/// At this place the server lies in every pass and on every connection, always in the kind-th way
/// there is. The folders beside A are mirrored all the same, and when the lying ends, so is A.
std::vector<std::string> tell_always(const Setting& setting, const Place& place, std::size_t kind);

}  // namespace imapkeep::lies
