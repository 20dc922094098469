#include "daemon/io/shared_library.h"

#include <dlfcn.h>

namespace imapkeep {
namespace {

Error cannot_use(const std::string& name, const std::string& why) {
  return config_error(name + " cannot be used: " + why +
                      "; install the package that holds this library");
}

}  // namespace

Result<SharedLibrary> SharedLibrary::open(const std::string& name) {
  // Never closed: libraries leave handlers behind for the end of the process.
  void* handle = dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    const char* said = dlerror();
    return cannot_use(name, said != nullptr ? said : "no reason given");
  }
  return SharedLibrary(name, handle);
}

void* SharedLibrary::address_of(const char* symbol) {
  void* address = dlsym(handle_, symbol);
  if (address == nullptr && missing_.empty()) missing_ = symbol;
  return address;
}

Result<Done> SharedLibrary::check() const {
  if (missing_.empty()) return Done{};
  return cannot_use(name_, "it has no " + missing_);
}

}  // namespace imapkeep
