#include "daemon/io/route_watch.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <cerrno>
#include <vector>

#include "daemon/io/fd.h"
#include "daemon/io/handle.h"
#include "daemon/io/network_facts.h"
#include "daemon/io/os_error.h"
#include "daemon/io/retry.h"

namespace imapkeep {
namespace {

constexpr unsigned kGroups =
    RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE;
constexpr std::uint16_t kQuestions[] = {RTM_GETADDR, RTM_GETROUTE};
constexpr std::size_t kDatagramBytes = 32 * 1024;  // the kernel's own limit for answers

Error unwatched(int code) {
  return {Remedy::kNeedsOperator, Trouble::kServer,
          "cannot listen to the kernel's routing messages: " + errno_text(code), code};
}

}  // namespace

struct RouteWatch::State : std::enable_shared_from_this<State> {
  Fd socket;
  Handle<uv_poll_t> handle;
  NetworkFacts facts;
  std::function<void()> changed;
  std::vector<char> buffer = std::vector<char>(kDatagramBytes);
  std::uint32_t number = 0;  // of the question that is being answered
  std::size_t question = 0;  // in kQuestions; behind them: all is known
  bool must_ask = true;      // not asked yet, or to be asked again from the first one

  /// One question at a time is answered on a socket. It is tried again with the next message.
  void ask() {
    if (question == std::size(kQuestions)) return;
    struct {
      nlmsghdr head;
      rtgenmsg body;
    } request{};
    request.head.nlmsg_len = NLMSG_LENGTH(sizeof request.body);
    request.head.nlmsg_type = kQuestions[question];
    request.head.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    request.head.nlmsg_seq = ++number;
    request.body.rtgen_family = AF_UNSPEC;
    must_ask = retried([&] { return send(socket.get(), &request, request.head.nlmsg_len, 0); }) < 0;
  }

  void start_over() {
    facts.forget();
    question = 0;
    must_ask = true;
  }

  int listen() {
    return uv_poll_start(handle.get(), UV_READABLE, [](uv_poll_t* raw, int status, int) {
      const auto self = static_cast<State*>(raw->data)->shared_from_this();
      // libuv takes lost messages for the end of the socket, and stops.
      if (status < 0) self->listen();
      self->on_readable();
    });
  }

  void on_readable() {
    bool news = false;
    for (;;) {
      sockaddr_nl from{};
      iovec room{buffer.data(), buffer.size()};
      msghdr message{};
      message.msg_name = &from;
      message.msg_namelen = sizeof from;
      message.msg_iov = &room;
      message.msg_iovlen = 1;
      const ssize_t got = retried([&] { return recvmsg(socket.get(), &message, 0); });
      if (got < 0 && errno == ENOBUFS) {
        news = true;
        start_over();
        continue;
      }
      if (got <= 0) break;
      if (from.nl_pid != 0) continue;  // not the kernel
      if ((message.msg_flags & MSG_TRUNC) != 0) {
        news = true;
        start_over();
        continue;
      }
      const auto verdict =
          facts.read(ByteView(buffer.data(), static_cast<std::size_t>(got)), number);
      news = news || verdict.changed;
      if (verdict.dump_over && !must_ask) {
        ++question;
        must_ask = question < std::size(kQuestions);
      }
      if (must_ask) ask();
    }
    if (must_ask) ask();
    if (news) changed();
  }
};

Result<std::unique_ptr<RouteWatch>> RouteWatch::start(EventLoop& loop,
                                                      std::function<void()> changed) {
  auto state = std::make_shared<State>();
  state->changed = std::move(changed);
  state->socket = Fd(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE));
  if (!state->socket.is_open()) return unwatched(errno);
  sockaddr_nl own{};
  own.nl_family = AF_NETLINK;
  own.nl_groups = kGroups;
  if (bind(state->socket.get(), reinterpret_cast<const sockaddr*>(&own), sizeof own) != 0) {
    return unwatched(errno);
  }
  int code = state->handle.open(state.get(), [&](uv_poll_t* raw) {
    return uv_poll_init(loop.raw(), raw, state->socket.get());
  });
  if (code == 0) code = state->listen();
  if (code < 0) return unwatched(-code);
  state->ask();
  return std::unique_ptr<RouteWatch>(new RouteWatch(std::move(state)));
}

RouteWatch::RouteWatch(std::shared_ptr<State> state) : state_(std::move(state)) {}

RouteWatch::~RouteWatch() {
  state_->handle.reset();
  state_->socket.reset();
}

}  // namespace imapkeep
