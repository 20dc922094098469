// What a server says of itself: its name, in the greeting or in ID (RFC 2971), and how it divides
// its mailboxes (RFC 2342). Nothing is believed that comes over another channel than the operator
// has asked for, that is in clear text before STARTTLS.
#pragma once

#include <string>

#include "sync/imap/responses.h"

namespace imapkeep::imap {

class ServerDescription {
 public:
  void greeted(const StatusResponse& greeting);
  /// True when the response is about nothing else. NAMESPACE counts only during the login, when it
  /// is asked for.
  bool take(const Response& response, bool is_trusted, bool during_login);
  void forget_name() { name_.clear(); }

  [[nodiscard]] const std::string& name() const { return name_; }  ///< printable, for logs
  [[nodiscard]] const Namespaces& namespaces() const { return namespaces_; }

 private:
  std::string name_;
  Namespaces namespaces_;
};

}  // namespace imapkeep::imap
