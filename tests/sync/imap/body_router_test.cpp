#include "sync/imap/body_router.h"

#include <catch2/catch.hpp>

#include "sync/imap/requests/fetch_requests.h"

using namespace imapkeep;
using namespace imapkeep::imap;

namespace {

class Words final : public BodySink {
 public:
  void on_body_begin(std::uint64_t size) override { said += " begin" + std::to_string(size); }
  void on_body_bytes(ByteView bytes) override { said += " " + std::string(bytes); }
  void on_body_end(const MessageFacts& message) override {
    said += " end" + std::to_string(message.uid.value);
  }
  void on_body_void(std::optional<Uid> uid) override {
    said += uid ? " void" + std::to_string(uid->value) : " void";
  }
  std::string said;
};

FetchResponse response(FetchResponse::Body body, std::optional<Uid> uid) {
  FetchResponse fetched;
  fetched.body = body;
  fetched.uid = uid;
  return fetched;
}

constexpr auto kStreamed = FetchResponse::Body::kStreamed;
constexpr auto kNil = FetchResponse::Body::kNil;

struct Bench {
  Words sink;
  BodyRouter router;
  std::shared_ptr<BodiesRequest> request = std::make_shared<BodiesRequest>(
      UidSet::of(Uid{1}, Uid{5}), false, sink, Pending<FetchEnd>([](Result<FetchEnd>) {}));
  BodyRouter::Requests open{request};
};

}  // namespace

TEST_CASE("a second body in one response voids the first, even when it is the parser's word only") {
  Bench bench;
  bench.router.begin(2, bench.open);
  bench.router.bytes("ab");
  SECTION("two bodies") {
    bench.router.begin(2, bench.open);
    bench.router.bytes("cd");
    bench.router.complete(response(kStreamed, Uid{1}), bench.open);
    CHECK(bench.sink.said == " begin2 ab void");
  }
  SECTION("a body and NIL") {
    bench.router.complete(response(kNil, Uid{1}), bench.open);
    CHECK(bench.sink.said == " begin2 ab void");
  }
  bench.sink.said.clear();
  bench.router.begin(1, bench.open);  // the next response starts afresh
  bench.router.bytes("x");
  bench.router.complete(response(kStreamed, Uid{2}), bench.open);
  CHECK(bench.sink.said == " begin1 x end2");
}

TEST_CASE("the bytes of a cancelled question go nowhere") {
  Bench bench;
  SECTION("before") {
    bench.request->cancel();
    bench.router.begin(2, bench.open);
    bench.router.bytes("ab");
    bench.router.complete(response(kStreamed, Uid{1}), bench.open);
    CHECK(bench.sink.said.empty());
  }
  SECTION("in the middle") {
    bench.router.begin(2, bench.open);
    bench.request->cancel();
    bench.router.bytes("ab");
    bench.router.complete(response(kStreamed, Uid{1}), bench.open);
    CHECK(bench.sink.said == " begin2");
  }
  SECTION("nobody asked at all") {
    bench.router.begin(2, {});
    bench.router.bytes("ab");
    bench.router.complete(response(kStreamed, Uid{1}), {});
    CHECK(bench.sink.said.empty());
  }
}

TEST_CASE("what began is void when the connection is lost") {
  Bench bench;
  bench.router.begin(2, bench.open);
  bench.router.abandon();
  bench.router.abandon();
  CHECK(bench.sink.said == " begin2 void");
}
