// What imapkeep knows of mail providers: data alone, in providers.cpp, so that whoever knows better
// changes a line there. Every fact has its source and the day it was read; no provider has been
// tried live. There is no client id of ours in it: a shared one is blocked, capped or retired
// sooner or later, and then for everybody at once.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "auth/options.h"
#include "sync/imap/options.h"

namespace imapkeep {

struct Provider {
  std::string_view name;   ///< as `provider:` has it
  std::string_view title;  ///< for people
  std::string_view host;
  std::uint16_t port = 993;
  TlsMode tls = TlsMode::kImplicit;

  // OAuth; no flows: programs like this one log in with an app password.
  std::vector<OAuthFlow> flows{};    ///< the first is taken when nothing is said
  std::string_view issuer{};         ///< compared with `iss`; empty: not looked at
  bool issuer_in_redirect = false;   ///< RFC 9207
  std::string_view authorization{};  ///< endpoints; `{tenant}` is replaced
  std::string_view token{};
  std::string_view device{};
  std::string_view revocation{};
  std::string_view tenant{};  ///< when nothing is said; empty: there is no such thing
  std::string_view scope{};
  std::string_view application_scope{};  ///< for client credentials
  std::string_view mechanism{};          ///< with a token, whatever is offered; empty: the best
  std::string_view redirect_host = "127.0.0.1";
  bool client_file = false;            ///< hands its clients out as a JSON file (Google)
  bool wants_secret = false;           ///< of clients that are on a user's machine, too
  bool opens_other_mailboxes = false;  ///< a user's token may open a mailbox shared with them

  // Limits and manners.
  std::size_t most_connections = 0;  ///< to one account, from all programs; 0: not known
  std::string_view quota{};          ///< per day, for people; empty: none is known
  unsigned idle_minutes = 9;         ///< an IDLE is renewed at least as often
  std::vector<std::string_view> quirks{};

  // What a user has to do, step by step. One of the two may be empty.
  std::vector<std::string_view> client_steps{};
  std::vector<std::string_view> password_steps{};

  std::vector<std::string_view> sources{};
  std::string_view read_on{};  ///< year and month
};

const std::vector<Provider>& providers();
/// Null when there is none of that name.
const Provider* find_provider(std::string_view name);
std::vector<std::string> provider_names();

/// "code", "device", "service-account", "client-credentials": as `flow:` has it.
std::string_view word_of(OAuthFlow flow);

}  // namespace imapkeep
