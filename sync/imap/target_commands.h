// The commands that change a server: only a TargetConnection sends them. As in commands.h, the tag
// is put in front by the session, and nothing here uses a sequence number.
#pragma once

#include <cstdint>
#include <string_view>

#include "sync/imap/commands.h"
#include "sync/imap/types/flags.h"

namespace imapkeep::imap {

/// What STORE does with the flags that it names (RFC 9051 §6.4.6).
enum class StoreFlags { kReplace, kAdd, kRemove };

Command select(const MailboxName& name, bool condstore, Literals literals);
Command create(const MailboxName& name, Literals literals);
Command subscribe(const MailboxName& name, Literals literals);
/// APPEND; the message's octets are the command's literal. `date`: RFC 9051 date-time without its
/// quotes, or empty. `binary`: literal8 (RFC 3516 §4.4).
Command append(const MailboxName& name, const Flags& flags, std::string_view date,
               std::uint64_t size, bool binary, Literals literals);
/// UID STORE set [+-]FLAGS.SILENT (…)
Command uid_store(const UidSet& uids, StoreFlags how, const Flags& flags);
/// UID SEARCH [RETURN (ALL)] [CHARSET UTF-8] HEADER Message-ID …
Command uid_search_message_id(std::string_view message_id, bool esearch, Literals literals);

}  // namespace imapkeep::imap
