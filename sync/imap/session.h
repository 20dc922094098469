// The protocol state of one connection, without any I/O: bytes in, events out; commands in, bytes
// out. It gives every command an unpredictable tag, holds back what must wait for "+", believes a
// tagged reply only for a command that is outstanding, and knows at any time what the server offers
// and has enabled. RFC 9051 §3 (states), §4.3 (literals), §7 (responses).
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "auth/spoken_secret.h"
#include "daemon/base/random.h"
#include "sync/imap/capabilities.h"
#include "sync/imap/commands.h"
#include "sync/imap/deflate.h"
#include "sync/imap/response_reader.h"

namespace imapkeep::imap {

enum class SessionState {
  kGreetingAwaited,
  kNotAuthenticated,
  kAuthenticated,
  kSelected,  ///< by SELECT or EXAMINE
  kLoggedOut,
};

/// What a command does to the session when the server agrees.
enum class Effect {
  kNone,
  kAuthenticates,  ///< a "+" may ask it for SASL answers, see Session::answer
  kSelects,
  kStartsTls,
  kCompresses,  ///< both directions, from behind the tagged OK on
  kIdles,       ///< until the server replies, see Session::end_idle
  kLogsOut,
};

/// The number of a command within its session: 1, 2, 3 …
using CommandId = std::uint64_t;

/// How literals may be sent to a server that offers this.
Literals literals_of(const Capabilities& offered);

class SessionEvents {
 public:
  virtual ~SessionEvents() = default;
  virtual void on_greeting(const StatusResponse& greeting) = 0;
  /// Everything untagged; BYE included. The session has taken note of capabilities already.
  virtual void on_untagged(Response response) = 0;
  virtual void on_tagged(CommandId id, const StatusResponse& reply) = 0;
  /// A "+" for a command with Effect::kAuthenticates. The text as sent.
  virtual void on_challenge(CommandId id, std::string_view text) = 0;
  virtual void on_body_begin(std::uint64_t size) = 0;
  virtual void on_body_bytes(ByteView bytes) = 0;
  virtual void on_body_end() = 0;
};

class Session final : private ResponseEvents {
 public:
  /// Both must outlive the session.
  Session(Random& random, SessionEvents& events) : random_(random), events_(events) {}

  /// Every byte the server sends, in order. After an Error the connection must not be used further.
  /// From inside an event the session may be given commands and may be closed, but not destroyed.
  Result<Done> receive(ByteView bytes);
  /// From inside an event: what has been received and not inflated yet waits, until proceed().
  void hold() { held_ = true; }
  /// A few bytes can be many when they are inflated: proceed() goes on, after others had their
  /// turn.
  [[nodiscard]] bool has_more() const { return has_more_; }
  Result<Done> proceed();
  /// COMPRESS is in force.
  [[nodiscard]] bool compresses() const { return inflater_ != nullptr; }
  /// No event comes any more.
  void close();

  /// Sent to the server, and masked in what it says.
  void mask(SpokenSecret secret) { secret_ = std::move(secret); }
  [[nodiscard]] const SpokenSecret& secret() const { return secret_; }

  CommandId send(const Command& command, Effect effect = Effect::kNone);
  /// One line to a challenge, CRLF included (sasl_answer).
  void answer(std::string line);
  /// RFC 2177: DONE goes out now, or as soon as the server has said "+" to an IDLE that is
  /// outstanding; otherwise nothing does. It may cross the server's own end of the IDLE.
  void end_idle();
  /// The server has said "+" and DONE is not out: it may keep silent as long as it likes.
  [[nodiscard]] bool idling() const;
  /// The StreamedLiteral whose octets the server waits for now.
  [[nodiscard]] std::optional<CommandId> literal_due() const;
  /// Some of them, in order. An Error: more than were announced.
  Result<Done> send_literal(std::string octets);
  /// All of them were sent, and the command ends. An Error: fewer than were announced.
  Result<Done> end_literal();
  /// What is to be written to the server now; empties it.
  [[nodiscard]] std::string take_output();

  /// After the stream has become TLS: everything heard in clear text is void (RFC 9051 §6.2.1).
  void secured();

  [[nodiscard]] SessionState state() const { return state_; }
  /// Empty: not known.
  [[nodiscard]] const Capabilities& capabilities() const { return capabilities_; }
  /// How the server writes names of mailboxes now.
  [[nodiscard]] NameEncoding name_encoding() const;
  /// ENABLED by the server; an atom, any case.
  [[nodiscard]] bool enabled(std::string_view atom) const;
  /// The tag of an outstanding command; empty when it is none.
  [[nodiscard]] std::string_view tag_of(CommandId id) const;

 private:
  enum class IdleState { kAsked, kAskedAndUnwanted, kIdling, kDoneSent };
  struct Outstanding {
    CommandId id;
    std::string tag;
    Effect effect;
    std::list<std::string> pieces;  ///< not written yet
    bool begun = false;             ///< the tag and the first piece are written
    IdleState idle = IdleState::kAsked;
    std::unique_ptr<StreamedLiteral> literal{};  ///< not sent to its end; its size is what is left
    bool literal_due = false;                    ///< its octets are the next to be written

    [[nodiscard]] bool is_written() const { return begun && pieces.empty() && !literal; }
  };

  Result<std::size_t> read(ByteView bytes);
  Result<Done> read_compressed();
  void on_response(Response response) override;
  void on_body_begin(std::uint64_t size) override;
  void on_body_bytes(ByteView bytes) override;
  void on_body_end() override;

  void on_first(const Response& response);
  void on_tagged_status(const StatusResponse& status);
  void on_continuation(const ContinuationResponse& continuation);
  void note_capabilities(const StatusResponse& status);
  void write_pieces();
  void write_piece(Outstanding& command);
  void write_done(Outstanding& idle);
  Outstanding* with_literal_due();
  void fail(std::string what);
  std::string make_tag();

  Random& random_;
  SessionEvents& events_;
  SpokenSecret secret_;
  ResponseReader reader_;
  SessionState state_ = SessionState::kGreetingAwaited;
  Capabilities capabilities_;
  std::set<std::string> enabled_;
  std::list<Outstanding> outstanding_;  ///< in the order sent
  std::string output_;
  CommandId last_id_ = 0;
  std::optional<Error> failure_;
  bool late_done_ = false;    ///< a DONE may have been read as a command
  bool tls_granted_ = false;  ///< the tagged OK of STARTTLS was the last thing read
  bool closed_ = false;
  bool held_ = false;
  bool has_more_ = false;
  std::unique_ptr<Inflater> inflater_;  ///< both or none: COMPRESS is in force
  std::unique_ptr<Deflater> deflater_;
};

}  // namespace imapkeep::imap
