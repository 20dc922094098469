// One complete line → one Response (RFC 9051 §7). Lines are put together by response_reader; how a
// literal stands in one is said in lexer.h. Servers are read liberally. What cannot be read is an
// UnknownResponse where nothing is lost by not knowing it, and an Error where going on could lose a
// message: a list of UIDs with a gap, or a FETCH that does not go on behind its body.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "daemon/base/result.h"
#include "sync/imap/responses.h"

namespace imapkeep::imap {

struct ParsedLine {
  Response response;
  std::optional<std::string> quoted_body;  ///< of a FETCH: to be handed on before the response
  bool strange = false;                    ///< no response at all
};

Result<ParsedLine> parse_response(std::string_view line, std::size_t nesting = 32);
/// The beginning of a line that was too long to be held: a status without its code, or only the
/// name of what it was.
Response parse_beginning(std::string_view line);

}  // namespace imapkeep::imap
