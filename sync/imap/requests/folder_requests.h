// Requests about folders: LIST, STATUS and EXAMINE. What answers them is told from unsolicited
// data only by the fact that somebody asked, so LIST and STATUS go out alone. EXAMINE may follow
// the commands of the mailbox that it leaves, and is followed by those of its own.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "sync/imap/mailbox_data.h"
#include "sync/imap/requests/mailbox_answers.h"
#include "sync/imap/requests/request.h"

namespace imapkeep::imap {

/// Asks with RETURN where that is offered, and once more without when the server refuses it, or
/// answers it without INBOX (strato). An answer that shows that it lacks something is added to by a
/// second one.
class ListRequest final : public RequestFor<std::vector<ListedMailbox>> {
 public:
  /// `unreadable`: where the number of lines is written that nobody could read.
  ListRequest(std::shared_ptr<std::uint64_t> unreadable,
              Pending<std::vector<ListedMailbox>> pending)
      : RequestFor("listing folders", std::move(pending)), unreadable_(std::move(unreadable)) {}

  [[nodiscard]] Order order() const override { return Order::kAlone; }
  std::optional<Command> next(const CommandContext& context) override;
  bool take(const Response& response) override;
  [[nodiscard]] std::optional<Error> too_much() const override;
  void replied(CommandId id, const StatusResponse& reply) override;

 private:
  enum class Stage { kToAsk, kExtended, kToAskPlain, kPlain };

  void add(const ListResponse& listed);
  void add(const StatusDataResponse& status);
  [[nodiscard]] bool lacks_something() const;
  void conclude();

  std::shared_ptr<std::uint64_t> unreadable_;
  std::uint64_t first_unreadable_ = 0;
  bool completed_ = false;  ///< asked once more, to complete what came first
  Stage stage_ = Stage::kToAsk;
  NameEncoding encoding_ = NameEncoding::kUtf7;
  std::vector<ListedMailbox> listed_;
  std::map<std::string, std::size_t> places_;  ///< raw name → index in listed_
  std::map<std::string, MailboxStatus> statuses_;
  std::uint64_t responses_ = 0;
  std::uint64_t bytes_ = 0;  ///< of names and attributes
};

class StatusRequest final : public RequestFor<MailboxStatus> {
 public:
  StatusRequest(MailboxName name, Pending<MailboxStatus> pending);

  [[nodiscard]] Order order() const override { return Order::kAlone; }
  std::optional<Command> next(const CommandContext& context) override;
  bool take(const Response& response) override;
  void replied(CommandId id, const StatusResponse& reply) override;

 private:
  MailboxName name_;
  bool sent_ = false;
  std::optional<MailboxStatus> status_;
};

class ExamineRequest final : public RequestFor<Examined> {
 public:
  ExamineRequest(MailboxName name, Pending<Examined> pending);

  [[nodiscard]] Order order() const override { return Order::kTurns; }
  [[nodiscard]] bool spent() const override { return sent_ || has_result(); }
  [[nodiscard]] Effect effect() const override { return Effect::kSelects; }
  [[nodiscard]] const MailboxName* selects() const override { return &name_; }
  std::optional<Command> next(const CommandContext& context) override;
  bool take(const Response& response) override;
  void replied(CommandId id, const StatusResponse& reply) override;

 private:
  MailboxName name_;
  bool sent_ = false;
  SelectAnswer answer_;
};

}  // namespace imapkeep::imap
