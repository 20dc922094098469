// Owns one libuv handle. libuv may touch a handle until its close callback has run, so the handle
// lives on the heap and is given back to the loop to die there; after reset() none of its other
// callbacks is called any more.
#pragma once

#include <uv.h>

#include <utility>

namespace imapkeep {

template <class T>
class Handle {
 public:
  Handle() = default;
  Handle(Handle&& other) noexcept : raw_(std::exchange(other.raw_, nullptr)) {}
  Handle& operator=(Handle&& other) noexcept {
    if (this != &other) {
      reset();
      raw_ = std::exchange(other.raw_, nullptr);
    }
    return *this;
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() { reset(); }

  /// `init` is the uv_*_init call. Below zero is libuv's error, and then there is no handle.
  template <class Init>
  [[nodiscard]] int open(void* data, Init init) {
    reset();
    T* raw = new T{};
    const int code = init(raw);
    if (code < 0) {
      delete raw;
      return code;
    }
    raw->data = data;
    raw_ = raw;
    return code;
  }

  void reset() {
    T* raw = std::exchange(raw_, nullptr);
    if (raw == nullptr) return;
    raw->data = nullptr;
    uv_close(reinterpret_cast<uv_handle_t*>(raw),
             [](uv_handle_t* closed) { delete reinterpret_cast<T*>(closed); });
  }

  [[nodiscard]] T* get() const { return raw_; }

 private:
  T* raw_ = nullptr;
};

}  // namespace imapkeep
