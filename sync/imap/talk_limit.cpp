#include "sync/imap/talk_limit.h"

#include <string>

namespace imapkeep::imap {

std::optional<Error> TalkLimit::too_much_unclaimed() const {
  if (unclaimed_bytes_ <= kMostUnclaimed) return std::nullopt;
  return server_error("the server sent " + std::to_string(kMostUnclaimed >> 20) +
                      " MiB of what nobody had asked for, without an end; imapkeep stops "
                      "listening and tries again later");
}

std::optional<Error> TalkLimit::too_many_responses() const {
  if (responses_ <= kMostResponses) return std::nullopt;
  return server_error("the server sent more than " + std::to_string(kMostResponses) +
                      " responses to one command, without an end; imapkeep stops listening "
                      "and tries again later");
}

}  // namespace imapkeep::imap
