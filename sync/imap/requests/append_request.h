// One APPEND (RFC 9051 §6.3.12): a message whose octets come from a source goes into a mailbox. The
// source is held to what was announced: octets that are missing, too many, or NUL where the server
// cannot take it, never become a message, and the connection ends, since the server goes on waiting
// for what was announced.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "daemon/base/byte_source.h"
#include "sync/imap/append.h"
#include "sync/imap/requests/request.h"

namespace imapkeep::imap {

class AppendRequest final : public RequestFor<AppendEnd> {
 public:
  AppendRequest(AppendMessage message, ByteSource& source, Pending<AppendEnd> pending);

  [[nodiscard]] bool spent() const override { return sent_ || has_result(); }
  std::optional<Command> next(const CommandContext& context) override;
  void replied(CommandId id, const StatusResponse& reply) override;
  void read_literal(Completion<std::string> done) override;
  void stop_reading() override { reading_.cancel(); }
  /// What is known of the message already is told, whatever becomes of the connection.
  void fail(const Error& why) override;
  void cancel() override;

 private:
  void refuse(AppendRefusal refusal, Error why);
  Result<std::string> checked(Result<std::string> octets);

  AppendMessage message_;
  ByteSource* source_;
  Operation reading_;
  std::uint64_t left_;
  bool sent_ = false;
};

}  // namespace imapkeep::imap
