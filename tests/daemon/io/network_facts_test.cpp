#include "daemon/io/network_facts.h"

#include <linux/if.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include <catch2/catch.hpp>
#include <vector>

using namespace imapkeep;

namespace {

constexpr std::uint32_t kQuestion = 7;

template <class T>
std::string bytes_of(const T& value) {
  std::string bytes(reinterpret_cast<const char*>(&value), sizeof value);
  bytes.resize(NLMSG_ALIGN(bytes.size()));
  return bytes;
}

std::string attribute(unsigned type, std::string value) {
  rtattr head{};
  head.rta_type = static_cast<unsigned short>(type);
  head.rta_len = static_cast<unsigned short>(sizeof head + value.size());
  std::string bytes = bytes_of(head) + value;
  bytes.resize(RTA_ALIGN(bytes.size()));
  return bytes;
}

std::string number(std::uint32_t value) { return bytes_of(value); }

std::string message(std::uint16_t type, const std::string& body, std::uint32_t sequence = 0,
                    std::uint16_t flags = 0) {
  nlmsghdr head{};
  head.nlmsg_type = type;
  head.nlmsg_len = static_cast<std::uint32_t>(sizeof head + body.size());
  head.nlmsg_seq = sequence;
  head.nlmsg_flags = flags;
  return bytes_of(head) + body;
}

struct AddressText {
  std::string bytes = "\x0a\x01\x01\x01";
  std::uint32_t link = 2;
  unsigned char scope = RT_SCOPE_UNIVERSE;
  std::uint32_t flags = 0;
  std::string more{};
};

std::string address(const AddressText& text = {}) {
  ifaddrmsg head{};
  head.ifa_family = text.bytes.size() == 4 ? AF_INET : AF_INET6;
  head.ifa_index = text.link;
  head.ifa_scope = text.scope;
  return bytes_of(head) + attribute(IFA_ADDRESS, text.bytes) +
         attribute(IFA_FLAGS, number(text.flags)) + text.more;
}

struct RouteText {
  std::string gateway = "\x0a\x01\x01\xfe";
  std::uint32_t link = 2;
  unsigned char length = 0;
  std::string to{};
  std::uint32_t priority = 100;
  unsigned char type = RTN_UNICAST;
  std::uint32_t flags = 0;
  std::string more{};
};

std::string route(const RouteText& text = {}) {
  rtmsg head{};
  head.rtm_family = text.gateway.size() == 4 ? AF_INET : AF_INET6;
  head.rtm_dst_len = text.length;
  head.rtm_table = RT_TABLE_MAIN;
  head.rtm_type = text.type;
  head.rtm_flags = text.flags;
  std::string body = bytes_of(head) + attribute(RTA_GATEWAY, text.gateway) +
                     attribute(RTA_OIF, number(text.link)) +
                     attribute(RTA_PRIORITY, number(text.priority)) + text.more;
  if (!text.to.empty()) body += attribute(RTA_DST, text.to);
  return body;
}

std::string link(int index, unsigned flags) {
  ifinfomsg head{};
  head.ifi_index = index;
  head.ifi_flags = flags;
  return bytes_of(head) + attribute(IFLA_IFNAME, std::string("eth0\0", 5));
}

bool news(NetworkFacts& facts, const std::string& datagram) {
  return facts.read(datagram, kQuestion).changed;
}

const std::string kIpv6(16, '\x20');
/// Lifetimes, as they are renewed by router advertisements and DHCP.
std::string lifetimes(std::uint32_t seconds) {
  ifa_cacheinfo info{};
  info.ifa_prefered = info.ifa_valid = seconds;
  return attribute(IFA_CACHEINFO, bytes_of(info));
}
std::string expires(std::uint32_t ticks) {
  rta_cacheinfo info{};
  info.rta_expires = static_cast<int>(ticks);
  return attribute(RTA_CACHEINFO, bytes_of(info));
}

}  // namespace

