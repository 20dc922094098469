// What keeps a Connection going: brings bytes between Stream and Session, sends the commands of the
// open requests (at most eight in flight, the rest waits), holds the deadlines, and ends
// everything with one error when the connection is lost, or when the server talks without end about
// what nobody asked. Handlers may destroy the Connection from
// anywhere: the Driver lives on until the call returns, mute.
#pragma once

#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sync/imap/body_router.h"
#include "sync/imap/connection.h"
#include "sync/imap/login_flow.h"
#include "sync/imap/requests/request.h"
#include "sync/imap/session.h"
#include "sync/imap/session_span.h"

namespace imapkeep::imap {

class Driver final : private StreamHandler,
                     private SessionEvents,
                     public std::enable_shared_from_this<Driver> {
 public:
  Driver(Connection::Deps deps, ServerOptions options);

  Operation open(Credentials credentials, Completion<Done> done);
  /// Takes the request up; `pending` is the one that the request completes.
  template <class T>
  Operation ask(std::shared_ptr<Request> request, const Pending<T>& pending) {
    std::weak_ptr<Driver> weak = weak_from_this();
    auto operation = pending.operation([weak, doubtful = std::weak_ptr<Request>(request)] {
      const auto asked = doubtful.lock();
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
  void proceed();
  void proceed_soon();
  void set_events(MailboxEvents* events) { events_ = events; }
  void forget_events(const MailboxEvents* events) {
    if (events_ == events) events_ = nullptr;
  }

  [[nodiscard]] const Session& session() const { return session_; }
  [[nodiscard]] const std::string& server_name() const { return server_name_; }
  [[nodiscard]] const Namespaces& namespaces() const { return namespaces_; }
  [[nodiscard]] NameEncoding name_encoding() const;
  [[nodiscard]] const std::optional<Credentials>& refused_token() const { return refused_token_; }
  [[nodiscard]] const std::optional<Credentials>& unanswered_token() const {
    return unanswered_token_;
  }
  [[nodiscard]] bool broke_by_compress() const { return broke_by_compress_; }
  [[nodiscard]] std::uint64_t bytes_received() const { return bytes_received_; }

 private:
  enum class State { kNew, kOpening, kReady, kLost, kAbandoned };
  struct InFlight {
    CommandId id;
    std::shared_ptr<Request> request;
  };

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

  // Prefetch: driver_open.cpp
  void dialed(Result<std::unique_ptr<Stream>> stream);
  void take_step(Result<LoginStep> step);
  void start_tls();
  void opened();

  // Requests
  void take_up(std::shared_ptr<Request> request);
  void pump();
  void pump_soon();
  void answer_done();
  [[nodiscard]] BodyRouter::Requests open_requests() const;
  /// True: some request took it.
  bool offer(const Response& response, const BodyRouter::Requests& open);
  void unsolicited(const Response& response);
  void tell_code(const ResponseCode& code);
  void note_status(const StatusResponse& status);
  void fetched(const FetchResponse& response);

  // The end: driver_end.cpp
  void lose(Error why);
  void ended_by(const StatusResponse& said);
  [[nodiscard]] bool uses_token() const;
  void give_up();
  void fail_all(Error why);
  void logged_out();
  void close();

  /// What somebody asked for has come: noise is counted anew.
  void claimed() { unclaimed_bytes_ = 0; }

  // Deadlines
  [[nodiscard]] bool waiting() const;
  [[nodiscard]] Duration patience() const;
  void watch_silence();
  void rewatch_silence();
  void silence_checked();
  void flush();

  Connection::Deps deps_;
  ServerOptions options_;
  State state_ = State::kNew;
  MailboxEvents* events_ = nullptr;
  std::unique_ptr<Stream> stream_;
  Session session_;
  BodyRouter bodies_;
  std::list<std::shared_ptr<Request>> requests_;  ///< in the order asked
  std::vector<InFlight> in_flight_;               ///< in the order sent
  std::optional<Error> lost_;
  std::string server_name_;
  Namespaces namespaces_;
  SessionSpan span_;
  Credentials used_;  ///< without the secret
  std::optional<Credentials> refused_token_;
  std::optional<Credentials> unanswered_token_;
  bool compress_in_doubt_ = false;  ///< asked for, and nothing complete has come since the login
  bool broke_by_compress_ = false;
  std::uint64_t bytes_received_ = 0;
  std::uint64_t unclaimed_bytes_ = 0;  ///< received since something came that was asked for
  std::uint64_t responses_ = 0;        ///< since the last tagged reply
  unsigned alerts_ = 0;

  std::optional<LoginFlow> login_;
  Pending<Done> opening_;
  Operation dialing_;
  Operation starting_tls_;
  Operation opening_deadline_;
  bool tls_granted_ = false;

  MonoTime heard_;  ///< last byte, or when waiting began
  Operation silence_;
  bool silence_watched_ = false;
  bool doubted_ = false;
  bool idle_ending_ = false;  ///< DONE is out or waits for "+"
  bool paused_ = false;
  bool logging_out_ = false;
  Operation logout_deadline_;
  Operation done_deadline_;
  Operation soon_;
  Operation proceeding_;
  bool pump_is_due_ = false;
  bool answering_ = false;
};

}  // namespace imapkeep::imap
