// A password or token that was sent to a server, so that the server's own words can be shown: some
// repeat in a refusal what they were sent, plainly or in the base64 of a SASL response. Only its
// beginning is kept, which is enough to find it.
#pragma once

#include <cstddef>
#include <string>

#include "daemon/base/secret.h"

namespace imapkeep {

class SpokenSecret {
 public:
  /// Fewer characters than this stand in too many words to be looked for.
  static constexpr std::size_t kShortest = 4;

  SpokenSecret() = default;
  explicit SpokenSecret(const Secret& secret);

  /// `text` with `***` for the secret, wherever it stands: as it is, as a quoted string or with
  /// \xNN for some bytes, and in base64, at any place within what was encoded.
  [[nodiscard]] std::string masked(std::string text) const;

 private:
  Secret beginning_;
  std::size_t size_ = 0;
};

}  // namespace imapkeep
