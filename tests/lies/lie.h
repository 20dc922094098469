// What a server can say instead of the truth. A lie is about one line of an honest session: the
// line is left out, said twice, cut short, its numbers are others, items are missing, something
// foreign stands before it, or the server refuses, leaves, or says nothing more. Lies are counted,
// so that one can be told again by its number.
#pragma once

#include <string>
#include <vector>

namespace imapkeep::lies {

enum class Then { kGoesOn, kCloses, kResets, kFallsSilent };

struct Lie {
  std::string name;
  std::string said;  ///< in place of the line, with every CRLF
  Then then = Then::kGoesOn;
};

/// All lies about this line; the same for the same line. `line` is without its CRLF.
std::vector<Lie> lies_about(const std::string& line);

/// A lie that nobody could find out, since all that is said is what a truthful server says of an
/// account without that folder. `tells_counts`: LIST tells of each folder's STATUS, too, and that
/// gives it away.
bool is_plausible(const std::string& line, const Lie& lie, bool tells_counts);

}  // namespace imapkeep::lies
