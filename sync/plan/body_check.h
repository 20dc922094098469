// Are these bytes the message that was asked for? Nothing proves it, but a server also announces a
// size, and three things are known to go wrong: a body that is cut or swallows the next answer, a
// size that was counted wrongly (many servers, for all their mail), and words that a server invents
// for a message that it has not got any more. So a body of another size than announced is asked for
// a second time; what comes twice is the message. Nothing is decided against bytes that the server
// stands by: they are kept, and what speaks against them is written down with them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace imapkeep {

/// After so many kept mails of other sizes than announced a server is known to count wrongly, and
/// only bodies that are too short are asked for twice.
inline constexpr std::uint64_t kWrongSizesBelieved = 20;

/// As long as what Courier sends in the place of a message that another client has expunged, or
/// whose file it cannot read.
inline constexpr std::size_t kInventedSize = 129;
/// It is that, word for word.
bool is_known_invention(std::string_view body);

struct ArrivedBody {
  std::optional<std::uint64_t> announced;  ///< RFC822.SIZE
  std::uint64_t size = 0;
  bool known_invention = false;
};

enum class BodyStep {
  kKeep,
  kKeepOtherSize,  ///< kept, and said to be of another size than announced
  kAskAgain,
  kRefuse,  ///< these are the server's words and no message
};
/// `wrong_sizes`: kept mails of this server whose size is not the announced one. `invents`: the
/// server is one that does (Courier); others may hold mail that says just that.
BodyStep decide_body(const ArrivedBody& body, std::uint64_t wrong_sizes, bool invents);

/// What the second question brought. The server was made to look at the mailbox before it (NOOP),
/// and named the message again, or not.
struct SecondBody {
  bool still_listed = false;
  std::optional<std::uint64_t> announced;
  std::optional<std::uint64_t> size;  ///< absent: no body came, or an empty one
  bool known_invention = false;
};

enum class KeptBody { kFirst, kSecond, kNeither };
struct BodyChoice {
  KeptBody keep = KeptBody::kNeither;
  /// Why the bytes that are kept may not be the whole message; empty: no doubt.
  std::string doubtful;
  /// Both are equally long: the doubt holds only if their bytes differ.
  bool unless_equal = false;
  bool operator==(const BodyChoice&) const = default;
};
BodyChoice choose_body(const ArrivedBody& first, const SecondBody& second);

}  // namespace imapkeep
