#include "daemon/io/local_listener.h"

#include <dirent.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <thread>

#include "daemon/io/tcp_stream.h"
#include "tests/daemon/io/net_fixture.h"
#include "tests/daemon/io/raw_local_client.h"
#include "tests/daemon/io/scratch.h"
#include "tests/support/log_probe.h"
#include "tests/support/sanitized.h"

using namespace imapkeep;
using namespace std::chrono_literals;

namespace {

struct LocalFixture : LoopFixture {
  LogProbe log;
  Scratch scratch;
  std::vector<std::unique_ptr<Stream>> accepted;
  std::uint32_t own_user = geteuid();

  Result<std::unique_ptr<LocalListener>> try_listen(const std::string& directory) {
    return LocalListener::open(
        {loop, timers, log.log(), own_user}, {directory, "control", "go away\n"},
        [this](std::unique_ptr<Stream> stream) { accepted.push_back(std::move(stream)); });
  }
  std::unique_ptr<LocalListener> listen(const std::string& directory) {
    auto listener = try_listen(directory);
    if (!listener) FAIL(listener.error().what);
    return std::move(*listener);
  }
  std::unique_ptr<LocalListener> listen() { return listen(scratch.path()); }
};

mode_t mode_of(const std::string& path) {
  struct stat facts {};
  REQUIRE(lstat(path.c_str(), &facts) == 0);
  return facts.st_mode;
}

bool exists(const std::string& path) {
  struct stat facts {};
  return lstat(path.c_str(), &facts) == 0;
}

/// A socket file that a killed process left behind.
void leave_socket(const std::string& path) {
  const Fd dead(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  REQUIRE(bind(dead.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
}

}  // namespace

TEST_CASE("bytes go both ways, and both ends hear of the other's end") {
  LocalFixture world;
  const auto listener = world.listen();
  auto socket = connect_local(world.scratch.path(), "control", world.own_user);
  REQUIRE(socket);
  auto client = std::make_unique<TcpStream>(world.loop, nullptr, std::move(*socket), "the daemon");
  Listener at_client;
  client->start(at_client);
  client->send("hello");
  world.run_until([&] { return world.accepted.size() == 1; });
  Listener at_server;
  world.accepted[0]->start(at_server);
  world.run_until([&] { return at_server.bytes == "hello"; });

  SECTION("the client ends") {
    client.reset();
    world.run_until([&] { return at_server.closings == 1; });
    CHECK(at_server.closed->what == "the client closed the connection");
  }
  SECTION("the server ends, and what it said before is read") {
    world.accepted[0]->send("bye");
    world.run_until([&] { return at_client.bytes == "bye"; });
    world.accepted.clear();
    world.run_until([&] { return at_client.closings == 1; });
    CHECK(at_client.closed->what == "the daemon closed the connection");
  }
  SECTION("TLS is refused and the stream goes on") {
    std::optional<Result<Done>> tls;
    const Operation asking =
        client->start_tls({"x", ""}, [&](Result<Done> result) { tls.emplace(std::move(result)); });
    world.run_until([&] { return tls.has_value(); });
    REQUIRE_FALSE(*tls);
    CHECK(tls->error().what.find("does not leave this machine") != std::string::npos);
    client->send(" again");
    world.run_until([&] { return at_server.bytes == "hello again"; });
  }
}

TEST_CASE("a stream says when all has left") {
  struct Counter final : StreamHandler {
    int sent = 0;
    std::function<void()> then;
    void on_bytes(ByteView) override {}
    void on_closed(const Error&) override {}
    void on_sent() override {
      ++sent;
      if (then) then();
    }
  };
  LocalFixture world;
  const auto listener = world.listen();
  RawLocalClient client;
  REQUIRE(client.connect_to(world.scratch / "control") == 0);
  world.run_until([&] { return world.accepted.size() == 1; });
  Counter counter;
  auto& stream = world.accepted[0];
  stream->start(counter);

  stream->send(std::string(5'000'000, 'x'));  // more than the kernel takes at once
  CHECK(counter.sent == 0);
  world.run_for(20ms);
  CHECK(counter.sent == 0);
  world.run_until([&] { return client.read().size() == 5'000'000; });
  world.run_until([&] { return counter.sent == 1; });
  CHECK(stream->unsent_bytes() == 0);
  world.run_for(5ms);
  CHECK(counter.sent == 1);

  counter.then = [&] { stream.reset(); };
  stream->send("last");
  world.run_until([&] { return client.ended(); });
  CHECK(client.read().ends_with("xlast"));
  CHECK(counter.sent == 2);
}

TEST_CASE(
    "the socket file is for its owner alone, whatever the umask, and goes with the listener") {
  LocalFixture world;
  const mode_t before = umask(0);
  auto listener = world.listen();
  umask(before);
  CHECK(mode_of(world.scratch / "control") == (S_IFSOCK | 0600));
  CHECK_FALSE(exists(world.scratch / "control.new"));
  listener.reset();
  CHECK_FALSE(exists(world.scratch / "control"));
  CHECK(connect_local(world.scratch.path(), "control", world.own_user).error().os_code == ENOENT);
}

TEST_CASE("a socket file left by a crash is replaced") {
  LocalFixture world;
  leave_socket(world.scratch / "control");
  leave_socket(world.scratch / "control.new");
  CHECK(connect_local(world.scratch.path(), "control", world.own_user).error().os_code ==
        ECONNREFUSED);
  const auto listener = world.listen();
  RawLocalClient client;
  CHECK(client.connect_to(world.scratch / "control") == 0);
  world.run_until([&] { return world.accepted.size() == 1; });
}

TEST_CASE("what is no socket stays where it is, and the error names it") {
  for (const std::string name : {"control", "control.new"}) {
    for (const std::string kind : {"file", "directory", "link"}) {
      INFO(name << ", " << kind);
      LocalFixture world;
      const std::string path = world.scratch / name;
      if (kind == "file") put_file(path, "precious");
      if (kind == "directory") std::filesystem::create_directory(path);
      if (kind == "link") std::filesystem::create_symlink("/nowhere", path);
      const mode_t before = mode_of(path);
      const auto listener = world.try_listen(world.scratch.path());
      REQUIRE_FALSE(listener);
      CHECK(listener.error().what.find(path + ": something that is no socket") !=
            std::string::npos);
      CHECK(listener.error().trouble == Trouble::kStore);
      CHECK(mode_of(path) == before);
      CHECK(exists(world.scratch / "control") == (name == "control"));
    }
  }
}

TEST_CASE("a file that took the place of ours is not removed") {
  LocalFixture world;
  auto listener = world.listen();
  std::filesystem::rename(world.scratch / "control", world.scratch / "ours");
  put_file(world.scratch / "control", "another's");
  listener.reset();
  CHECK(content_of(world.scratch / "control") == "another's");
}

TEST_CASE("a directory that is not there is an error") {
  LocalFixture world;
  const auto listener = world.try_listen(world.scratch / "missing");
  REQUIRE_FALSE(listener);
  CHECK(listener.error().os_code == ENOENT);
  CHECK(connect_local(world.scratch / "missing", "control", 0).error().os_code == ENOENT);
}

TEST_CASE("paths of every length around the limit work") {
  for (std::size_t length = 90; length < 118; ++length) {
    LocalFixture world;
    INFO(length);
    const std::string directory =
        world.scratch / std::string(length - world.scratch.path().size() - 1, 'd');
    REQUIRE(std::filesystem::create_directory(directory));
    const auto listener = world.listen(directory);
    CHECK(mode_of(directory + "/control") == (S_IFSOCK | 0600));
    CHECK(connect_local(directory, "control", world.own_user));
    world.run_until([&] { return world.accepted.size() == 1; });
  }
  LocalFixture world;
  std::string deep = world.scratch.path();
  for (int i = 0; i < 8; ++i) deep += "/" + std::string(200, 'd');
  REQUIRE(std::filesystem::create_directories(deep));
  const auto listener = world.listen(deep);
  CHECK(connect_local(deep, "control", world.own_user));
  world.run_until([&] { return world.accepted.size() == 1; });
}

TEST_CASE("another user's process is told off and closed") {
  LocalFixture world;
  // Who is root cannot be refused, and so becomes somebody else for the time of the connect.
  const bool root = geteuid() == 0;
  if (!root) world.own_user += 1;
  const auto listener = world.listen();
  REQUIRE(chmod(world.scratch.path().c_str(), 0755) == 0);
  REQUIRE(chmod((world.scratch / "control").c_str(), 0666) == 0);
  RawLocalClient client;
  int code = -1;
  std::thread([&] {
    // Of this thread only, which the C library's seteuid would not do.
    if (root) syscall(SYS_setresuid, -1, 65534, -1);
    code = client.connect_to(world.scratch / "control");
  }).join();
  REQUIRE(code == 0);
  world.run_until([&] { return client.ended(); });
  CHECK(client.read() == "go away\n");
  CHECK(world.accepted.empty());
  CHECK(world.log.contains("another user's connection is refused"));
}

TEST_CASE("a listener of a user who is neither we, nor root, nor the directory's is not believed") {
  if (geteuid() != 0) return;  // the other cases need two users
  LocalFixture world;
  const auto listener = world.listen();
  CHECK(connect_local(world.scratch.path(), "control", 4711));  // root listens
  // Now somebody else does: the kernel remembers who called listen.
  const std::string place = world.scratch / "place";
  REQUIRE(std::filesystem::create_directory(place));
  REQUIRE(chmod(place.c_str(), 0777) == 0);
  REQUIRE(chmod(world.scratch.path().c_str(), 0755) == 0);
  Fd foreign(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  std::thread([&] {
    syscall(SYS_setresuid, -1, 65534, -1);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = place + "/control";
    std::memcpy(address.sun_path, path.data(), path.size());
    if (bind(foreign.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(foreign.get(), 8) != 0) {
      foreign.reset();
    }
  }).join();
  REQUIRE(foreign.is_open());
  const auto refused = connect_local(place, "control", 0);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().what.find("user 65534 listens there") != std::string::npos);
  CHECK(connect_local(place, "control", 65534));
  REQUIRE(chown(place.c_str(), 65534, static_cast<gid_t>(-1)) == 0);
  CHECK(connect_local(place, "control", 0));
}

// The sanitizer's check of a virtual call opens a pipe, and without file numbers takes every object
// for a wrong one: not in that build.
TEST_CASE("without free file numbers the loop rests, and then the client is accepted",
          kSanitized ? "[.]" : "") {
  LocalFixture world;
  const auto listener = world.listen();
  RawLocalClient client;
  REQUIRE(client.connect_to(world.scratch / "control") == 0);
  rlimit before{};
  REQUIRE(getrlimit(RLIMIT_NOFILE, &before) == 0);
  const Fd next_free(dup(0));
  REQUIRE(next_free.is_open());
  const rlimit none{static_cast<rlim_t>(next_free.get()), before.rlim_max};
  REQUIRE(setrlimit(RLIMIT_NOFILE, &none) == 0);
  int rounds = 0;
  bool over = false;
  const Operation end = world.timers.after(300ms, [&] { over = true; });
  while (!over) {
    uv_run(world.loop.raw(), UV_RUN_ONCE);
    ++rounds;
  }
  REQUIRE(setrlimit(RLIMIT_NOFILE, &before) == 0);
  CHECK(rounds < 20);
  CHECK(world.accepted.empty());
  CHECK(world.log.contains("cannot accept a connection for now"));
  world.run_until([&] { return world.accepted.size() == 1; });
}

TEST_CASE("whoever takes a connection may destroy the listener") {
  LocalFixture world;
  std::unique_ptr<LocalListener> listener;
  int taken = 0;
  auto opened = LocalListener::open({world.loop, world.timers, world.log.log(), world.own_user},
                                    {world.scratch.path(), "control", ""},
                                    [&](const std::unique_ptr<Stream>&) {
                                      ++taken;
                                      listener.reset();
                                    });
  REQUIRE(opened);
  listener = std::move(*opened);
  RawLocalClient one, other;
  REQUIRE(one.connect_to(world.scratch / "control") == 0);
  REQUIRE(other.connect_to(world.scratch / "control") == 0);
  world.run_until([&] { return one.ended() && other.ended(); });
  CHECK(taken == 1);
}
