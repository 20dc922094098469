#include "daemon/io/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "daemon/base/bytes.h"
#include "daemon/base/secret.h"
#include "daemon/io/fd.h"
#include "daemon/io/os_error.h"
#include "daemon/io/retry.h"
#include "daemon/io/system_clock.h"

namespace imapkeep {
namespace {

constexpr std::size_t kMostOutput = 64 * 1024;

std::string shown(const std::vector<std::string>& argv) {
  // Arguments may be private; the name of the program is enough to find it in the configuration.
  return "the command \"" + printable_utf8(argv.front()) + "\"";
}

/// What posix_spawn is to do, freed at the end.
class SpawnPlan {
 public:
  explicit SpawnPlan(int output) {
    posix_spawn_file_actions_init(&files_);
    posix_spawn_file_actions_adddup2(&files_, output, STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&files_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addclosefrom_np(&files_, STDERR_FILENO + 1);
    posix_spawnattr_init(&attributes_);
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setsigdefault(&attributes_, &all);
    posix_spawnattr_setpgroup(&attributes_, 0);
    posix_spawnattr_setflags(
        &attributes_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  ~SpawnPlan() {
    posix_spawn_file_actions_destroy(&files_);
    posix_spawnattr_destroy(&attributes_);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;

  int spawn(pid_t& child, const std::vector<std::string>& argv) {
    std::vector<char*> pointers;
    for (const auto& argument : argv) pointers.push_back(const_cast<char*>(argument.c_str()));
    pointers.push_back(nullptr);
    return posix_spawnp(&child, pointers[0], &files_, &attributes_, pointers.data(), environ);
  }

 private:
  posix_spawn_file_actions_t files_{};
  posix_spawnattr_t attributes_{};
};

/// A child that has not been waited for; its number, and so its group's, cannot be anybody else's.
class RunningChild {
 public:
  explicit RunningChild(pid_t pid) : pid_(pid) {}
  ~RunningChild() {
    if (pid_ <= 0) return;
    kill(-pid_, SIGKILL);
    int status = 0;
    retried([&] { return waitpid(pid_, &status, 0); });
  }
  RunningChild(const RunningChild&) = delete;
  RunningChild& operator=(const RunningChild&) = delete;

  /// The wait status, or nothing yet.
  std::optional<int> ended() {
    int status = 0;
    const pid_t got = retried([&] { return waitpid(pid_, &status, WNOHANG); });
    if (got == 0) return std::nullopt;
    pid_ = 0;
    // Something else in the process reaped it (SIGCHLD ignored): how it ended is lost.
    return got > 0 ? status : -1;
  }

 private:
  pid_t pid_;
};

int milliseconds_until(MonoTime end) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - SystemClock::boot_now());
  return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 3'600'000));
}

std::optional<Error> judged(int status, const std::string& who) {
  if (status == 0) return std::nullopt;
  if (status != -1 && WIFEXITED(status)) {
    return config_error(who + " ended with status " + std::to_string(WEXITSTATUS(status)));
  }
  if (status != -1 && WIFSIGNALED(status)) {
    return config_error(who + " was ended by signal " + std::to_string(WTERMSIG(status)));
  }
  return config_error("it is not known how " + who + " ended: is SIGCHLD ignored here?");
}

}  // namespace

Result<std::string> ChildProcess::output_of(const std::vector<std::string>& argv,
                                            Duration deadline) {
  if (argv.empty() || argv.front().empty()) return config_error("an empty command cannot be run");
  const std::string who = shown(argv);
  const Duration wait = std::clamp<Duration>(deadline, Duration::zero(), std::chrono::hours(24));
  const MonoTime end = SystemClock::boot_now() + wait;
  const auto late = [&] {
    return config_error(who + " did not end within " +
                        std::to_string(std::chrono::ceil<std::chrono::seconds>(wait).count()) +
                        " s and was stopped");
  };

  int ends[2] = {-1, -1};
  if (pipe2(ends, O_CLOEXEC) != 0) return file_error("make a pipe for", who, errno);
  const Fd from_child(ends[0]);
  Fd to_us(ends[1]);
  pid_t pid = 0;
  const int code = SpawnPlan(to_us.get()).spawn(pid, argv);
  if (code != 0) return config_error("cannot run " + who + ": " + errno_text(code));
  RunningChild child(pid);
  to_us.reset();

  // The room is there from the start: a growing string would leave copies of a secret behind.
  std::string output(kMostOutput + 1, '\0');
  std::size_t size = 0;
  const auto fail = [&](Error error) {
    wipe(output);
    return error;
  };
  // A child of its own may hold its output open long after it has ended (the agent that `pass`
  // starts). On a kernel that cannot tell us of its end, the end of the output is waited for.
  // (By its number: glibc 2.36 declares pidfd_open for C alone.)
  const Fd end_of_child(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  fcntl(from_child.get(), F_SETFL, O_NONBLOCK);
  for (;;) {
    pollfd waited[] = {{from_child.get(), POLLIN, 0}, {end_of_child.get(), POLLIN, 0}};
    const int ready = retried([&] { return poll(waited, 2, milliseconds_until(end)); });
    if (ready < 0) return fail(file_error("wait for", who, errno));
    if (ready == 0) return fail(late());
    const ssize_t got = retried(
        [&] { return ::read(from_child.get(), output.data() + size, output.size() - size); });
    if (got < 0 && errno == EAGAIN) {
      if (waited[1].revents != 0) break;
      continue;
    }
    if (got < 0) return fail(file_error("read from", who, errno));
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
    if (size > kMostOutput) return fail(config_error(who + " wrote more than 64 KiB"));
  }
  // It has ended, or closed its output and soon will; so look again soon and then less often.
  std::optional<int> status;
  for (int pause = 1; !(status = child.ended()); pause = std::min(pause * 2, 50)) {
    const int left = milliseconds_until(end);
    if (left == 0) return fail(late());
    poll(nullptr, 0, std::min(pause, left));
  }
  if (auto error = judged(*status, who)) return fail(*error);
  std::string answer = output.substr(0, size);
  wipe(output);
  return answer;
}

}  // namespace imapkeep
