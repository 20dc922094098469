// Waits until a refused secret has been changed: trying the same one again and again would lock the
// account. It is read every five minutes and compared by its digest. The same one is worth another
// try after a while, since the server may have been wrong for a moment: a password after a quarter
// of an hour, a token, which locks nobody out, after five minutes; each time doubling to six hours.
// When it turns out meanwhile that a person has to log in, that is news as well.
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
  static constexpr int kFirstLooksAtPassword = 3;

  SecretWatch(CredentialSource& credentials, Timers& timers)
      : credentials_(credentials), timers_(timers) {}

  /// How often the same secret is looked at before it is tried again; `in_a_row`: refusals, the
  /// last one included.
  static int looks_before_try(bool is_token, unsigned in_a_row) {
    const int first = is_token ? 1 : kFirstLooksAtPassword;
    return std::min(first << std::min(in_a_row > 2 ? in_a_row - 2 : 0, 10U), kLooksBeforeTry);
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
  bool needed_login_ = false;  ///< when it began
  Operation operation_;
};

}  // namespace imapkeep
