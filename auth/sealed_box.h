// Bytes that only who has the key can read or change: AES-256-GCM under a key that HKDF-SHA256
// derives from the operator's. What stands beside the box (its name, its version) is bound into it,
// so that one box cannot be put in another's place.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "daemon/base/bytes.h"
#include "daemon/base/result.h"
#include "daemon/base/secret.h"

namespace imapkeep {

class BoxKey {
 public:
  /// Errors: kConfig when there are fewer than 32 bytes.
  static Result<BoxKey> derive(const Secret& store_key);
  /// Eight hex digits that tell one key from another and nothing else of it.
  [[nodiscard]] const std::string& id() const { return id_; }

  /// Nonce, what was sealed, tag.
  [[nodiscard]] Result<std::string> seal(const Secret& plain, std::string_view beside) const;
  /// Nothing: another key, another thing beside it, or it was changed.
  [[nodiscard]] std::optional<Secret> open(std::string_view box, std::string_view beside) const;

 private:
  BoxKey(Secret key, std::string id) : key_(std::move(key)), id_(std::move(id)) {}
  Secret key_;
  std::string id_;
};

}  // namespace imapkeep
