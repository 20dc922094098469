// Requests whose answer is that the server has answered: NOOP, IDLE and LOGOUT.
#pragma once

#include "sync/imap/failures.h"
#include "sync/imap/requests/request.h"

namespace imapkeep::imap {

class NoopRequest final : public RequestFor<Done> {
 public:
  explicit NoopRequest(Pending<Done> pending) : RequestFor("probing the server", pending) {}

  std::optional<Command> next(const CommandContext&) override {
    if (sent_ || has_result()) return std::nullopt;
    sent_ = true;
    return noop();
  }
  void replied(CommandId, const StatusResponse& reply) override {
    if (reply.kind == StatusKind::kOk) return set_result(Done{});
    set_error(refused(reply, Asked::kAccount));
  }

 private:
  bool sent_ = false;
};

class IdleRequest final : public RequestFor<Done> {
 public:
  explicit IdleRequest(Pending<Done> pending) : RequestFor("waiting for news", pending) {}

  [[nodiscard]] Order order() const override { return Order::kAlone; }
  [[nodiscard]] Effect effect() const override { return Effect::kIdles; }
  std::optional<Command> next(const CommandContext&) override {
    if (sent_ || has_result()) return std::nullopt;
    sent_ = true;
    return idle();
  }
  void replied(CommandId, const StatusResponse& reply) override {
    if (reply.kind == StatusKind::kOk) return set_result(Done{});
    set_error(refused(reply, Asked::kFolder));
  }

 private:
  bool sent_ = false;
};

class LogoutRequest final : public RequestFor<Done> {
 public:
  explicit LogoutRequest(Pending<Done> pending) : RequestFor("logging out", pending) {}

  [[nodiscard]] Order order() const override { return Order::kAlone; }
  [[nodiscard]] Effect effect() const override { return Effect::kLogsOut; }
  std::optional<Command> next(const CommandContext&) override {
    if (sent_ || has_result()) return std::nullopt;
    sent_ = true;
    return logout();
  }
  void replied(CommandId, const StatusResponse&) override { set_result(Done{}); }

 private:
  bool sent_ = false;
};

}  // namespace imapkeep::imap