TEST_CASE("what is a change of the network and what is not") {
  struct Case {
    const char* what;
    std::vector<std::string> before;
    std::string then;
    bool changed;
  };
  const auto came = [](const AddressText& text = {}) {
    return message(RTM_NEWADDR, address(text));
  };
  const auto went = [](const AddressText& text = {}) {
    return message(RTM_DELADDR, address(text));
  };
  const auto routed = [](const RouteText& text = {}) { return message(RTM_NEWROUTE, route(text)); };
  const auto unrouted = [](const RouteText& text = {}) {
    return message(RTM_DELROUTE, route(text));
  };
  const auto replaced = [](const RouteText& text) {
    return message(RTM_NEWROUTE, route(text), 0, NLM_F_REPLACE);
  };
  const auto up = message(RTM_NEWLINK, link(2, IFF_UP | IFF_RUNNING));
  const auto down = message(RTM_NEWLINK, link(2, 0));
  const RouteText other_gateway{"\x0a\x01\x01\xfd"};

  const std::vector<Case> cases{
      {"a new address", {}, came(), true},
      {"the same address again", {came()}, came(), false},
      {"its lifetime renewed",
       {came({kIpv6, 2, 0, 0, lifetimes(100)})},
       came({kIpv6, 2, 0, 0, lifetimes(3600)}),
       false},
      {"it is deprecated", {came({kIpv6})}, came({kIpv6, 2, 0, IFA_F_DEPRECATED}), false},
      {"the same address on another link", {came()}, came({"\x0a\x01\x01\x01", 3}), true},
      {"a temporary address of IPv6",
       {came({kIpv6})},
       came({std::string(16, '\x21'), 2, 0, IFA_F_TEMPORARY}),
       true},
      {"an address still being checked", {}, came({kIpv6, 2, 0, IFA_F_TENTATIVE}), false},
      {"and found good", {came({kIpv6, 2, 0, IFA_F_TENTATIVE})}, came({kIpv6}), true},
      {"and found taken", {}, came({kIpv6, 2, 0, IFA_F_TENTATIVE | IFA_F_DADFAILED}), false},
      {"a link-local address", {}, came({kIpv6, 2, RT_SCOPE_LINK}), false},
      {"a loopback address", {}, came({"\x7f\x01\x01\x01", 1, RT_SCOPE_HOST}), false},
      {"an address goes", {came()}, went(), true},
      {"it goes twice", {came(), went()}, went(), false},
      {"it goes and comes", {came(), went()}, came(), true},
      {"an unknown one goes", {}, went(), false},
      {"point to point: our end counts",
       {came({"\x0a\x01\x01\x09", 2, 0, 0, attribute(IFA_LOCAL, "\x0a\x02\x02\x02")})},
       came({"\x0a\x01\x01\x08", 2, 0, 0, attribute(IFA_LOCAL, "\x0a\x02\x02\x02")}),
       false},

      {"a default route", {}, routed(), true},
      {"the same again", {routed()}, routed(), false},
      {"its expiry renewed",
       {routed({kIpv6, 2, 0, "", 100, RTN_UNICAST, 0, expires(1)})},
       routed({kIpv6, 2, 0, "", 100, RTN_UNICAST, 0, expires(9)}),
       false},
      {"it goes", {routed()}, unrouted(), true},
      {"an unknown one goes", {}, unrouted(), false},
      {"a second one beside it", {routed()}, routed(other_gateway), true},
      {"another in its place", {routed()}, replaced(other_gateway), true},
      {"the first one again in its place",
       {routed(), replaced(other_gateway)},
       replaced({"\x0a\x01\x01\xfe"}),
       true},
      {"the same in its own place", {routed()}, replaced({"\x0a\x01\x01\xfe"}), false},
      {"one in the place of two", {routed(), routed(other_gateway)}, replaced(other_gateway), true},
      {"half of everything, as tunnels have it",
       {},
       routed({"\x0a\x01\x01\xfe", 2, 1, "\x80"}),
       true},
      {"a route to one network", {}, routed({"\x0a\x01\x01\xfe", 2, 24, "\x0a\x02\x02"}), false},
      {"an unreachable default", {}, routed({kIpv6, 1, 0, "", 100, RTN_UNREACHABLE}), false},
      {"a cache entry", {}, routed({kIpv6, 2, 0, "", 100, RTN_UNICAST, RTM_F_CLONED}), false},
      {"the same way, less wanted", {routed()}, routed({"\x0a\x01\x01\xfe", 2, 0, "", 200}), true},

      {"a link is switched off and takes its route", {routed()}, down, true},
      {"one without a route", {routed({"\x0a\x01\x01\xfe", 3})}, down, false},
      {"a link with a route says something", {routed()}, up, false},
      {"a link is pulled out", {routed()}, message(RTM_DELLINK, link(2, IFF_UP)), true},
      {"the route comes back", {routed(), down, up}, routed(), true},
      {"the route comes back behind the address",
       {came(), routed(), went(), came()},
       routed(),
       true},
      {"a neighbour", {}, message(RTM_NEWNEIGH, address()), false},
      {"two at once, the first old", {came()}, came() + routed(), true},
      {"two at once, the second old", {came()}, routed() + came(), true},
  };
  for (const Case& item : cases) {
    INFO(item.what);
    NetworkFacts facts;
    for (const auto& one : item.before) news(facts, one);
    CHECK(news(facts, item.then) == item.changed);
  }
}

