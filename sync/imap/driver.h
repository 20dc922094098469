// What keeps a connection going: brings bytes between Stream and Session, lets a ConnectionOpening
// log in and a RequestQueue say what goes out, and ends everything with one error when the
// connection is lost, or when the server talks without end about what nobody asked. Handlers may
// destroy the connection from anywhere: the Driver lives on until the call returns, mute.
#pragma once

#include <memory>
#include <string>

#include "sync/imap/connection_deps.h"
#include "sync/imap/connection_opening.h"
#include "sync/imap/literal_upload.h"
#include "sync/imap/options.h"
#include "sync/imap/request_queue.h"
#include "sync/imap/response_router.h"
#include "sync/imap/session.h"
#include "sync/imap/session_end.h"
#include "sync/imap/silence_deadline.h"

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
  void set_events(MailboxEvents* events) { router_.set_events(events); }
  void forget_events(const MailboxEvents* events) { router_.forget_events(events); }

  [[nodiscard]] const Session& session() const { return session_; }
  [[nodiscard]] const ServerDescription& server() const { return router_.server(); }
  [[nodiscard]] const SessionEnd& end() const { return end_; }
  [[nodiscard]] std::uint64_t bytes_received() const { return bytes_received_; }

 private:
  enum class State { kNew, kOpening, kReady, kLost, kAbandoned };

  // StreamHandler
  void on_bytes(ByteView bytes) override;
  void on_closed(const Error& why) override;
  void on_sent() override;

  // SessionEvents
  void on_greeting(const StatusResponse& greeting) override;
  void on_untagged(Response response) override;
  void on_tagged(CommandId id, const StatusResponse& reply) override;
  void on_challenge(CommandId id, std::string_view text) override;
  void on_body_begin(std::uint64_t size) override { router_.body_begin(size); }
  void on_body_bytes(ByteView bytes) override { router_.body_bytes(bytes); }
  void on_body_end() override {}

  // OpeningEvents
  void on_stream(std::unique_ptr<Stream> stream) override;
  void on_output() override { flush(); }
  void on_secured() override { router_.server().forget_name(); }
  void on_open() override;
  void on_opening_failed(Error why) override { lose(std::move(why)); }

  /// Null when none is under way.
  [[nodiscard]] LoginFlow* login() const;
  [[nodiscard]] bool trusts_channel() const { return !login() || login()->trusts_channel(); }

  void note_status(const StatusResponse& status);

  // What we ask
  void take_up(std::shared_ptr<Request> request);
  void pump();
  void pump_soon();
  void send_commands();
  void pump_literal();
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
  ResponseRouter router_{session_, queue_};
  std::unique_ptr<const Error> lost_;
  std::unique_ptr<LiteralUpload> upload_;  ///< while one is due
  std::uint64_t bytes_received_ = 0;
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
  bool appending_ = false;  ///< since a command with a StreamedLiteral, until none is in flight
};

}  // namespace imapkeep::imap
