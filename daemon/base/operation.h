// The contract of every asynchronous call in this program:
//  1. It returns an Operation; destroying (or overwriting) it cancels.
//  2. After cancellation the handler is never called.
//  3. Otherwise the handler is called exactly once.
//  4. Never from inside the call that started it.
//  5. The callee owns every byte the operating system may still touch.
// Operation is the caller's half. Pending<T> is the callee's half and keeps points 2 and 3; point 4
// is kept by completing from the loop (a timer, a socket event, a finished job).
#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "daemon/base/result.h"

namespace imapkeep {

template <class T>
using Completion = std::function<void(Result<T>)>;

class Operation {
 public:
  Operation() = default;
  /// `cancel` must be harmless when the operation has already completed.
  explicit Operation(std::function<void()> cancel) : cancel_(std::move(cancel)) {}
  Operation(Operation&& other) noexcept : cancel_(std::exchange(other.cancel_, nullptr)) {}
  Operation& operator=(Operation&& other) noexcept {
    if (this != &other) {
      auto old = std::exchange(cancel_, std::exchange(other.cancel_, nullptr));
      if (old) old();
    }
    return *this;
  }
  Operation(const Operation&) = delete;
  Operation& operator=(const Operation&) = delete;
  ~Operation() { cancel(); }

  void cancel() {
    if (auto cancel = std::exchange(cancel_, nullptr)) cancel();
  }

 private:
  std::function<void()> cancel_;
};

/// Shared by the callee and the Operation that it handed out; copies refer to the same call.
template <class T>
class Pending {
 public:
  Pending() = default;
  explicit Pending(Completion<T> handler)
      : handler_(std::make_shared<Completion<T>>(std::move(handler))) {}

  /// To be returned to the caller. `also` is run on cancellation, when the call is still wanted.
  [[nodiscard]] Operation operation(std::function<void()> also = nullptr) const {
    return Operation([handler = handler_, also = std::move(also)] {
      if (!*handler) return;
      *handler = nullptr;
      if (also) also();
    });
  }
  [[nodiscard]] bool wanted() const { return handler_ && *handler_; }

  /// Hands over the result, when it is still wanted. The handler may destroy the callee.
  void complete(Result<T> result) const {
    if (!wanted()) return;
    auto handler = std::exchange(*handler_, nullptr);
    handler(std::move(result));
  }

 private:
  std::shared_ptr<Completion<T>> handler_;
};

}  // namespace imapkeep
