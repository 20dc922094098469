// Waits until a refused secret has been changed: trying the same one again would only lock the
// account. It is read every five minutes and compared by its digest; after six hours the same one
// is worth another try, since the server may have been wrong.
#pragma once

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

  /// `refused`: see RememberedSecret::used. `worth_a_try` is called once.
  void start(std::optional<std::string> refused, std::function<void()> worth_a_try);
  void cancel();

 private:
  void look();
  void on_read(const Result<Credentials>& credentials);

  CredentialSource& credentials_;
  Timers& timers_;
  std::function<void()> worth_a_try_;
  std::optional<std::string> refused_;
  int looks_ = 0;
  Operation operation_;
};

}  // namespace imapkeep
