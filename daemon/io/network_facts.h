// What the kernel's routing messages (rtnetlink) say about this machine's place in the network: the
// addresses that others can reach, and the default routes. Messages tell the same thing many times
// (lifetimes renewed, statistics, containers coming and going); this remembers what is known, so
// that only a difference counts. Bytes in, a verdict out; the socket is in route_watch.h.
// In doubt it forgets: what is told twice costs a probe, what is not told at all an hour.
#pragma once

#include <compare>
#include <cstdint>
#include <set>
#include <string>

#include "daemon/base/bytes.h"

namespace imapkeep {

class NetworkFacts {
 public:
  struct Verdict {
    bool changed = false;    ///< an address or a default route came or went
    bool dump_over = false;  ///< the answer to our question is complete, or was refused
  };

  /// One datagram of the kernel, of one or more messages. Those that carry the number of our
  /// question answer it: they are known from now on, and no news. What is cut short is skipped.
  Verdict read(ByteView datagram, std::uint32_t question);

  /// Messages were lost, so that nothing is known until it was asked again.
  void forget();

 private:
  struct Address {
    std::uint32_t link = 0;
    std::string bytes;
    auto operator<=>(const Address&) const = default;
  };
  struct Route {
    std::string to;          ///< one route of these can be replaced by another
    std::uint32_t link = 0;  ///< 0: several, or none
    std::string way;
    auto operator<=>(const Route&) const = default;
  };

  bool read_address(ByteView body, bool comes);
  bool read_route(ByteView body, bool comes, bool replaces);
  bool read_link(ByteView body, bool comes);
  bool forget_routes(std::uint32_t link);

  std::set<Address> addresses_;
  std::set<Route> routes_;
};

}  // namespace imapkeep
