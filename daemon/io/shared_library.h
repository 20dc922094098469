// A library that is opened when it is first needed, and stays then. What only OAuth needs brings
// thirty others with it: a third of the time of a pass over a mailbox in which nothing changed,
// paid by accounts with passwords, too.
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