TEST_CASE("an answer to our question is no news, and is known afterwards") {
  NetworkFacts facts;
  const auto answer = message(RTM_NEWADDR, address(), kQuestion, NLM_F_MULTI) +
                      message(RTM_NEWROUTE, route(), kQuestion, NLM_F_MULTI);
  auto verdict = facts.read(answer, kQuestion);
  CHECK_FALSE(verdict.changed);
  CHECK_FALSE(verdict.dump_over);
  CHECK_FALSE(news(facts, message(RTM_NEWADDR, address())));
  CHECK_FALSE(news(facts, message(RTM_NEWROUTE, route())));

  CHECK(facts.read(message(NLMSG_DONE, number(0), kQuestion), kQuestion).dump_over);
  CHECK(facts.read(message(NLMSG_ERROR, number(0), kQuestion), kQuestion).dump_over);
  CHECK_FALSE(facts.read(message(NLMSG_DONE, number(0), kQuestion - 1), kQuestion).dump_over);

  facts.forget();
  CHECK(news(facts, message(RTM_NEWADDR, address())));
}

TEST_CASE("before there was a question, a message without a number is news") {
  NetworkFacts facts;
  CHECK(facts.read(message(RTM_NEWADDR, address()), 0).changed);
}

TEST_CASE("every cut of a datagram is harmless") {
  const std::string whole = message(RTM_NEWADDR, address({kIpv6})) +
                            message(RTM_NEWROUTE, route()) + message(RTM_NEWLINK, link(2, 0));
  for (std::size_t length = 0; length <= whole.size(); ++length) {
    NetworkFacts facts;
    // A copy of just these bytes, so that a sanitizer sees the first one behind them.
    const std::vector<char> cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
    CHECK(news(facts, std::string(cut.data(), cut.size())) ==
          (length >= message(RTM_NEWADDR, address({kIpv6})).size()));
  }
  // Lengths that lie: inside a message, and shorter than their own heads.
  for (std::size_t at = 0; at + 2 <= whole.size(); at += 2) {
    for (const unsigned lie : {0U, 1U, 3U, 5U, 15U, 17U, 255U, 65535U}) {
      std::string bent = whole;
      bent[at] = static_cast<char>(lie & 0xff);
      bent[at + 1] = static_cast<char>(lie >> 8);
      NetworkFacts facts;
      const auto verdict = facts.read(bent, kQuestion);
      CHECK_FALSE(verdict.dump_over);
    }
  }
}
