#include "sync/imap/commands.h"

#include <algorithm>

#include "daemon/base/bytes.h"
#include "sync/imap/command_writer.h"

namespace imapkeep::imap {
namespace {

/// What cannot stand in a quoted string is shown as "?".
std::string quoted_anyhow(std::string_view text) {
  std::string plain(text);
  std::replace_if(
      plain.begin(), plain.end(), [](char c) { return !is_plain_text(c); }, '?');
  return quoted(plain);
}

/// Atoms are ours, but nothing that ends a line may slip through all the same.
std::string atom_of(std::string_view text) {
  std::string out(text);
  std::erase_if(out, [](char c) { return !is_plain_text(c) || c == ' '; });
  return out;
}

CommandWriter plain(std::string name) { return {std::move(name), Literals::kSynchronizing}; }

std::string_view status_items(bool mod_seq) {
  return mod_seq ? "(MESSAGES UIDNEXT UIDVALIDITY HIGHESTMODSEQ)"
                 : "(MESSAGES UIDNEXT UIDVALIDITY)";
}

/// FETCH modifier of RFC 7162 §3.1.4.1.
Command changed(CommandWriter writer, std::optional<ModSeq> since) {
  if (since) writer.raw(" (CHANGEDSINCE " + std::to_string(since->value) + ")");
  return writer.end();
}

}  // namespace

Command capability() { return plain("CAPABILITY").end(); }
Command compress() { return plain("COMPRESS").raw(" DEFLATE").end(); }
Command idle() { return plain("IDLE").end(); }
Command noop() { return plain("NOOP").end(); }
Command logout() { return plain("LOGOUT").end(); }
Command starttls() { return plain("STARTTLS").end(); }
Command namespaces() { return plain("NAMESPACE").end(); }

Command login(std::string_view user, std::string_view password, Literals literals) {
  return CommandWriter("LOGIN", literals).raw(" ").string(user).raw(" ").string(password).end(true);
}

Command authenticate(std::string_view mechanism, std::optional<std::string_view> initial) {
  CommandWriter writer = plain("AUTHENTICATE");
  writer.raw(" ").raw(atom_of(mechanism));
  // RFC 4959 §3: an empty initial response is "=".
  if (initial) writer.raw(" ").raw(initial->empty() ? "=" : to_base64(*initial));
  return writer.end(initial.has_value());
}

std::string sasl_answer(std::string_view raw) { return to_base64(raw) + "\r\n"; }

Command id(const std::vector<std::pair<std::string, std::string>>& fields) {
  CommandWriter writer = plain("ID");
  if (fields.empty()) return writer.raw(" NIL").end();
  std::string_view before = " (";
  for (const auto& field : fields) {
    writer.raw(before).raw(quoted_anyhow(field.first)).raw(" ").raw(quoted_anyhow(field.second));
    before = " ";
  }
  return writer.raw(")").end();
}

Command enable(std::string_view atom) { return plain("ENABLE").raw(" ").raw(atom_of(atom)).end(); }

Command list_all(const ListOptions& options) {
  CommandWriter writer = plain("LIST");
  writer.raw(" \"\" \"*\"");
  if (options.special_use || options.status) {
    writer.raw(" RETURN (");
    if (options.special_use) writer.raw("SPECIAL-USE");
    if (options.special_use && options.status) writer.raw(" ");
    if (options.status) writer.raw("STATUS ").raw(status_items(options.mod_seq));
    writer.raw(")");
  }
  return writer.end();
}

Command status(const MailboxName& name, bool mod_seq, Literals literals) {
  return CommandWriter("STATUS", literals)
      .raw(" ")
      .mailbox(name)
      .raw(" ")
      .raw(status_items(mod_seq))
      .end();
}

Command examine(const MailboxName& name, bool condstore, Literals literals) {
  CommandWriter writer("EXAMINE", literals);
  writer.raw(" ").mailbox(name);
  return writer.raw(condstore ? " (CONDSTORE)" : "").end();
}

Command uid_search(UidRange range, bool esearch) {
  return plain("UID SEARCH")
      .raw(esearch ? " RETURN (ALL) UID " : " UID ")
      .raw(std::to_string(range.first.value) + ":" + std::to_string(range.last.value))
      .end();
}

Command uid_fetch_facts(const UidSet& uids, std::optional<ModSeq> changed_since) {
  CommandWriter writer = plain("UID FETCH");
  writer.raw(" " + uids.str()).raw(" (UID FLAGS INTERNALDATE RFC822.SIZE)");
  return changed(std::move(writer), changed_since);
}

Command uid_fetch_flags(const UidSet& uids, std::optional<ModSeq> changed_since) {
  CommandWriter writer = plain("UID FETCH");
  writer.raw(" " + uids.str()).raw(" (UID FLAGS)");
  return changed(std::move(writer), changed_since);
}

Command uid_fetch_messages(const UidSet& uids) {
  return plain("UID FETCH")
      .raw(" " + uids.str())
      .raw(" (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[])")
      .end();
}

Command uid_fetch_headers(const UidSet& uids) {
  return plain("UID FETCH").raw(" " + uids.str()).raw(" (UID BODY.PEEK[HEADER])").end();
}

Command uid_fetch_bodies(const UidSet& uids) {
  return plain("UID FETCH").raw(" " + uids.str()).raw(" (UID BODY.PEEK[])").end();
}

Command uid_fetch_part(Uid uid, BodyPart part) {
  return plain("UID FETCH")
      .raw(" " + UidSet::of(uid, uid).str())
      .raw(" (UID BODY.PEEK[]<" + std::to_string(part.origin) + "." + std::to_string(part.count) +
           ">)")
      .end();
}

}  // namespace imapkeep::imap
