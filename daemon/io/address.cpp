#include "daemon/io/address.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

#include "daemon/base/bytes.h"
#include "daemon/io/os_error.h"

namespace imapkeep {
namespace {

bool is_localhost(const std::string& host) {  // RFC 6761 §6.3
  constexpr std::string_view kName = "localhost";
  if (host == kName) return true;
  const std::string_view view = host;
  return view.size() > kName.size() + 1 &&
         view.substr(view.size() - kName.size() - 1) == ".localhost";
}

Error resolver_error(const std::string& host, int code, int os_code) {
  const std::string who = "the host name " + printable_utf8(host);
  switch (code) {
    case EAI_NONAME:
    case EAI_NODATA:
    case EAI_ADDRFAMILY:
      return server_error(who + " was not found: is it spelled right?", Remedy::kRetryLater);
    case EAI_AGAIN:
      return server_error("no name server answered for " + who + ": is this machine online?");
    case EAI_SYSTEM:
      return server_error(who + " could not be looked up: " + errno_text(os_code));
    default:
      return server_error(who + " could not be looked up: " + gai_strerror(code),
                          Remedy::kRetryLater);
  }
}

}  // namespace

std::string Address::text() const {
  char text[NI_MAXHOST] = "?";
  getnameinfo(reinterpret_cast<const sockaddr*>(&storage), size, text, sizeof text, nullptr, 0,
              NI_NUMERICHOST);
  return text;
}

static std::vector<Address> taken_from(const addrinfo* list) {
  std::vector<Address> addresses;
  for (const addrinfo* at = list; at != nullptr; at = at->ai_next) {
    Address address;
    if (at->ai_addrlen > sizeof address.storage) continue;
    std::memcpy(&address.storage, at->ai_addr, at->ai_addrlen);
    address.size = at->ai_addrlen;
    addresses.push_back(address);
  }
  return addresses;
}

static int look_up(const std::string& host, std::uint16_t port, int flags,
                   std::vector<Address>& addresses) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV | flags;
  addrinfo* found = nullptr;
  const int code = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (code != 0) return code;
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(found, &freeaddrinfo);
  addresses = taken_from(found);
  return 0;
}

std::optional<Address> parse_address(const std::string& host, std::uint16_t port) {
  std::vector<Address> addresses;
  if (look_up(host, port, AI_NUMERICHOST, addresses) != 0 || addresses.empty()) return std::nullopt;
  return addresses.front();
}

Result<std::vector<Address>> resolve(const std::string& host, std::uint16_t port) {
  // AI_ADDRCONFIG does not count loopback as configured: offline, it would hide half of localhost.
  const int flags = is_localhost(host) ? 0 : AI_ADDRCONFIG;
  std::vector<Address> addresses;
  errno = 0;
  const int code = look_up(host, port, flags, addresses);
  if (code != 0) return resolver_error(host, code, errno);
  if (addresses.empty()) return resolver_error(host, EAI_NONAME, 0);
  return addresses;
}

std::vector<Address> interleaved(std::vector<Address> addresses) {
  if (addresses.empty()) return addresses;
  const int favourite = addresses.front().family();
  const auto others = std::stable_partition(
      addresses.begin(), addresses.end(),
      [favourite](const Address& address) { return address.family() == favourite; });
  std::vector<Address> turns;
  auto left = addresses.begin();
  auto right = others;
  while (left != others || right != addresses.end()) {
    if (left != others) turns.push_back(*left++);
    if (right != addresses.end()) turns.push_back(*right++);
  }
  return turns;
}

}  // namespace imapkeep
