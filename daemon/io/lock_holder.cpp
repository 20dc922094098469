#include "daemon/io/lock_holder.h"

#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <sstream>

namespace imapkeep {
namespace {

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string name_of_process(int process) {
  return text_of("/proc/" + std::to_string(process) + "/comm");
}

}  // namespace

// "1: FLOCK  ADVISORY  WRITE 12345 08:01:131 0 EOF"; a process that waits has "->" behind "1:".
std::optional<int> find_lock_holder(std::string_view locks, std::uint64_t inode,
                                    const std::function<bool(int)>& is_ours) {
  std::istringstream lines{std::string(locks)};
  std::string line;
  while (std::getline(lines, line)) {
    std::istringstream words(line);
    std::string number, kind, mode, access, place;
    int process = 0;
    if (!(words >> number >> kind >> mode >> access >> process >> place)) continue;
    const std::size_t colon = place.rfind(':');
    if (kind != "FLOCK" || process <= 0 || colon == std::string::npos) continue;
    if (place.substr(colon + 1) != std::to_string(inode)) continue;
    if (is_ours(process)) return process;
  }
  return std::nullopt;
}

std::optional<int> lock_holder(const std::string& path) {
  struct stat facts {};
  if (::stat(path.c_str(), &facts) != 0) return std::nullopt;
  const std::string own = name_of_process(getpid());
  return find_lock_holder(text_of("/proc/locks"), facts.st_ino,
                          [&](int process) { return name_of_process(process) == own; });
}

}  // namespace imapkeep
