#include "sync/mirror/secret_watch.h"

#include <utility>

#include "daemon/base/hash.h"

namespace imapkeep {

void SecretWatch::start(std::function<void()> worth_a_try) {
  worth_a_try_ = std::move(worth_a_try);
  first_ = true;
  looks_ = 0;
  look();
}

void SecretWatch::cancel() { operation_.cancel(); }

void SecretWatch::look() {
  operation_ =
      credentials_.get([this](const Result<Credentials>& credentials) { on_read(credentials); });
}

void SecretWatch::on_read(const Result<Credentials>& credentials) {
  std::optional<std::string> digest;
  if (credentials) digest = Sha256::of(credentials->password.reveal()).hex();
  if (std::exchange(first_, false)) {
    refused_ = digest;
  } else if ((digest && digest != refused_) || ++looks_ >= kLooksBeforeTry) {
    return worth_a_try_();
  }
  operation_ = timers_.after(kLook, [this] { look(); });
}

}  // namespace imapkeep
