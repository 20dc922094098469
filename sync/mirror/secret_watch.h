// Waits until a refused secret has been changed: trying the same one again would only lock the
// account. It is read every five minutes and compared by its digest; after six hours the same one
// is worth another try, since the server may have been wrong. A token locks nobody out, and may be
// refused for a reason that passes: it is tried after five minutes, doubling to six hours.
#pragma once

#include <algorithm>
#include <functional>
#include <optional>
#include <string>

#include "auth/credentials.h"
#include "daemon/base/timers.h"

namespace imapkeep {

class SecretWatch {
 public:
  static constexpr Duration kLook = std::chrono::minutes(5);
  static constexpr int kLooksBeforeTry = 72;

  SecretWatch(CredentialSource& credentials, Timers& timers)
      : credentials_(credentials), timers_(timers) {}

  /// How often the same secret is looked at before it is tried again; `in_a_row`: refusals, the
  /// last one included.
  static int looks_before_try(bool is_token, unsigned in_a_row) {
    return is_token ? std::min(1 << std::min(in_a_row > 2 ? in_a_row - 2 : 0, 10U), kLooksBeforeTry)
                    : kLooksBeforeTry;
  }

  /// `refused`: see RememberedSecret::used. `worth_a_try` is called once.
  void start(std::optional<std::string> refused, int looks_before_try,
             std::function<void()> worth_a_try);
  void cancel();

 private:
  void look();
  void on_read(const Result<Credentials>& credentials);

  CredentialSource& credentials_;
  Timers& timers_;
  std::function<void()> worth_a_try_;
  std::optional<std::string> refused_;
  int looks_ = 0;
  int looks_before_try_ = kLooksBeforeTry;
  Operation operation_;
};

}  // namespace imapkeep
