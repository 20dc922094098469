#include "daemon/io/handshake_queue.h"

#include <vector>

#include "daemon/io/system_clock.h"
#include "tests/daemon/io/loop_fixture.h"

using namespace imapkeep;
using namespace std::chrono_literals;

namespace {

struct Guests : LoopFixture {
  HandshakeQueue queue{timers};
  std::vector<Operation> places;
  std::vector<int> went;

  void enter(int count) {
    for (int i = 0; i < count; ++i) {
      const int number = static_cast<int>(places.size());
      places.push_back(queue.enter([this, number] { went.push_back(number); }));
    }
  }
};

}  // namespace

TEST_CASE_METHOD(Guests, "so many at once, the next when one has gone, in the order they came") {
  enter(HandshakeQueue::kPlaces + 3);
  CHECK(went.empty());  // never inside the call
  run_until([&] { return went.size() == HandshakeQueue::kPlaces; });
  places[HandshakeQueue::kPlaces].cancel();  // leaves the line
  places[0].cancel();
  run_until([&] { return went.size() == HandshakeQueue::kPlaces + 1; });
  CHECK(went.back() == HandshakeQueue::kPlaces + 1);
}

TEST_CASE_METHOD(Guests, "a place whose server says nothing is free for others after a moment") {
  enter(HandshakeQueue::kPlaces);
  run_until([&] { return went.size() == HandshakeQueue::kPlaces; });
  const MonoTime before = SystemClock::boot_now();
  enter(1);
  run_until([&] { return went.size() == HandshakeQueue::kPlaces + 1; });
  CHECK(SystemClock::boot_now() - before >= HandshakeQueue::kLongest / 2);
  places.clear();  // those who overstayed give nothing back twice
  enter(HandshakeQueue::kPlaces + 1);
  went.clear();
  run_until([&] { return went.size() == HandshakeQueue::kPlaces; });
  run_for(HandshakeQueue::kLongest / 4);
  CHECK(went.size() == HandshakeQueue::kPlaces);
}

TEST_CASE("whoever holds a place may outlive the queue") {
  LoopFixture world;
  Operation place;
  {
    HandshakeQueue queue(world.timers);
    place = queue.enter([] { FAIL("there is no queue any more"); });
  }
  world.run_for(1ms);
  place.cancel();
}
