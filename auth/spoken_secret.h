// A password or token that was sent to a server, so that the server's own words can be shown: some
// repeat in a refusal what they were sent, plainly or in the base64 of a SASL response. Only its
// beginning is kept, which is enough to find it.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "daemon/base/secret.h"

namespace imapkeep {

class SpokenSecret {
 public:
  /// Fewer characters than this stand in too many words to be looked for.
  static constexpr std::size_t kShortest = 4;

  SpokenSecret() = default;
  explicit SpokenSecret(const Secret& secret);

  /// `text` with `***` for the secret, wherever it stands: as it is, as a quoted string, with
  /// \xNN or %NN for some bytes, and in base64, at any place within what was encoded.
  [[nodiscard]] std::string masked(std::string text) const;

 private:
  Secret beginning_;
  std::size_t size_ = 0;
};

/// All that one request carries.
class SpokenSecrets {
 public:
  void add(const Secret& secret) { secrets_.emplace_back(secret); }
  [[nodiscard]] std::string masked(std::string text) const {
    for (const auto& secret : secrets_) text = secret.masked(std::move(text));
    return text;
  }

 private:
  std::vector<SpokenSecret> secrets_;
};

}  // namespace imapkeep
