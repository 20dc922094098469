// What a server says of one mailbox, by STATUS, LIST-STATUS or EXAMINE. A number that it did not
// give, or gave as 0 where 0 means nothing, is absent.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sync/imap/types/flags.h"
#include "sync/imap/types/mailbox_name.h"
#include "sync/imap/types/uid.h"

namespace imapkeep {

struct MailboxFacts {
  std::optional<std::uint64_t> messages;
  std::optional<std::uint64_t> uid_next;
  std::optional<std::uint32_t> uid_validity;
  std::optional<std::uint64_t> highest_mod_seq;
  std::string mailbox_id = {};  ///< RFC 8474, from EXAMINE only; empty: none

  /// 0, and what does not fit (RFC 9051 §9: nz-number, RFC 7162 §3.1: 63 bits), is dropped.
  static MailboxFacts from_server(std::optional<std::uint64_t> messages,
                                  std::optional<std::uint64_t> uid_next,
                                  std::optional<std::uint64_t> uid_validity,
                                  std::optional<std::uint64_t> highest_mod_seq);
};

/// One line of LIST.
struct ListedFolder {
  MailboxName name;
  char delimiter = 0;      ///< 0: NIL
  bool holds_mail = true;  ///< neither \Noselect nor \NonExistent
  MailboxFacts facts;      ///< as far as LIST-STATUS or a STATUS gave them
};

/// One FETCH answer that a pass compares.
struct ListedMessage {
  Uid uid;
  std::optional<Flags> flags;
  // Only where they were asked for.
  std::optional<std::int64_t> internal_date = std::nullopt;
  std::optional<std::uint64_t> rfc822_size = std::nullopt;
};

}  // namespace imapkeep
