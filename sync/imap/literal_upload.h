// Sends the literal of one command while its octets are read from their source: the next ones are
// asked for when what was read before has been sent but for a little. So the network decides how
// fast the source is read, and an APPEND of any size needs little memory.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

#include "sync/imap/requests/request.h"

namespace imapkeep::imap {

class LiteralUpload {
 public:
  /// `on_step`, from the loop: the session has something to be written, or, with an Error, the
  /// literal cannot be sent to its end and the connection must not be used any more. It may destroy
  /// this.
  LiteralUpload(CommandId id, std::shared_ptr<Request> request, Session& session,
                std::function<void(Result<Done>)> on_step)
      : id_(id), request_(std::move(request)), session_(session), on_step_(std::move(on_step)) {}
  ~LiteralUpload() { request_->stop_reading(); }
  LiteralUpload(const LiteralUpload&) = delete;
  LiteralUpload& operator=(const LiteralUpload&) = delete;

  /// Reads on, unless too much is unsent. An error: nobody gives the octets any more.
  Result<Done> go_on(std::size_t unsent_bytes);
  [[nodiscard]] CommandId id() const { return id_; }
  [[nodiscard]] bool is_reading() const { return is_reading_; }

 private:
  void took(Result<std::string> octets);

  CommandId id_;
  std::shared_ptr<Request> request_;
  Session& session_;
  std::function<void(Result<Done>)> on_step_;
  bool is_reading_ = false;
};

}  // namespace imapkeep::imap
