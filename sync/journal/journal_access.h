// What reading and writing a journal need: where it is, whose it is, and who understands where its
// messages are kept.
#pragma once

#include <memory>
#include <string>

#include "sync/journal/place_codec.h"
#include "sync/journal/segment_storage.h"

namespace imapkeep {

struct JournalAccess {
  SegmentStorage* segments = nullptr;  ///< outlives whoever uses this
  std::string store_id;
  std::shared_ptr<const PlaceCodec> places;
};

}  // namespace imapkeep
