#include "sync/follow/secret_watch.h"

#include <utility>

#include "sync/follow/remembered_secret.h"

namespace imapkeep {

void SecretWatch::start(std::optional<std::string> refused, int looks_before_try,
                        std::function<void()> worth_a_try) {
  looks_before_try_ = looks_before_try;
  refused_ = std::move(refused);
  worth_a_try_ = std::move(worth_a_try);
  looks_ = 0;
  needed_login_ = credentials_.needs_login();
  look();
}

void SecretWatch::cancel() { operation_.cancel(); }

void SecretWatch::look() {
  operation_ =
      credentials_.get([this](const Result<Credentials>& credentials) { on_read(credentials); });
}

void SecretWatch::on_read(const Result<Credentials>& credentials) {
  const auto there = RememberedSecret::digest_of(credentials);
  const bool is_login_needed_now = !needed_login_ && credentials_.needs_login();
  if (is_login_needed_now || (there && there != refused_) || ++looks_ > looks_before_try_)
    return worth_a_try_();
  operation_ = timers_.after(kLook, [this] { look(); });
}

}  // namespace imapkeep
