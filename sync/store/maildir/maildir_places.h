// How a journal says where a Maildir keeps a message: by the base of its file name, which tells
// INTERNALDATE, hash, sizes and `~n` as well (docs/storage.md §2).
#pragma once

#include <string>
#include <string_view>

#include "sync/journal/place_codec.h"

namespace imapkeep {

class MaildirPlaces final : public PlaceCodec {
 public:
  /// `host` as maildir_host made it; needed for writing only.
  explicit MaildirPlaces(std::string host = "localhost") : host_(std::move(host)) {}

  [[nodiscard]] std::string base_of(const MessageRecord& record) const override;
  bool read_base(std::string_view base, MessageRecord& record) const override;
  // Every Maildir message has a base.
  [[nodiscard]] std::string place_of(const MessageRecord&) const override { return {}; }
  bool read_place(std::string_view, MessageRecord&) const override { return false; }

 private:
  std::string host_;
};

}  // namespace imapkeep
