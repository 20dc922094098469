// A daemon, as far as it can be seen through its socket: a real loop, a real socket in a scratch
// directory, and a handler that the test answers for.
#pragma once

#include "daemon/control/control_client.h"
#include "daemon/control/control_server.h"
#include "daemon/io/local_listener.h"
#include "tests/daemon/control/fake_handler.h"
#include "tests/daemon/io/loop_fixture.h"
#include "tests/daemon/io/raw_local_client.h"
#include "tests/daemon/io/scratch.h"
#include "tests/support/log_probe.h"

namespace imapkeep {

struct SocketDaemon : LoopFixture {
  LogProbe log;
  Scratch state;
  FakeHandler handler;
  std::unique_ptr<ControlServer> server = std::make_unique<ControlServer>(timers, handler);
  std::unique_ptr<LocalListener> listener;

  SocketDaemon() {
    auto opened = LocalListener::open(
        {loop, timers, log.log(), geteuid()},
        {state.path(), std::string(kControlName), ControlServer::refusal()},
        [this](std::unique_ptr<Stream> stream) { server->accept(std::move(stream)); });
    if (!opened) FAIL(opened.error().what);
    listener = std::move(*opened);
  }
  std::unique_ptr<Stream> connected() {
    auto stream = connect_to_daemon(loop, state.path(), geteuid());
    if (!stream) FAIL(stream.error().what);
    return std::move(*stream);
  }
  std::unique_ptr<RawLocalClient> raw(const std::string& says = "") {
    auto client = std::make_unique<RawLocalClient>();
    REQUIRE(client->connect_to(state / "control") == 0);
    if (!says.empty()) REQUIRE(client->send(says));
    return client;
  }
};

}  // namespace imapkeep
