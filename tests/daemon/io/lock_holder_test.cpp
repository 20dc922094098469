#include "daemon/io/lock_holder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "daemon/io/fd.h"
#include "tests/support/temporary_directory.h"

using namespace imapkeep;

TEST_CASE("who holds a lock, among the kernel's lines") {
  const std::string locks =
      "1: POSIX  ADVISORY  WRITE 10 08:01:131 0 EOF\n"
      "2: FLOCK  ADVISORY  WRITE 11 08:01:1131 0 EOF\n"
      "3: FLOCK  ADVISORY  WRITE 12 08:01:131 0 EOF\n"
      "3: -> FLOCK  ADVISORY  WRITE 13 08:01:131 0 EOF\n"
      "4: FLOCK  ADVISORY  WRITE -1 08:01:132 0 EOF\n"
      "half a li";
  const auto anybody = [](int) { return true; };
  CHECK(find_lock_holder(locks, 131, anybody) == 12);
  CHECK(find_lock_holder(locks, 1131, anybody) == 11);
  CHECK_FALSE(find_lock_holder(locks, 31, anybody));
  CHECK_FALSE(find_lock_holder(locks, 132, anybody));
  CHECK_FALSE(find_lock_holder(locks, 131, [](int process) { return process != 12; }));
  CHECK_FALSE(find_lock_holder("", 131, anybody));
}

TEST_CASE("who holds a lock on a real file") {
  const TemporaryDirectory directory;
  const std::string path = directory.file("lock");
  const Fd file(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  CHECK_FALSE(lock_holder(path));
  REQUIRE(flock(file.get(), LOCK_EX) == 0);
  CHECK(lock_holder(path) == getpid());
  REQUIRE(flock(file.get(), LOCK_UN) == 0);
  CHECK_FALSE(lock_holder(path));
  CHECK_FALSE(lock_holder(directory.file("none")));
}
