// Gathers the UIDs that the server names in answer to one UID SEARCH, in SEARCH or ESEARCH
// responses (RFC 9051 §7.3.4), of which a long answer may need several.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "daemon/base/error.h"
#include "sync/imap/responses.h"

namespace imapkeep::imap {

class SearchAnswer {
 public:
  /// The command is sent with this tag; what was found before stays.
  void begin(std::string_view tag) {
    tag_ = tag;
    is_answered_ = false;
  }
  /// True when the response belongs to the answer.
  bool take(const Response& response);
  [[nodiscard]] bool is_answered() const { return is_answered_; }
  [[nodiscard]] std::optional<Error> too_much() const;
  [[nodiscard]] UidSet take_found() { return std::move(found_); }

 private:
  std::string tag_;
  bool is_answered_ = false;
  UidSet found_;
};

}  // namespace imapkeep::imap
