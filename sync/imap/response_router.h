// Brings what a server says to those whom it concerns: an untagged response to the request that
// asked for it, a body to the request's sink, what says something of the server to its description,
// and the rest, as events, to the connection's listener.
#pragma once

#include "sync/imap/body_router.h"
#include "sync/imap/request_queue.h"
#include "sync/imap/server_description.h"
#include "sync/imap/talk_limit.h"
#include "sync/imap/unsolicited.h"

namespace imapkeep::imap {

class ResponseRouter {
 public:
  /// What is true of the connection while a response comes.
  struct Moment {
    bool is_trusted;  ///< the channel is the one that the operator has asked for
    bool during_login;
    bool is_ready;  ///< requests are answered, and events told
  };

  ResponseRouter(const Session& session, const RequestQueue& queue)
      : session_(session), queue_(queue) {}

  void set_events(MailboxEvents* events) { unsolicited_.set_events(events); }
  void forget_events(const MailboxEvents* events) { unsolicited_.forget_events(events); }
  [[nodiscard]] const ServerDescription& server() const { return server_; }
  [[nodiscard]] ServerDescription& server() { return server_; }
  [[nodiscard]] TalkLimit& talk() { return talk_; }

  /// An Error: the answer is more than anybody can want, and the connection is to be given up.
  std::optional<Error> untagged(const Response& response, Moment moment);
  /// The request's command was replied to.
  void note_reply(const Request& request, const StatusResponse& reply);
  void body_begin(std::uint64_t size) { bodies_.begin(size, queue_.in_progress()); }
  void body_bytes(ByteView bytes) {
    if (bodies_.asked_for()) talk_.claimed();
    bodies_.bytes(bytes);
  }
  /// The connection is lost: what began will not end.
  void abandon() { bodies_.abandon(); }

 private:
  void tell(const Response& response, const RequestQueue::Requests& in_progress, Moment moment);

  const Session& session_;
  const RequestQueue& queue_;
  BodyRouter bodies_;
  Unsolicited unsolicited_;
  ServerDescription server_;
  TalkLimit talk_;
};

}  // namespace imapkeep::imap
