#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/io/os_error.h"
#include "daemon/io/posix_file.h"
#include "daemon/io/signals.h"
#include "tests/daemon/io/file_fixture.h"

using namespace imapkeep;

namespace {

/// Runs `body` in a child process that root's powers do not reach; its answer is the exit status.
int as_nobody(const std::function<int()>& body) {
  const pid_t child = fork();
  if (child == 0) {
    if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0)) _exit(100);
    _exit(body());
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 101;
}

}  // namespace

TEST_CASE("without permission the error says whose it is") {
  const Scratch scratch;
  auto root = root_of(scratch);
  put(*root, "private", "x");
  REQUIRE(chmod((scratch / "private").c_str(), 0) == 0);
  REQUIRE(chmod(scratch.path().c_str(), 0555) == 0);
  CHECK(as_nobody([&] {
          const std::vector<Error> errors = {root->create("new").error(),
                                             root->make("new").error(),
                                             root->read("private").error(),
                                             root->unlink("private").error(),
                                             root->link("private", *root, "b").error(),
                                             root->lock("new").error(),
                                             root->rename("private", *root, "b").error(),
                                             PosixFiles().make_root(scratch / "new").error()};
          int failures = 0;
          for (const Error& error : errors) {
            const bool fine = error.remedy == Remedy::kNeedsOperator &&
                              error.trouble == Trouble::kStore &&
                              (error.os_code == EACCES || error.os_code == EPERM) &&
                              error.what.find(scratch.path()) != std::string::npos &&
                              error.what.find("check") != std::string::npos;
            if (!fine) ++failures;
          }
          return failures;
        }) == 0);
  chmod(scratch.path().c_str(), 0755);
}

TEST_CASE("after a failed write nothing about the file succeeds any more") {
  ignore_write_signals();
  const Scratch scratch;
  auto root = root_of(scratch);
  const pid_t child = fork();
  if (child == 0) {
    const rlimit limit{4096, 4096};
    setrlimit(RLIMIT_FSIZE, &limit);
    auto file = root->create("big");
    const auto wrote = (*file)->write(std::string(10'000, 'x'));
    const bool right = !wrote && wrote.error().os_code == EFBIG &&
                       wrote.error().remedy == Remedy::kSkipMessage && !(*file)->write("x") &&
                       !(*file)->sync() && !(*file)->set_mtime(1) && !(*file)->close() &&
                       (*file)->sync().error().os_code == EFBIG;
    _exit(right ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  CHECK(status == 0);
}

TEST_CASE("a full disk says so") {
  PosixOutFile file(Fd(open("/dev/full", O_WRONLY | O_CLOEXEC)), "/srv/mail/x");
  const auto wrote = file.write("mail");
  REQUIRE_FALSE(wrote);
  CHECK(wrote.error().remedy == Remedy::kRetryLater);
  CHECK(
      wrote.error().what ==
      "cannot write /srv/mail/x: No space left on device (ENOSPC); the disk is full: make room, or "
      "remove files where it is inodes that lack (df -i)");
  CHECK_FALSE(file.close());
}

TEST_CASE("free space is that of an unprivileged writer") {
  const Scratch scratch;
  auto root = root_of(scratch);
  const auto space = root->free_space();
  REQUIRE(space);
  CHECK(space->bytes < (std::uint64_t{1} << 60));
}

TEST_CASE("errors name the deed, the path, the reason and the remedy") {
  struct Case {
    int code;
    Remedy remedy;
    Trouble trouble;
    std::string says;
  };
  for (const Case& item : std::vector<Case>{
           {ENOSPC, Remedy::kRetryLater, Trouble::kStore, "(ENOSPC); the disk is full"},
           {EDQUOT, Remedy::kRetryLater, Trouble::kStore, "(EDQUOT); the quota"},
           {EMFILE, Remedy::kRetryLater, Trouble::kStore, "ulimit -n"},
           {ENFILE, Remedy::kRetryLater, Trouble::kStore, "(ENFILE)"},
           {EROFS, Remedy::kNeedsOperator, Trouble::kStore, "mounted read-only"},
           {EACCES, Remedy::kNeedsOperator, Trouble::kStore, "permissions"},
           {EPERM, Remedy::kNeedsOperator, Trouble::kStore, "owner"},
           {EIO, Remedy::kNeedsOperator, Trouble::kStore, "(EIO)"},
           {ENOTDIR, Remedy::kNeedsOperator, Trouble::kStore, "a file or a link is in the way"},
           {ENAMETOOLONG, Remedy::kSkipMessage, Trouble::kMessage, "(ENAMETOOLONG)"},
           {99999, Remedy::kNeedsOperator, Trouble::kStore, "unknown error (99999)"},
       }) {
    const Error error = file_error("create", "/srv/\x1b[2Jmail", item.code);
    INFO(error.what);
    CHECK(error.what.rfind("cannot create /srv/\\x1b[2Jmail: ", 0) == 0);
    CHECK(error.what.find(item.says) != std::string::npos);
    CHECK(error.remedy == item.remedy);
    CHECK(error.trouble == item.trouble);
    CHECK(error.os_code == item.code);
  }
  const Scratch scratch;
  auto root = root_of(scratch);
  CHECK(root->create(std::string(300, 'x')).error().os_code == ENAMETOOLONG);
}
