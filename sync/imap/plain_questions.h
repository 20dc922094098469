// Questions whose answer is that the server has answered: NOOP, IDLE and LOGOUT.
#pragma once

#include "sync/imap/failures.h"
#include "sync/imap/question.h"

namespace imapkeep::imap {

class NoopQuestion final : public QuestionFor<Done> {
 public:
  explicit NoopQuestion(Pending<Done> pending) : QuestionFor("probing the server", pending) {}

  std::optional<Command> next(const Surroundings&) override {
    if (sent_ || settled()) return std::nullopt;
    sent_ = true;
    return noop();
  }
  void replied(CommandId, const StatusResponse& reply) override {
    if (reply.kind == StatusKind::kOk) return settle(Done{});
    settle_error(refused(reply, Asked::kAccount));
  }

 private:
  bool sent_ = false;
};

class IdleQuestion final : public QuestionFor<Done> {
 public:
  explicit IdleQuestion(Pending<Done> pending) : QuestionFor("waiting for news", pending) {}

  [[nodiscard]] Order order() const override { return Order::kAlone; }
  [[nodiscard]] Effect effect() const override { return Effect::kIdles; }
  std::optional<Command> next(const Surroundings&) override {
    if (sent_ || settled()) return std::nullopt;
    sent_ = true;
    return idle();
  }
  void replied(CommandId, const StatusResponse& reply) override {
    if (reply.kind == StatusKind::kOk) return settle(Done{});
    settle_error(refused(reply, Asked::kFolder));
  }

 private:
  bool sent_ = false;
};

class LogoutQuestion final : public QuestionFor<Done> {
 public:
  explicit LogoutQuestion(Pending<Done> pending) : QuestionFor("logging out", pending) {}

  [[nodiscard]] Order order() const override { return Order::kAlone; }
  [[nodiscard]] Effect effect() const override { return Effect::kLogsOut; }
  std::optional<Command> next(const Surroundings&) override {
    if (sent_ || settled()) return std::nullopt;
    sent_ = true;
    return logout();
  }
  void replied(CommandId, const StatusResponse&) override { settle(Done{}); }

 private:
  bool sent_ = false;
};

}  // namespace imapkeep::imap
