// Whether an object still lives behind a call that may have destroyed it. A handler belongs to
// somebody else, who may destroy the object that calls it. Such an object has a Lifetime as a
// member; whoever calls a handler puts a LifetimeWatch on the stack before it, and asks it before
// touching a member again. It costs one pointer and no allocation.
#pragma once

#include <utility>

namespace imapkeep {

class LifetimeWatch;

class Lifetime {
 public:
  Lifetime() = default;
  inline ~Lifetime();
  Lifetime(const Lifetime&) = delete;
  Lifetime& operator=(const Lifetime&) = delete;

  /// Some call is being watched now.
  [[nodiscard]] bool is_watched() const { return innermost_ != nullptr; }

 private:
  friend class LifetimeWatch;
  LifetimeWatch* innermost_ = nullptr;
};

/// A local variable, never anything else: watches end in the reverse order of their beginning.
class LifetimeWatch {
 public:
  explicit LifetimeWatch(Lifetime& watched)
      : watched_(&watched), outer_(std::exchange(watched.innermost_, this)) {}
  ~LifetimeWatch() {
    if (watched_ != nullptr) watched_->innermost_ = outer_;
  }
  LifetimeWatch(const LifetimeWatch&) = delete;
  LifetimeWatch& operator=(const LifetimeWatch&) = delete;

  /// The object was destroyed: none of its members may be touched.
  [[nodiscard]] bool ended() const { return watched_ == nullptr; }

 private:
  friend class Lifetime;
  Lifetime* watched_;
  LifetimeWatch* outer_;
};

Lifetime::~Lifetime() {
  for (auto* watch = innermost_; watch != nullptr; watch = watch->outer_) watch->watched_ = nullptr;
}

}  // namespace imapkeep
