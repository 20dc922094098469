// A value, or the Error that says why there is none. Member names are those of std::expected, which
// GCC 12 has only in C++23 and Clang 14 not at all, so that this file can shrink to a `using` line
// later (docs/decisions/0002-own-result.md). No monadic chains: they hide branches.
#pragma once

#include <cstdlib>
#include <optional>
#include <utility>
#include <variant>

#include "daemon/base/error.h"

namespace imapkeep {

/// Success without a value.
struct Done {
  bool operator==(const Done&) const = default;
};

template <class T>
class [[nodiscard]] Result {
 public:
  using value_type = T;

  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  [[nodiscard]] bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  T& operator*() & { return checked(); }
  const T& operator*() const& { return const_cast<Result*>(this)->checked(); }
  T&& operator*() && { return std::move(checked()); }
  T* operator->() { return &checked(); }
  const T* operator->() const { return &const_cast<Result*>(this)->checked(); }

  [[nodiscard]] const Error& error() const {
    if (has_value()) std::abort();  // a bug in the caller, never a state of the world
    return *std::get_if<1>(&state_);
  }

 private:
  T& checked() {
    if (!has_value()) std::abort();
    return *std::get_if<0>(&state_);
  }

  std::variant<T, Error> state_;
};

}  // namespace imapkeep
