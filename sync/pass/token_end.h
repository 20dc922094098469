// What the end of a connection says about the token that it was opened with.
#pragma once

#include "auth/credentials.h"
#include "sync/imap/source_connection.h"

namespace imapkeep {

/// The token was to blame, and is told of. True: another can be had (CredentialSource::refused).
[[nodiscard]] inline bool tell_token_end(const imap::SourceConnection& lost,
                                         CredentialSource& source) {
  if (const auto& refused = lost.refused_token()) return source.refused(*refused);
  if (const auto& unanswered = lost.unanswered_token()) return source.unanswered(*unanswered);
  return false;
}

}  // namespace imapkeep
