// A library that is opened when it is first needed, and stays then. What only OAuth needs brings 25
// others with it, for which accounts with passwords paid a fifth of the time of a pass that finds
// nothing new (docs/decisions/0009).
#pragma once

#include <string>

#include "daemon/base/result.h"

namespace imapkeep {

class SharedLibrary {
 public:
  /// `name` as the linker knows it: libcurl.so.4.
  static Result<SharedLibrary> open(const std::string& name);

  /// `function` stays null when there is no such symbol; check() tells of the first.
  template <class Function>
  void find(const char* symbol, Function*& function) {
    function = reinterpret_cast<Function*>(address_of(symbol));
  }
  [[nodiscard]] Result<Done> check() const;

 private:
  SharedLibrary(std::string name, void* handle) : name_(std::move(name)), handle_(handle) {}
  void* address_of(const char* symbol);

  std::string name_;
  void* handle_;
  std::string missing_;
};

}  // namespace imapkeep
