// What happens to the mail of the account that is mirrored while the power is cut: the same
// chapters every time, their details (sizes, flags, which message) by the seed. A mirror is made of
// the first; the others bring new mail, flags, expunged and moved messages, a renamed, a new, a
// renumbered and a deleted folder, some between two passes and some while a daemon watches.
#pragma once

#include <cstdint>

#include "tests/support/model_imap_server.h"

namespace imapkeep::cuts {

class Scenario {
 public:
  explicit Scenario(std::uint64_t seed) : seed_(seed) {}

  /// How each chapter reaches the mirror.
  enum class Through { kSync, kDaemon };
  static constexpr int kChapters = 8;
  static Through through(int chapter);
  /// on_expunge: keep; every third scenario: remove.
  [[nodiscard]] bool keeps() const { return seed_ % 3 != 0; }

  /// What happens on the server in this chapter; the earlier ones have been told.
  void tell(int chapter, ModelImapServer& server) const;

 private:
  std::uint64_t seed_;
};

}  // namespace imapkeep::cuts
