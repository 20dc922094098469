// The same message in the words of two rooms: the ledger's KnownMessage is the store's StoredPlace
// once the folder's path is added.
#pragma once

#include <string>

#include "sync/state/ledger.h"
#include "sync/store/message_store.h"

namespace imapkeep {

inline StoredPlace place_of(const KnownMessage& known, const std::string& folder_path) {
  return {folder_path,
          known.internal_date,
          known.identity.xxh3,
          known.identity.size,
          known.identity.crlf_size,
          known.number,
          known.flags,
          known.key};
}

}  // namespace imapkeep
