// Where a store keeps a message is the store's own affair, and so is how a journal line says it
// (docs/storage.md §4): in `base`, one text that tells date, hash and sizes too, as a Maildir's
// file names do; or in `place`, beside `size`, for stores whose places do not say that much. The
// journal writes and reads both without understanding them. Pure.
#pragma once

#include <string>
#include <string_view>

#include "sync/journal/records.h"

namespace imapkeep {

class PlaceCodec {
 public:
  virtual ~PlaceCodec() = default;

  /// UTF-8 without control characters. Empty: this store writes `size` and `place` instead.
  [[nodiscard]] virtual std::string base_of(const MessageRecord& record) const = 0;
  /// Sets what base_of has said of the record. False: no text that base_of could have made.
  virtual bool read_base(std::string_view base, MessageRecord& record) const = 0;

  /// Any bytes. Only called for records that have no base.
  [[nodiscard]] virtual std::string place_of(const MessageRecord& record) const = 0;
  /// The same for place_of. Everything else that the line says is in the record before.
  virtual bool read_place(std::string_view place, MessageRecord& record) const = 0;
};

}  // namespace imapkeep
