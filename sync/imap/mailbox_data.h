// What a server says of a mailbox as a whole: in the answers to LIST, STATUS, EXAMINE and SELECT.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sync/imap/types/mailbox_name.h"
#include "sync/imap/types/uid.h"

namespace imapkeep::imap {

/// RFC 9051 §6.3.11 STATUS; absent where the server did not say.
struct MailboxStatus {
  std::optional<std::uint64_t> messages;
  std::optional<std::uint64_t> uid_next;
  std::optional<UidValidity> uid_validity;
  std::optional<ModSeq> highest_mod_seq;
};

struct ListedMailbox {
  MailboxName name;
  char delimiter = 0;                   ///< 0: NIL
  bool selectable = true;               ///< neither \Noselect nor \NonExistent
  std::vector<std::string> attributes;  ///< as sent: "\\Sent", "\\HasChildren" …
  std::optional<MailboxStatus> status;  ///< when LIST-STATUS gave it
};

/// RFC 9051 §6.3.3 EXAMINE.
struct Examined {
  UidValidity uid_validity;
  std::uint64_t uid_next = 0;  ///< 0: not said
  std::uint64_t exists = 0;
  ModSeq highest_mod_seq;  ///< 0: none, or NOMODSEQ
  std::string mailbox_id;  ///< RFC 8474, printable; empty: none
};

/// RFC 9051 §6.3.2 SELECT.
struct Selected {
  Examined mailbox;
  bool read_only = false;
  /// PERMANENTFLAGS: what STORE and APPEND may set, "\\*" for any keyword; empty: not said.
  std::vector<std::string> permanent_flags;
};

}  // namespace imapkeep::imap
