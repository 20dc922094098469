// What keeps a connection going: brings bytes between Stream and Session, lets a ConnectionOpening
// log in and a RequestQueue say what goes out, and ends everything with one error when the
// connection is lost, or when the server talks without end about what nobody asked. Handlers may
// destroy the connection from anywhere: the Driver lives on until the call returns, mute.
#pragma once

#include <memory>
#include <string>

#include "sync/imap/body_router.h"
#include "sync/imap/connection_deps.h"
#include "sync/imap/connection_opening.h"
#include "sync/imap/options.h"
#include "sync/imap/request_queue.h"
#include "sync/imap/session.h"
#include "sync/imap/session_end.h"
#include "sync/imap/silence_deadline.h"
#include "sync/imap/talk_limit.h"
#include "sync/imap/unsolicited.h"

namespace imapkeep::imap {

class Driver final : private StreamHandler,
                     private SessionEvents,
                     private OpeningEvents,
                     public std::enable_shared_from_this<Driver> {
 public:
  Driver(ConnectionDeps deps, ServerOptions options);

  Operation open(Credentials credentials, Completion<Done> done);
  /// Takes the request up; `pending` is the one that the request completes.
  template <class T>
  Operation ask(std::shared_ptr<Request> request, const Pending<T>& pending) {
    // The Operation may outlive the connection.
    auto operation = pending.operation(
        [weak = weak_from_this(), weak_request = std::weak_ptr<Request>(request)] {
          const auto asked = weak_request.lock();
          if (!asked) return;
          asked->cancel();
          if (const auto driver = weak.lock()) driver->pump_soon();
        });
    take_up(std::move(request));
    return operation;
  }
  /// Nothing is called any more.
  void abandon();

  void end_idle();
  void doubt();
  void pause();
  void resume();
  void set_events(MailboxEvents* events) { unsolicited_.set_events(events); }
  void forget_events(const MailboxEvents* events) { unsolicited_.forget_events(events); }

  [[nodiscard]] const Session& session() const { return session_; }
  [[nodiscard]] const std::string& server_name() const { return server_name_; }
  [[nodiscard]] const Namespaces& namespaces() const { return namespaces_; }
  [[nodiscard]] const SessionEnd& end() const { return end_; }
  [[nodiscard]] std::uint64_t bytes_received() const { return bytes_received_; }

 private:
  enum class State { kNew, kOpening, kReady, kLost, kAbandoned };

  // StreamHandler
  void on_bytes(ByteView bytes) override;
  void on_closed(const Error& why) override;

  // SessionEvents
  void on_greeting(const StatusResponse& greeting) override;
  void on_untagged(Response response) override;
  void on_tagged(CommandId id, const StatusResponse& reply) override;
  void on_challenge(CommandId id, std::string_view text) override;
  void on_body_begin(std::uint64_t size) override;
  void on_body_bytes(ByteView bytes) override;
  void on_body_end() override {}

  // OpeningEvents
  void on_stream(std::unique_ptr<Stream> stream) override;
  void on_output() override { flush(); }
  void on_secured() override;
  void on_open() override;
  void on_opening_failed(Error why) override { lose(std::move(why)); }

  /// Null when none is under way.
  [[nodiscard]] LoginFlow* login() const;
  [[nodiscard]] bool trusts_channel() const { return !login() || login()->trusts_channel(); }

  // What the server says
  /// True: some request took it.
  bool offer(const Response& response, const RequestQueue::Requests& in_progress);
  void tell(const Response& response, const RequestQueue::Requests& in_progress);
  void note_status(const StatusResponse& status);
  void fetched(const FetchResponse& response);

  // What we ask
  void take_up(std::shared_ptr<Request> request);
  void pump();
  void pump_soon();
  CommandId send(Request& request, const Command& command);
  void answer_done();
  void flush();
  void proceed();
  void proceed_soon();
  /// The server has to reply within this time, whatever else it says.
  void expect_reply(Duration within, const char* otherwise);
  void watch_silence() { silence_.watch(is_owed(), patience()); }
  [[nodiscard]] bool is_owed() const;
  [[nodiscard]] Duration patience() const;

  // The end
  void lose(Error why);
  void ended_by(const StatusResponse& said);
  void give_up();
  void logged_out();
  void close();

  ConnectionDeps deps_;
  State state_ = State::kNew;
  std::unique_ptr<ConnectionOpening> opening_;  ///< until the login is over
  std::unique_ptr<Stream> stream_;
  Session session_;
  SessionEnd end_;
  RequestQueue queue_;
  BodyRouter bodies_;
  Unsolicited unsolicited_;
  std::unique_ptr<const Error> lost_;
  std::string server_name_;
  Namespaces namespaces_;
  std::uint64_t bytes_received_ = 0;
  TalkLimit talk_;
  unsigned alerts_ = 0;

  const Duration silence_deadline_;
  SilenceDeadline silence_;
  Operation reply_deadline_;  ///< of DONE or LOGOUT
  Operation soon_;
  Operation proceeding_;
  bool pump_is_due_ = false;
  bool idle_ending_ = false;  ///< DONE is out or waits for "+"
  bool paused_ = false;
  bool logging_out_ = false;
};

}  // namespace imapkeep::imap
