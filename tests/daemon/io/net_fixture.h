// A dialer on a real loop, and a handler that remembers what a stream said.
#pragma once

#include <optional>

#include "daemon/io/thread_workers.h"
#include "daemon/io/uv_dialer.h"
#include "tests/daemon/io/loop_fixture.h"
#include "tests/daemon/io/test_server.h"

namespace imapkeep {

struct Listener final : StreamHandler {
  std::string bytes;
  std::optional<Error> closed;
  int closings = 0;
  std::function<void()> after_bytes;
  std::function<void()> after_close;

  void on_bytes(ByteView more) override {
    bytes += more;
    if (after_bytes) after_bytes();
  }
  void on_closed(const Error& why) override {
    closed = why;
    ++closings;
    if (after_close) after_close();
  }
};

struct NetFixture : LoopFixture {
  ThreadWorkers workers{loop};
  UvDialer dialer{loop, timers, workers};

  Result<std::unique_ptr<Stream>> dial(Endpoint endpoint) {
    std::optional<Result<std::unique_ptr<Stream>>> answer;
    const Operation operation = dialer.dial(
        std::move(endpoint),
        [&](Result<std::unique_ptr<Stream>> result) { answer.emplace(std::move(result)); });
    CHECK_FALSE(answer.has_value());  // never inside the call
    run_until([&] { return answer.has_value(); });
    return std::move(*answer);
  }
  std::unique_ptr<Stream> connected(const TestServer& server,
                                    std::optional<TlsOptions> tls = std::nullopt) {
    auto answer = dial({"127.0.0.1", server.port(), std::move(tls)});
    if (!answer) FAIL(answer.error().what);
    return std::move(*answer);
  }
};

}  // namespace imapkeep
