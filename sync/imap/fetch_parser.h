// msg-att of RFC 9051 §9: the items of a FETCH response, in any order. A body is the whole message
// only as BODY[] or RFC822; BODY[]<n> is the part that begins at octet n. A section of it, its
// decoded form (BINARY[]), a second body in the same response and two different UIDs leave nothing
// that could be trusted: such a response names no UID, so that nobody can take its bytes for a
// message.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sync/imap/lexer.h"
#include "sync/imap/responses.h"

namespace imapkeep::imap {

struct ParsedFetch {
  FetchResponse response;
  std::optional<std::string> quoted_body;  ///< BODY[] "…": still to be handed on
  bool trusted = true;                     ///< false: no UID may be given to it
};

/// From the "(" on. Nothing when it cannot be read to its end.
std::optional<ParsedFetch> parse_msg_att(Lexer& lexer);

/// What the literal is that follows this beginning of a line: a body, to be streamed, or a header,
/// which may be too long to be held.
enum class LiteralOf { kBody, kHeader, kOther };
LiteralOf literal_of(std::string_view line, std::size_t nesting);

}  // namespace imapkeep::imap
