#include "daemon/io/system_random.h"

#include <sys/random.h>

#include <cerrno>
#include <system_error>

namespace imapkeep {

std::uint64_t SystemRandom::next_u64() {
  std::uint64_t value = 0;
  // Up to 256 bytes come whole; a signal can interrupt only the wait for the pool at boot.
  while (getrandom(&value, sizeof value, 0) != static_cast<ssize_t>(sizeof value)) {
    if (errno != EINTR) throw std::system_error(errno, std::generic_category(), "getrandom");
  }
  return value;
}

}  // namespace imapkeep
