// The mailbox whose mail a store holds: a server's name, a user, and the identity asked for behind
// the login. Port, TLS and way of login are no part of it.
#pragma once

#include <string>

namespace imapkeep {

struct MailboxOwner {
  std::string host;
  std::string user;
  std::string authzid;  ///< RFC 4616; empty: the user's own
  bool operator==(const MailboxOwner&) const = default;
};

/// However they are written: the case of a host and of a user's domain, and a dot behind them, say
/// nothing; an authzid that is the user is none.
bool same_owner(const MailboxOwner& a, const MailboxOwner& b);
/// "ann at imap.example.org", "admin as ann at imap.example.org"; printable.
std::string words_of(const MailboxOwner& owner);

}  // namespace imapkeep
