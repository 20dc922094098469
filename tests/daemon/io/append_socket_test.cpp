// A message that is larger than all buffers on its way, appended over a real socket.
#include "daemon/io/system_clock.h"
#include "sync/imap/target_connection.h"
#include "tests/daemon/io/net_fixture.h"
#include "tests/support/fixed_random.h"
#include "tests/support/log_probe.h"

using namespace imapkeep;

namespace {

constexpr std::uint64_t kSize = 24ULL << 20;

char octet(std::uint64_t at) { return static_cast<char>('a' + at % 26); }

class CountedSource final : public ByteSource {
 public:
  explicit CountedSource(Timers& timers) : timers_(timers) {}
  Operation read(Completion<std::string> done) override {
    Pending<std::string> pending(std::move(done));
    timer_ = timers_.soon([this, pending] {
      std::string piece(std::min<std::uint64_t>(100'000, kSize - given), '\0');
      for (char& c : piece) c = octet(given++);
      pending.complete(std::move(piece));
    });
    return pending.operation([this] { timer_.cancel(); });
  }
  std::uint64_t given = 0;

 private:
  Timers& timers_;
  Operation timer_;
};

}  // namespace

TEST_CASE("a large message is appended over a real socket as fast as the server reads it") {
  std::atomic<bool> may_read{false};
  std::atomic<std::uint64_t> wrong{0};
  std::string end;
  TestServer server([&](TestPeer& peer) {
    peer.write("* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR LITERAL+] hello\r\n");
    const std::string login = peer.read_line();
    peer.write(login.substr(0, login.find(' ')) + " OK [CAPABILITY IMAP4rev1 LITERAL+] in\r\n");
    const std::string append = peer.read_line();
    while (!may_read) std::this_thread::yield();
    std::vector<char> buffer(64 * 1024);
    for (std::uint64_t at = 0; at < kSize;) {
      const int got = peer.read(buffer.data(), std::min<std::uint64_t>(buffer.size(), kSize - at));
      if (got <= 0) return;
      for (int i = 0; i < got; ++i) {
        if (buffer[static_cast<std::size_t>(i)] != octet(at++)) ++wrong;
      }
    }
    end = peer.read_line();
    peer.write(append.substr(0, append.find(' ')) + " OK [APPENDUID 1 7] done\r\n");
    peer.read_all();
  });
  NetFixture net;
  SystemClock clock;
  FixedRandom random;
  LogProbe logs;
  ServerOptions options;
  options.host = "127.0.0.1";
  options.port = server.port();
  options.tls = TlsMode::kNone;
  imap::TargetConnection connection({net.dialer, net.timers, clock, random, logs.log()}, options);
  std::optional<Result<Done>> opened;
  const Operation opening = connection.open({"me", "", Secret("secret")},
                                            [&](Result<Done> done) { opened = std::move(done); });
  net.run_until([&] { return opened.has_value(); });
  REQUIRE(opened->has_value());

  CountedSource source(net.timers);
  std::optional<Result<imap::AppendEnd>> appended;
  imap::AppendMessage message;
  message.mailbox = {"Archive", NameEncoding::kUtf7};
  message.size = kSize;
  const Operation appending = connection.append(
      message, source, [&](Result<imap::AppendEnd> done) { appended = std::move(done); });
  // The kernel takes some megabytes, and then nothing is read from the source any more.
  std::uint64_t before = 1;
  while (before != source.given) {
    before = source.given;
    net.run_for(std::chrono::milliseconds(200));
  }
  CHECK(source.given < kSize);
  may_read = true;
  net.run_until([&] { return appended.has_value(); });
  REQUIRE(appended->has_value());
  CHECK((*appended)->uid == Uid{7});
  CHECK(wrong == 0);
  CHECK(end == "\r\n");
}
