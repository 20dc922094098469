// COMPRESS=DEFLATE (RFC 4978) in a session: from which byte on, and what waits.
#include <catch2/catch.hpp>

#include "sync/imap/deflate.h"
#include "sync/imap/session.h"
#include "tests/support/fixed_random.h"

using namespace imapkeep;
using namespace imapkeep::imap;

namespace {

class Probe final : public SessionEvents {
 public:
  void on_greeting(const StatusResponse&) override {}
  void on_untagged(Response response) override {
    if (const auto* exists = std::get_if<ExistsResponse>(&response)) {
      said += " exists" + std::to_string(exists->count);
    }
  }
  void on_tagged(CommandId id, const StatusResponse& reply) override {
    said += " " + std::to_string(id) + (reply.kind == StatusKind::kOk ? ":OK" : ":NO");
  }
  void on_challenge(CommandId, std::string_view) override {}
  void on_body_begin(std::uint64_t) override {}
  void on_body_bytes(ByteView bytes) override {
    body += bytes.size();
    if (hold_at && body >= hold_at) session->hold();
  }
  void on_body_end() override { said += " body"; }

  std::string said;
  std::size_t body = 0;
  std::size_t hold_at = 0;
  Session* session = nullptr;
};

struct Bench {
  FixedRandom random;
  Probe probe;
  Session session{random, probe};
  Deflater server;
  Inflater heard;

  Bench() {
    probe.session = &session;
    REQUIRE(session.receive("* OK hi\r\n"));
  }
  std::string send(const Command& command, Effect effect = Effect::kNone) {
    return std::string(session.tag_of(session.send(command, effect)));
  }
  /// What the server reads of what was sent since.
  std::string server_reads() {
    heard.give(session.take_output());
    std::string read;
    for (auto piece = heard.next(); piece && !piece->empty(); piece = heard.next()) read += *piece;
    return read;
  }
};

}  // namespace

TEST_CASE("both directions are compressed from behind the OK on, however it is cut") {
  const auto portion = GENERATE(as<std::size_t>(), 1, 3, 1000);
  Bench bench;
  const auto noop_tag = bench.send(noop());
  const auto tag = bench.send(compress(), Effect::kCompresses);
  CHECK(bench.session.take_output() == noop_tag + " NOOP\r\n" + tag + " COMPRESS DEFLATE\r\n");
  std::string wire = noop_tag + " OK done\r\n* 1 EXISTS\r\n" + tag + " OK begin\r\n";
  wire += bench.server.deflate("* 2 EXISTS\r\n* 3 EXISTS\r\n");
  wire += bench.server.deflate("* 4 EXISTS\r\n");
  for (std::size_t at = 0; at < wire.size(); at += portion) {
    REQUIRE(bench.session.receive(std::string_view(wire).substr(at, portion)));
  }
  CHECK(bench.probe.said == " 1:OK exists1 2:OK exists2 exists3 exists4");
  CHECK(bench.session.compresses());
  const auto after = bench.send(noop());
  CHECK(bench.server_reads() == after + " NOOP\r\n");
  const auto later = bench.send(idle(), Effect::kIdles);
  CHECK(bench.server_reads() == later + " IDLE\r\n");
}

TEST_CASE("a server that refuses to compress is spoken to as before") {
  Bench bench;
  const auto tag = bench.send(compress(), Effect::kCompresses);
  (void)bench.session.take_output();
  CHECK(bench.session.receive(tag + " NO [COMPRESSIONACTIVE] is on\r\n* 2 EXISTS\r\n"));
  CHECK(bench.probe.said == " 1:NO exists2");
  CHECK_FALSE(bench.session.compresses());
  const auto after = bench.send(noop());
  CHECK(bench.session.take_output() == after + " NOOP\r\n");
}

TEST_CASE("clear text, or noise, in a compressed stream ends the connection") {
  Bench bench;
  const auto tag = bench.send(compress(), Effect::kCompresses);
  CHECK(bench.session.receive(tag + " OK begin\r\n"));
  const auto received = bench.session.receive("A1 OK in clear text\r\n");
  REQUIRE_FALSE(received);
  CHECK(received.error().what == "what the server sends is not DEFLATE");
}

TEST_CASE("what inflates to far more than came waits while the session is held") {
  Bench bench;
  const auto tag = bench.send(compress(), Effect::kCompresses);
  CHECK(bench.session.receive(tag + " OK begin\r\n"));
  constexpr std::size_t kSize = 4U << 20;
  bench.probe.hold_at = 1;
  const std::string wire =
      bench.server.deflate("* 1 FETCH (UID 1 BODY[] {" + std::to_string(kSize) + "}\r\n" +
                           std::string(kSize, 'x') + ")\r\n* 5 EXISTS\r\n");
  REQUIRE(wire.size() < kSize / 20);
  CHECK(bench.session.receive(wire));
  CHECK(bench.probe.body <= 2 * Inflater::kMostInAPiece);
  for (int step = 0; step < 5; ++step) {
    const auto before = bench.probe.body;
    CHECK(bench.session.proceed());
    CHECK(bench.probe.body - before <= 2 * Inflater::kMostInAPiece);
  }
  // And not all at once either: others are to have their turn in between.
  bench.probe.hold_at = 0;
  int turns = 0;
  do {
    const auto before = bench.probe.body;
    CHECK(bench.session.proceed());
    CHECK(bench.probe.body - before <= kSize / 4);
    ++turns;
  } while (bench.session.has_more());
  CHECK(turns > 4);
  CHECK(bench.probe.body == kSize);
  CHECK(bench.probe.said == " 1:OK body exists5");
}
