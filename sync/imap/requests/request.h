// One request that a caller of Connection asked: the commands it takes, and what the server's
// answers to them mean. The driver decides when a command may go out, brings every response to the
// requests that are in flight, oldest first, and answers them in the order asked.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "daemon/base/bytes.h"
#include "daemon/base/operation.h"
#include "sync/imap/commands.h"
#include "sync/imap/message_data.h"
#include "sync/imap/session.h"

namespace imapkeep::imap {

/// "folder Archive/2026", as an error says what was being done.
inline std::string folder_words(const MailboxName& name) {
  return "folder " + printable_utf8(name.display('/'));
}

/// What a request may know of the connection it is asked on.
struct CommandContext {
  const Capabilities& offered;
  NameEncoding encoding;
};

/// What may be in flight together with a request (RFC 9051 §5.5).
enum class Order {
  kTogether,
  /// It changes what the commands behind it are about: it may follow those that are spent, others
  /// may follow it, and until it is replied to nothing the server says is about theirs.
  kTurns,
  kAlone,
};

class Request {
 public:
  explicit Request(std::string doing) : doing_(std::move(doing)) {}
  virtual ~Request() = default;
  Request(const Request&) = delete;
  Request& operator=(const Request&) = delete;

  [[nodiscard]] virtual Order order() const { return Order::kTogether; }
  /// It has sent everything that it will ever send, whatever the replies say.
  [[nodiscard]] virtual bool spent() const { return false; }
  [[nodiscard]] virtual Effect effect() const { return Effect::kNone; }
  /// Effect::kSelects: which mailbox.
  [[nodiscard]] virtual const MailboxName* selects() const { return nullptr; }
  /// Effect::kIdles: it is to come to its end.
  [[nodiscard]] virtual bool enough() const { return cancelled_; }

  /// The next command, when there is one to send now.
  virtual std::optional<Command> next(const CommandContext& context) = 0;
  virtual void sent(CommandId /*id*/, std::string_view /*tag*/) {}
  /// True when the untagged response was meant for this request.
  virtual bool take(const Response& /*response*/) { return false; }
  /// The answer so far is more than anybody can want, and no end is in sight: the connection is
  /// given up with this error. Asked after each take().
  [[nodiscard]] virtual std::optional<Error> too_much() const { return std::nullopt; }
  virtual void replied(CommandId id, const StatusResponse& reply) = 0;
  [[nodiscard]] virtual bool asks_bodies() const { return false; }
  /// Where the bodies go that this request asked for; null when nobody wants them any more.
  [[nodiscard]] virtual BodySink* sink() const { return nullptr; }
  /// `origin`: of a part that begins there.
  [[nodiscard]] virtual bool asked_body(Uid /*uid*/,
                                        std::optional<std::uint64_t> /*origin*/) const {
    return false;
  }

  /// The octets of its command's StreamedLiteral: the next ones, or none at the end. An Error means
  /// that what was announced cannot be sent.
  virtual void read_literal(Completion<std::string> /*done*/) {}
  virtual void stop_reading() {}

  /// Leaves out of what is handed on with a body what would be too much to hold.
  virtual void bound(MessageFacts& /*facts*/) {}

  /// Nothing to send, nothing in flight: answer() can be called.
  [[nodiscard]] virtual bool done() const = 0;
  virtual void answer() = 0;
  virtual void fail(const Error& why) = 0;
  /// Nobody wants the answer any more; nothing of the caller's may be touched from here on.
  virtual void cancel() { cancelled_ = true; }

  [[nodiscard]] bool cancelled() const { return cancelled_; }
  [[nodiscard]] const std::string& doing() const { return doing_; }
  std::size_t in_flight = 0;  ///< commands sent and not replied to; kept by the driver

 protected:
  [[nodiscard]] Error within_doing(const Error& error) const {
    return error.within("while " + doing_);
  }

 private:
  std::string doing_;
  bool cancelled_ = false;
};

/// A request whose answer is a T.
template <class T>
class RequestFor : public Request {
 public:
  RequestFor(std::string doing, Pending<T> pending)
      : Request(std::move(doing)), pending_(std::move(pending)) {}

  [[nodiscard]] bool done() const final {
    return in_flight == 0 && (cancelled() || result_.has_value());
  }
  void answer() final {
    if (!cancelled() && result_) pending_.complete(std::move(*result_));
  }
  void fail(const Error& why) override {
    if (!cancelled()) pending_.complete(within_doing(why));
  }

 protected:
  [[nodiscard]] bool has_result() const { return cancelled() || result_.has_value(); }
  void set_result(T value) {
    if (!result_) result_.emplace(std::move(value));
  }
  /// The first error stays.
  void set_error(const Error& error) {
    if (!result_ || result_->has_value()) result_.emplace(within_doing(error));
  }

 private:
  Pending<T> pending_;
  std::optional<Result<T>> result_;
};

}  // namespace imapkeep::imap
