// What LIST, STATUS, SELECT and EXAMINE responses say of a mailbox, as values. The same responses
// come as answers and as news (RFC 5465), and mean the same.
#pragma once

#include <cstdint>
#include <optional>

#include "daemon/base/result.h"
#include "sync/imap/mailbox_data.h"
#include "sync/imap/responses.h"

namespace imapkeep::imap {

MailboxStatus status_of(const StatusDataResponse& data);
ListedMailbox mailbox_of(const ListResponse& listed, NameEncoding encoding);

/// Gathers what the server says while a mailbox is being selected or examined (RFC 9051 §6.3.2).
class SelectAnswer {
 public:
  /// True when nobody else needs the response.
  bool take(const Response& response);
  void note(const ResponseCode& code);
  /// Behind the tagged OK.
  [[nodiscard]] Result<Examined> result() const;

 private:
  bool exists_said_ = false;
  std::optional<std::uint64_t> impossible_validity_;  ///< a UIDVALIDITY that is no 32-bit number
  Examined examined_;
};

}  // namespace imapkeep::imap
