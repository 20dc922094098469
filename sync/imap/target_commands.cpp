#include "sync/imap/target_commands.h"

#include <algorithm>

#include "sync/imap/command_writer.h"

namespace imapkeep::imap {

Command select(const MailboxName& name, bool condstore, Literals literals) {
  CommandWriter writer("SELECT", literals);
  writer.raw(" ").mailbox(name);
  return writer.raw(condstore ? " (CONDSTORE)" : "").end();
}

Command create(const MailboxName& name, Literals literals) {
  return CommandWriter("CREATE", literals).raw(" ").mailbox(name).end();
}

Command subscribe(const MailboxName& name, Literals literals) {
  return CommandWriter("SUBSCRIBE", literals).raw(" ").mailbox(name).end();
}

Command append(const MailboxName& name, const Flags& flags, std::string_view date,
               std::uint64_t size, bool binary, Literals literals) {
  CommandWriter writer("APPEND", literals);
  writer.raw(" ").mailbox(name).raw(" ").flags(flags).raw(" ");
  if (!date.empty()) writer.raw(quoted(date)).raw(" ");
  return writer.end_with_literal(size, binary);
}

Command uid_store(const UidSet& uids, StoreFlags how, const Flags& flags) {
  CommandWriter writer("UID STORE", Literals::kSynchronizing);
  writer.raw(" ").raw(uids.str()).raw(" ");
  if (how == StoreFlags::kAdd) writer.raw("+");
  if (how == StoreFlags::kRemove) writer.raw("-");
  return writer.raw("FLAGS.SILENT ").flags(flags).end();
}

Command uid_search_message_id(std::string_view message_id, bool esearch, Literals literals) {
  CommandWriter writer("UID SEARCH", literals);
  if (esearch) writer.raw(" RETURN (ALL)");
  const bool plain = std::all_of(message_id.begin(), message_id.end(), is_plain_text);
  if (!plain) writer.raw(" CHARSET UTF-8");
  return writer.raw(" HEADER Message-ID ").string(message_id).end();
}

}  // namespace imapkeep::imap
