#include "sync/imap/commands.h"

#include <algorithm>

#include "daemon/base/bytes.h"

namespace imapkeep::imap {
namespace {

constexpr std::size_t kMaxQuoted = 500;         // RFC 2683 §3.2.1.5 wants lines under 1000
constexpr std::size_t kMaxMinusLiteral = 4096;  // RFC 7888 §4

bool is_plain(char c) { return c >= 0x20 && c <= 0x7e; }

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

/// What cannot stand in a quoted string is shown as "?".
std::string quoted_anyhow(std::string_view text) {
  std::string plain(text);
  std::replace_if(
      plain.begin(), plain.end(), [](char c) { return !is_plain(c); }, '?');
  return quoted(plain);
}

/// Atoms are ours, but nothing that ends a line may slip through all the same.
std::string atom_of(std::string_view text) {
  std::string out(text);
  std::erase_if(out, [](char c) { return !is_plain(c) || c == ' '; });
  return out;
}

class Writer {
 public:
  Writer(std::string name, Literals literals) : literals_(literals) {
    text_ = name;
    command_.name = std::move(name);
  }

  Writer& raw(std::string_view text) {
    text_ += text;
    return *this;
  }

  /// astring: quoted where that is allowed and short, else a literal.
  Writer& string(std::string_view text) {
    const bool plain = std::all_of(text.begin(), text.end(), is_plain);
    return plain && text.size() <= kMaxQuoted ? raw(quoted(text)) : literal(text);
  }

  /// UTF-8 names stand in quoted strings once UTF8=ACCEPT is enabled (RFC 9755 §3).
  Writer& mailbox(const MailboxName& name) {
    const auto control = [](char c) { return (c >= 0 && c < 0x20) || c == 0x7f; };
    const bool utf8 = name.encoding == NameEncoding::kUtf8 && name.raw.size() <= kMaxQuoted &&
                      std::none_of(name.raw.begin(), name.raw.end(), control) && is_utf8(name.raw);
    return utf8 ? raw(quoted(name.raw)) : string(name.raw);
  }

  Command end(bool secret = false) {
    text_ += "\r\n";
    command_.pieces.push_back(std::move(text_));
    command_.secret = secret;
    return std::move(command_);
  }

 private:
  Writer& literal(std::string_view text) {
    const bool at_once = literals_ == Literals::kPlus ||
                         (literals_ == Literals::kMinus && text.size() <= kMaxMinusLiteral);
    text_ += '{' + std::to_string(text.size()) + (at_once ? "+}\r\n" : "}\r\n");
    if (!at_once) {
      command_.pieces.push_back(std::move(text_));
      text_.clear();
    }
    return raw(text);
  }

  Command command_;
  std::string text_;
  Literals literals_;
};

Writer plain(std::string name) { return {std::move(name), Literals::kSynchronizing}; }

std::string_view status_items(bool mod_seq) {
  return mod_seq ? "(MESSAGES UIDNEXT UIDVALIDITY HIGHESTMODSEQ)"
                 : "(MESSAGES UIDNEXT UIDVALIDITY)";
}

/// FETCH modifier of RFC 7162 §3.1.4.1.
Command changed(Writer writer, std::optional<ModSeq> since) {
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
  return Writer("LOGIN", literals).raw(" ").string(user).raw(" ").string(password).end(true);
}

Command authenticate(std::string_view mechanism, std::optional<std::string_view> initial) {
  Writer writer = plain("AUTHENTICATE");
  writer.raw(" ").raw(atom_of(mechanism));
  // RFC 4959 §3: an empty initial response is "=".
  if (initial) writer.raw(" ").raw(initial->empty() ? "=" : to_base64(*initial));
  return writer.end(initial.has_value());
}

std::string sasl_answer(std::string_view raw) { return to_base64(raw) + "\r\n"; }

Command id(const std::vector<std::pair<std::string, std::string>>& fields) {
  Writer writer = plain("ID");
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
  Writer writer = plain("LIST");
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
  return Writer("STATUS", literals)
      .raw(" ")
      .mailbox(name)
      .raw(" ")
      .raw(status_items(mod_seq))
      .end();
}

Command examine(const MailboxName& name, bool condstore, Literals literals) {
  Writer writer("EXAMINE", literals);
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
  Writer writer = plain("UID FETCH");
  writer.raw(" " + uids.str()).raw(" (UID FLAGS INTERNALDATE RFC822.SIZE)");
  return changed(std::move(writer), changed_since);
}

Command uid_fetch_flags(const UidSet& uids, std::optional<ModSeq> changed_since) {
  Writer writer = plain("UID FETCH");
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
