#include "daemon/io/posix_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <set>

#include "daemon/io/posix_directory.h"
#include "tests/daemon/io/file_fixture.h"

using namespace imapkeep;

namespace {

std::set<std::string> names_in(Directory& directory) {
  std::set<std::string> names;
  REQUIRE(directory.list([&](std::string_view name) { return names.emplace(name).second; }));
  return names;
}

}  // namespace

TEST_CASE("a file is written, dated, made durable and read again") {
  const Scratch scratch;
  auto root = root_of(scratch);
  auto out = root->create("message");
  REQUIRE(out);
  const std::string body(300'000, 'm');
  REQUIRE((*out)->write("head\r\n"));
  REQUIRE((*out)->write(body));
  REQUIRE((*out)->write(""));
  REQUIRE((*out)->set_mtime(1'234'567'890));
  REQUIRE((*out)->sync());
  REQUIRE((*out)->close());
  REQUIRE((*out)->close());
  REQUIRE(root->sync());
  REQUIRE(root->sync_file_system());

  const auto facts = root->stat("message");
  REQUIRE(facts);
  REQUIRE(facts->has_value());
  CHECK((*facts)->kind == FileKind::kFile);
  CHECK((*facts)->size == body.size() + 6);
  CHECK((*facts)->mtime_ns == 1'234'567'890'000'000'000);
  CHECK((*facts)->links == 1);
  CHECK((*facts)->owner == geteuid());
  CHECK((*facts)->mode == 0600);

  auto in = root->read("message");
  REQUIRE(in);
  REQUIRE((*in)->seek(4));
  std::string got;
  char buffer[4096];
  for (;;) {
    const auto size = (*in)->read(buffer);
    REQUIRE(size);
    if (*size == 0) break;
    got.append(buffer, *size);
  }
  CHECK(got == "\r\n" + body);
  CHECK((*in)->sync());
  CHECK_FALSE((*in)->seek(~std::uint64_t{0}));
}

TEST_CASE("names are one component: nothing leads outside") {
  const Scratch scratch;
  auto root = root_of(scratch);
  REQUIRE(root->make("in"));
  put(*root, "file", "x");
  for (const std::string& name :
       {std::string(), std::string("."), std::string(".."), std::string("in/file"),
        std::string("/"), std::string("/etc/passwd"), std::string("a\0b", 3)}) {
    INFO(name);
    CHECK(root->open(name).error().os_code == EINVAL);
    CHECK(root->make(name).error().os_code == EINVAL);
    CHECK(root->stat(name).error().os_code == EINVAL);
    CHECK(root->create(name).error().os_code == EINVAL);
    CHECK(root->read(name).error().os_code == EINVAL);
    CHECK(root->link(name, *root, "to").error().os_code == EINVAL);
    CHECK(root->link("file", *root, name).error().os_code == EINVAL);
    CHECK(root->rename(name, *root, "to").error().os_code == EINVAL);
    CHECK(root->rename("file", *root, name).error().os_code == EINVAL);
    CHECK(root->replace(name, "to").error().os_code == EINVAL);
    CHECK(root->replace("file", name).error().os_code == EINVAL);
    CHECK(root->unlink(name).error().os_code == EINVAL);
    CHECK(root->remove_directory(name).error().os_code == EINVAL);
    CHECK(root->lock(name).error().os_code == EINVAL);
  }
  CHECK(names_in(*root) == std::set<std::string>{"file", "in"});
  for (const std::string name : {"...", ".hidden", "a b", "\xff", "-rf", "new\nline"}) {
    INFO(name);
    put(*root, name, "fine");
    CHECK(root->unlink(name));
  }
}

TEST_CASE("links are never followed") {
  const Scratch scratch;
  const Scratch elsewhere;
  auto root = root_of(scratch);
  put_file(elsewhere / "secret", "outside");
  REQUIRE(symlink((elsewhere / "secret").c_str(), (scratch / "file").c_str()) == 0);
  REQUIRE(symlink(elsewhere.path().c_str(), (scratch / "directory").c_str()) == 0);
  REQUIRE(symlink("nowhere", (scratch / "dangling").c_str()) == 0);

  CHECK(root->read("file").error().os_code == ELOOP);
  CHECK(root->create("file").error().os_code == EEXIST);
  CHECK(root->create("dangling").error().os_code == EEXIST);
  CHECK(root->lock("file").error().os_code == ELOOP);
  CHECK(root->lock("dangling").error().os_code == ELOOP);
  CHECK(root->open("directory").error().os_code == ENOTDIR);
  CHECK(root->make("directory").error().os_code == ENOTDIR);
  CHECK(root->remove_directory("directory").error().os_code == ENOTDIR);
  const auto facts = root->stat("file");
  REQUIRE(facts);
  CHECK((*facts)->kind == FileKind::kLink);
  put(*root, "mine", "inside");
  CHECK(*root->rename("mine", *root, "file") == Placed::kExists);
  CHECK(*root->link("mine", *root, "dangling") == Placed::kExists);
  CHECK(*root->unlink("directory") == Placed::kDone);  // the link, not what it names
  CHECK(content_of(elsewhere / "secret") == "outside");
}

TEST_CASE("what is not a regular file is not read, and does not block") {
  const Scratch scratch;
  auto root = root_of(scratch);
  REQUIRE(mkfifo((scratch / "fifo").c_str(), 0600) == 0);
  REQUIRE(root->make("directory"));
  CHECK(root->read("fifo").error().os_code == ENXIO);
  CHECK(root->lock("fifo").error().os_code == ENXIO);
  CHECK(root->read("directory").error().os_code == EISDIR);
  CHECK((*root->stat("fifo"))->kind == FileKind::kOther);
}

TEST_CASE("rename and link place, and never replace") {
  for (const RenameMethod method : {RenameMethod::kAtomic, RenameMethod::kLinked}) {
    INFO((method == RenameMethod::kAtomic ? "atomic" : "linked"));
    const Scratch scratch;
    PosixDirectory root(Fd(open(scratch.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)),
                        scratch.path(), method);
    auto made = root.make("cur");
    REQUIRE(made);
    Directory& cur = **made;
    put(root, "a", "one");
    put(root, "b", "two");

    CHECK(*root.rename("a", cur, "m") == Placed::kDone);
    CHECK(content_of(scratch / "cur/m") == "one");
    CHECK((*cur.stat("m"))->links == 1);
    CHECK(*root.rename("b", cur, "m") == Placed::kExists);
    CHECK(content_of(scratch / "cur/m") == "one");
    CHECK(content_of(scratch / "b") == "two");
    CHECK(*root.rename("none", cur, "n") == Placed::kMissing);
    CHECK(*root.rename("none", cur, "m") == Placed::kMissing);

    CHECK(*cur.link("m", root, "again") == Placed::kDone);
    CHECK((*cur.stat("m"))->links == 2);
    CHECK(*cur.link("m", root, "again") == Placed::kExists);
    CHECK(*cur.link("none", root, "n") == Placed::kMissing);

    REQUIRE(root.make("full"));
    put(*(*root.open("full")), "x", "x");
    REQUIRE(root.make("empty"));
    CHECK(*root.rename("cur", root, "full") == Placed::kExists);
    CHECK(*root.rename("cur", root, "empty") == Placed::kExists);
    CHECK(*root.rename("cur", root, "b") == Placed::kExists);
    CHECK(*root.rename("cur", root, "moved") == Placed::kDone);
    CHECK(names_in(root) == std::set<std::string>{"again", "b", "empty", "full", "moved"});
    CHECK(content_of(scratch / "moved/m") == "one");
    CHECK_FALSE(root.rename("moved", **root.open("moved"), "inside"));
  }
}

TEST_CASE("replace, unlink and remove_directory") {
  const Scratch scratch;
  auto root = root_of(scratch);
  put(*root, "state.new", "2");
  put(*root, "state", "1");
  CHECK(root->replace("state.new", "state"));
  CHECK(content_of(scratch / "state") == "2");
  CHECK(root->replace("state.new", "state").error().os_code == ENOENT);
  CHECK(*root->unlink("state") == Placed::kDone);
  CHECK(*root->unlink("state") == Placed::kMissing);
  REQUIRE(root->make("directory"));
  CHECK(root->make("directory"));  // there already is fine
  CHECK(root->unlink("directory").error().os_code == EISDIR);
  put(*(*root->open("directory")), "x", "x");
  CHECK(root->remove_directory("directory").error().os_code == ENOTEMPTY);
  CHECK(*(*root->open("directory"))->unlink("x") == Placed::kDone);
  CHECK(root->remove_directory("directory"));
  CHECK(names_in(*root).empty());
  CHECK(root->open("directory").error().os_code == ENOENT);
  CHECK_FALSE((*root->stat("directory")).has_value());
}

TEST_CASE("a listing is whole, can be stopped, and knows nothing of others") {
  const Scratch scratch;
  auto root = root_of(scratch);
  std::set<std::string> expected;
  for (int i = 0; i < 3000; ++i) {
    expected.insert("m" + std::to_string(i));
    put_file(scratch / ("m" + std::to_string(i)), "");
  }
  CHECK(names_in(*root) == expected);
  int seen = 0;
  REQUIRE(root->list([&](std::string_view) {
    if (seen == 0) CHECK(names_in(*root) == expected);  // one inside the other
    return ++seen < 10;
  }));
  CHECK(seen == 10);
}

TEST_CASE("names are asked for one by one, beside other listings") {
  const Scratch scratch;
  const auto root = root_of(scratch);
  for (int i = 0; i < 500; ++i) put(*root, "file" + std::to_string(i), "");
  auto first = root->names();
  auto second = root->names();
  REQUIRE(first);
  REQUIRE(second);
  std::set<std::string> of_first;
  std::set<std::string> of_second;
  for (int i = 0; i <= 500; ++i) {
    for (auto* one : {&*first, &*second}) {
      const auto name = (*one)->next();
      REQUIRE(name);
      CHECK(name->has_value() == (i < 500));
      if (*name) (one == &*first ? of_first : of_second).emplace(**name);
    }
  }
  CHECK(of_first.size() == 500);
  CHECK(of_first == of_second);
}

TEST_CASE("a directory stays itself when somebody renames it") {
  const Scratch scratch;
  auto root = root_of(scratch);
  auto made = root->make("before");
  REQUIRE(made);
  REQUIRE(rename((scratch / "before").c_str(), (scratch / "after").c_str()) == 0);
  put(**made, "m", "x");
  CHECK(content_of(scratch / "after/m") == "x");
  CHECK((*made)->path() == scratch / "before");
  CHECK((*(*made)->stat_self()).kind == FileKind::kDirectory);
}

TEST_CASE("roots are absolute, made on demand, and may be reached by the operator's links") {
  const Scratch scratch;
  PosixFiles files;
  CHECK(files.open_root("relative").error().trouble == Trouble::kConfig);
  CHECK(files.open_root("").error().trouble == Trouble::kConfig);
  CHECK(files.make_root("relative").error().trouble == Trouble::kConfig);
  CHECK(files.open_root(scratch / "none").error().os_code == ENOENT);
  auto deep = files.make_root(scratch / "a//b/c/");
  REQUIRE(deep);
  CHECK((*deep)->path() == scratch / "a//b/c");
  CHECK(files.make_root(scratch / "a/b/c"));
  REQUIRE(symlink("a", (scratch / "link").c_str()) == 0);
  auto linked = files.open_root(scratch / "link/b");
  REQUIRE(linked);
  CHECK(names_in(**linked) == std::set<std::string>{"c"});
  CHECK(files.make_root(scratch / "link/new"));
  put_file(scratch / "file", "x");
  CHECK(files.open_root(scratch / "file").error().os_code == ENOTDIR);
  CHECK(files.make_root(scratch / "file/below").error().os_code == ENOTDIR);
  CHECK(files.open_root("/"));
}

TEST_CASE("new files and directories obey the umask") {
  const Scratch scratch;
  auto root = root_of(scratch);
  const mode_t before = umask(0277);
  const auto file = root->create("file");
  umask(0077);
  const auto directory = root->make("directory");
  umask(before);
  REQUIRE(file);
  REQUIRE(directory);
  CHECK((*root->stat("file"))->mode == 0400);
  CHECK((*root->stat("directory"))->mode == 0700);
}

TEST_CASE("a lock is held by one, across processes, and dies with its process") {
  const Scratch scratch;
  auto root = root_of(scratch);
  auto lock = root->lock("lock");
  REQUIRE(lock);
  const auto second = root->lock("lock");
  REQUIRE_FALSE(second);
  CHECK(second.error().trouble == Trouble::kBusy);
  CHECK(second.error().what.find(scratch / "lock") != std::string::npos);
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  lock->reset();
  CHECK(root->lock("lock"));
  const pid_t holder = fork();
  if (holder == 0) {
    auto held = root->lock("lock");
    [[maybe_unused]] const auto told = write(ends[1], held ? "y" : "n", 1);
    pause();
    _exit(0);
  }
  char answer = 0;
  REQUIRE(read(ends[0], &answer, 1) == 1);
  CHECK(answer == 'y');
  CHECK(root->lock("lock").error().trouble == Trouble::kBusy);
  kill(holder, SIGKILL);
  waitpid(holder, nullptr, 0);
  CHECK(root->lock("lock"));
  CHECK(names_in(*root) == std::set<std::string>{"lock"});
  close(ends[0]);
  close(ends[1]);
}
