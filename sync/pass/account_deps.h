// What keeping one account needs of the rest of the program: its server's side, its store, the
// ledger that all accounts share, and whoever wants to know how it goes. A single sync, a run and
// the keeper take the same.
#pragma once

#include <string>

#include "auth/credentials.h"
#include "sync/imap/source_connection.h"
#include "sync/pass/connect_gate.h"
#include "sync/pass/progress.h"
#include "sync/state/ledger.h"
#include "sync/store/message_store.h"

namespace imapkeep {

struct AccountDeps {
  imap::SourceConnection::Deps network;
  Ledger& ledger;
  MessageStore& store;
  CredentialSource& credentials;
  ConnectGate& gate;
  Progress& progress;
  // Whose mailbox it is, with the server's host: as configured, whatever a login really gives.
  std::string user{};
  std::string authzid{};
};

}  // namespace imapkeep
