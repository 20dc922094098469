// Who makes the stores and the ledger: the only place that knows which kinds there are.
#pragma once

#include <memory>
#include <string>

#include "config/settings.h"
#include "daemon/base/log.h"
#include "daemon/base/ports.h"
#include "sync/state/ledger.h"
#include "sync/state/ledger_reader.h"
#include "sync/store/message_store.h"

namespace imapkeep {

/// The account's own, of the kind that its settings say. What `ports` names outlives it.
std::unique_ptr<MessageStore> make_store(const Ports& ports, const AccountSettings& account,
                                         const Log& log);

/// Of a state directory: the writer, of which there is one at a time, and a reader, of which there
/// may be any number beside it.
std::unique_ptr<Ledger> make_ledger(const Ports& ports, const std::string& state);
std::shared_ptr<const LedgerReader> make_ledger_reader(const std::string& state);

}  // namespace imapkeep
