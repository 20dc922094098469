// Requests that only a TargetConnection has, but for APPEND: SELECT, CREATE, SUBSCRIBE, STORE, and
// the search for a message by its Message-ID.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "sync/imap/requests/mailbox_answers.h"
#include "sync/imap/requests/request.h"
#include "sync/imap/requests/search_answer.h"
#include "sync/imap/target_commands.h"

namespace imapkeep::imap {

class SelectRequest final : public RequestFor<Selected> {
 public:
  SelectRequest(MailboxName name, Pending<Selected> pending);

  [[nodiscard]] Order order() const override { return Order::kTurns; }
  [[nodiscard]] bool spent() const override { return sent_ || has_result(); }
  [[nodiscard]] Effect effect() const override { return Effect::kSelects; }
  [[nodiscard]] const MailboxName* selects() const override { return &name_; }
  std::optional<Command> next(const CommandContext& context) override;
  bool take(const Response& response) override;
  void replied(CommandId id, const StatusResponse& reply) override;

 private:
  void note(const ResponseCode& code);

  MailboxName name_;
  bool sent_ = false;
  SelectAnswer answer_;
  Selected selected_;
};

/// CREATE or SUBSCRIBE. A mailbox that is there already (RFC 5530 [ALREADYEXISTS]) was created.
class MailboxRequest final : public RequestFor<Done> {
 public:
  enum class Kind { kCreate, kSubscribe };
  MailboxRequest(Kind kind, MailboxName name, Pending<Done> pending);

  [[nodiscard]] Order order() const override { return Order::kAlone; }
  std::optional<Command> next(const CommandContext& context) override;
  void replied(CommandId id, const StatusResponse& reply) override;

 private:
  Kind kind_;
  MailboxName name_;
  bool sent_ = false;
};

/// In as many commands as the names of these messages need.
class StoreRequest final : public RequestFor<Done> {
 public:
  StoreRequest(const UidSet& uids, StoreFlags how, Flags flags, Pending<Done> pending);

  std::optional<Command> next(const CommandContext& context) override;
  void replied(CommandId id, const StatusResponse& reply) override;

 private:
  std::deque<UidSet> to_ask_;
  StoreFlags how_;
  Flags flags_;
  std::size_t unanswered_ = 0;
};

class MessageIdRequest final : public RequestFor<UidSet> {
 public:
  MessageIdRequest(std::string message_id, Pending<UidSet> pending);

  std::optional<Command> next(const CommandContext& context) override;
  void sent(CommandId, std::string_view tag) override { answer_.begin(tag); }
  bool take(const Response& response) override { return answer_.take(response); }
  [[nodiscard]] std::optional<Error> too_much() const override { return answer_.too_much(); }
  void replied(CommandId id, const StatusResponse& reply) override;

 private:
  std::string message_id_;
  bool sent_ = false;
  SearchAnswer answer_;
};

}  // namespace imapkeep::imap
