// What reading and writing a journal need: where it is, whose it is, and who understands where its
// messages are kept.
#pragma once

#include <memory>
#include <string>

#include "daemon/base/files.h"
#include "sync/journal/place_codec.h"

namespace imapkeep {

struct JournalAccess {
  Directory* directory = nullptr;  ///< outlives whoever uses this
  std::string store_id;
  std::shared_ptr<const PlaceCodec> places;
};

}  // namespace imapkeep
