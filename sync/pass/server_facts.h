// What the server said of a mailbox, in the words in which sync/plan decides.
#pragma once

#include <optional>

#include "sync/imap/source_connection.h"
#include "sync/plan/mailbox_facts.h"

namespace imapkeep {

inline MailboxFacts facts_of(const std::optional<imap::MailboxStatus>& status) {
  if (!status) return {};
  std::optional<std::uint64_t> uid_validity;
  std::optional<std::uint64_t> mod_seq;
  if (status->uid_validity) uid_validity = status->uid_validity->value;
  if (status->highest_mod_seq) mod_seq = status->highest_mod_seq->value;
  return MailboxFacts::from_server(status->messages, status->uid_next, uid_validity, mod_seq);
}

inline MailboxFacts facts_of(const imap::Examined& examined) {
  auto facts =
      MailboxFacts::from_server(examined.exists, examined.uid_next, examined.uid_validity.value,
                                examined.highest_mod_seq.value);
  facts.mailbox_id = examined.mailbox_id;
  return facts;
}

}  // namespace imapkeep
