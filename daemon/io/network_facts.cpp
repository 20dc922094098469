#include "daemon/io/network_facts.h"

#include <linux/if.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include <cstring>
#include <map>
#include <optional>

namespace imapkeep {
namespace {

/// Takes a T from the front and the padding behind it; nothing when there is not enough.
template <class T>
std::optional<T> take(ByteView& bytes) {
  if (bytes.size() < sizeof(T)) return std::nullopt;
  T value;
  std::memcpy(&value, bytes.data(), sizeof value);
  bytes.remove_prefix(std::min<std::size_t>(bytes.size(), NLMSG_ALIGN(sizeof(T))));
  return value;
}

/// Attributes by their type, nested ones as they are.
std::map<unsigned, ByteView> attributes(ByteView bytes) {
  std::map<unsigned, ByteView> found;
  while (bytes.size() >= sizeof(rtattr)) {
    rtattr head{};
    std::memcpy(&head, bytes.data(), sizeof head);
    if (head.rta_len < sizeof head || head.rta_len > bytes.size()) break;
    found[head.rta_type & NLA_TYPE_MASK] = bytes.substr(sizeof head, head.rta_len - sizeof head);
    bytes.remove_prefix(std::min<std::size_t>(bytes.size(), RTA_ALIGN(head.rta_len)));
  }
  return found;
}

std::uint32_t number(const std::map<unsigned, ByteView>& from, unsigned type,
                     std::uint32_t otherwise = 0) {
  const auto found = from.find(type);
  if (found == from.end()) return otherwise;
  ByteView bytes = found->second;
  return take<std::uint32_t>(bytes).value_or(otherwise);
}

/// Joined so that no two lists of parts look the same.
void append(std::string& key, ByteView part) {
  key += std::to_string(part.size());
  key += ':';
  key += part;
}

}  // namespace

NetworkFacts::Verdict NetworkFacts::read(ByteView datagram, std::uint32_t question) {
  Verdict verdict;
  while (datagram.size() >= sizeof(nlmsghdr)) {
    nlmsghdr head{};
    std::memcpy(&head, datagram.data(), sizeof head);
    if (head.nlmsg_len < sizeof head || head.nlmsg_len > datagram.size()) break;
    const ByteView body = datagram.substr(NLMSG_HDRLEN, head.nlmsg_len - NLMSG_HDRLEN);
    datagram.remove_prefix(std::min<std::size_t>(datagram.size(), NLMSG_ALIGN(head.nlmsg_len)));

    const bool answer = head.nlmsg_seq == question && question != 0;
    bool changed = false;
    switch (head.nlmsg_type) {
      case NLMSG_DONE:
      case NLMSG_ERROR:
        verdict.dump_over = verdict.dump_over || answer;
        break;
      case RTM_NEWADDR:
      case RTM_DELADDR:
        changed = read_address(body, head.nlmsg_type == RTM_NEWADDR);
        break;
      case RTM_NEWROUTE:
      case RTM_DELROUTE:
        changed = read_route(body, head.nlmsg_type == RTM_NEWROUTE,
                             !answer && (head.nlmsg_flags & NLM_F_REPLACE) != 0);
        break;
      case RTM_NEWLINK:
      case RTM_DELLINK:
        changed = read_link(body, head.nlmsg_type == RTM_NEWLINK);
        break;
      default:
        break;
    }
    verdict.changed = verdict.changed || (changed && !answer);
  }
  return verdict;
}

void NetworkFacts::forget() {
  addresses_.clear();
  routes_.clear();
}

bool NetworkFacts::read_address(ByteView body, bool comes) {
  const auto head = take<ifaddrmsg>(body);
  // Nobody reaches a mail server from a loopback or link-local address, and every container that
  // starts brings one.
  if (!head || head->ifa_scope >= RT_SCOPE_LINK) return false;
  const auto found = attributes(body);
  const auto flags = number(found, IFA_FLAGS, head->ifa_flags);
  // Not usable until the neighbours were asked; then it is told again.
  if (comes && (flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED)) != 0) return false;
  auto bytes = found.find(IFA_LOCAL);
  if (bytes == found.end()) bytes = found.find(IFA_ADDRESS);
  if (bytes == found.end()) return false;

  Address address{head->ifa_index, std::string(bytes->second)};
  if (comes) return addresses_.insert(std::move(address)).second;
  // Routes that went with it are not told (IPv4).
  forget_routes(head->ifa_index);
  return addresses_.erase(address) > 0;
}

bool NetworkFacts::read_route(ByteView body, bool comes, bool replaces) {
  const auto head = take<rtmsg>(body);
  // Tunnels often lay two halves (0.0.0.0/1 and 128.0.0.0/1) over the default route.
  if (!head || head->rtm_dst_len > 1 || head->rtm_type != RTN_UNICAST) return false;
  if ((head->rtm_flags & RTM_F_CLONED) != 0) return false;  // a cache entry
  const auto found = attributes(body);
  const auto part = [&found](unsigned type) {
    const auto at = found.find(type);
    return at == found.end() ? ByteView() : at->second;
  };

  Route route;
  const auto numbers = {std::uint32_t{head->rtm_family}, std::uint32_t{head->rtm_dst_len},
                        std::uint32_t{head->rtm_tos}, number(found, RTA_TABLE, head->rtm_table)};
  for (const std::uint32_t one : numbers) append(route.to, std::to_string(one));
  append(route.to, part(RTA_DST));
  append(route.to, part(RTA_PRIORITY));
  route.link = number(found, RTA_OIF);
  // Not among these: lifetimes and metrics, which are renewed all the time.
  for (const unsigned type : {RTA_GATEWAY, RTA_VIA, RTA_PREFSRC, RTA_MULTIPATH, RTA_NH_ID}) {
    append(route.way, part(type));
  }

  if (!comes) return routes_.erase(route) > 0;
  if (replaces) {
    const bool known = routes_.count(route) > 0;
    const auto gone =
        std::erase_if(routes_, [&route](const Route& old) { return old.to == route.to; });
    routes_.insert(std::move(route));
    return !known || gone > 1;
  }
  return routes_.insert(std::move(route)).second;
}

bool NetworkFacts::read_link(ByteView body, bool comes) {
  const auto head = take<ifinfomsg>(body);
  // With a link that is switched off go its IPv4 routes, without a word. A cable pulled takes none
  // away, and connections outlive it.
  if (!head || (comes && (head->ifi_flags & IFF_UP) != 0)) return false;
  return forget_routes(static_cast<std::uint32_t>(head->ifi_index));
}

bool NetworkFacts::forget_routes(std::uint32_t link) {
  return std::erase_if(routes_, [link](const Route& route) { return route.link == link; }) > 0;
}

}  // namespace imapkeep
