// A system call that a signal interrupted is simply made again.
#pragma once

#include <cerrno>

namespace imapkeep {

template <class Call>
auto retried(Call call) {
  for (;;) {
    const auto answer = call();
    if (answer >= 0 || errno != EINTR) return answer;
  }
}

}  // namespace imapkeep
