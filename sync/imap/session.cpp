#include "sync/imap/session.h"

#include <algorithm>
#include <utility>

#include "daemon/base/bytes.h"
#include "daemon/base/secret.h"
#include "sync/imap/lexer.h"

namespace imapkeep::imap {
namespace {

constexpr std::size_t kMostEnabled = 1000;  // what was not asked for is remembered, too
constexpr int kPiecesInTurn = 32;  // of 16 KB inflated: then other connections have their turn

}  // namespace

Literals literals_of(const Capabilities& offered) {
  if (offered.has("LITERAL+")) return Literals::kPlus;
  return offered.has("LITERAL-") ? Literals::kMinus : Literals::kSynchronizing;
}

Result<Done> Session::receive(ByteView bytes) {
  if (closed_) return Done{};
  if (tls_granted_ && !bytes.empty()) {
    return server_error("bytes in clear text behind the OK of STARTTLS", Remedy::kNeedsOperator);
  }
  if (inflater_) {
    inflater_->give(bytes);
    return read_compressed();
  }
  const auto taken = read(bytes);
  if (!taken) return taken.error();
  if (closed_) return Done{};
  if (inflater_) {
    inflater_->give(bytes.substr(*taken));
    return read_compressed();
  }
  if (tls_granted_ && *taken < bytes.size()) {
    // Somebody on the way may have put them there, to be believed once TLS is on.
    return server_error("bytes in clear text behind the OK of STARTTLS", Remedy::kNeedsOperator);
  }
  return Done{};
}

Result<std::size_t> Session::read(ByteView bytes) {
  auto taken = reader_.feed(bytes, *this);
  if (closed_) return bytes.size();
  if (failure_) return *failure_;
  return taken;
}

Result<Done> Session::read_compressed() {
  has_more_ = false;
  for (int turn = 0; !closed_ && !held_; ++turn) {
    if (turn == kPiecesInTurn) {
      has_more_ = true;
      break;
    }
    const auto piece = inflater_->next();
    if (!piece) return piece.error();
    if (piece->empty()) break;
    const auto taken = read(*piece);
    if (!taken) return taken.error();
  }
  return Done{};
}

Result<Done> Session::proceed() {
  held_ = false;
  return inflater_ && !closed_ ? read_compressed() : Result<Done>(Done{});
}

void Session::close() {
  closed_ = true;
  reader_.stop();
}

void Session::fail(std::string what) {
  if (!failure_) failure_ = server_error("protocol error: " + std::move(what));
  reader_.stop();
}

std::string Session::make_tag() {
  // Unpredictable, so that a reply cannot be sent ahead of its command; a letter first, because
  // some servers insist; the number behind a part of fixed length makes it unique.
  static constexpr std::string_view kAlphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  std::uint64_t chance = random_.next_u64();
  std::string tag(1, static_cast<char>('A' + chance % 26));
  chance /= 26;
  for (int i = 0; i < 6; ++i) {
    tag += kAlphabet[chance % kAlphabet.size()];
    chance /= kAlphabet.size();
  }
  return tag + std::to_string(last_id_);
}

CommandId Session::send(const Command& command, Effect effect) {
  ++last_id_;
  Outstanding sent{last_id_, make_tag(), effect, {command.pieces.begin(), command.pieces.end()}};
  if (command.literal) sent.literal = std::make_unique<StreamedLiteral>(*command.literal);
  outstanding_.push_back(std::move(sent));
  if (effect == Effect::kSelects && state_ == SessionState::kSelected) {
    state_ = SessionState::kAuthenticated;  // whatever comes of it, the old mailbox is left
  }
  write_pieces();
  return last_id_;
}

// Commands go out in order: one that waits for "+" holds up all behind it, since its literal has to
// be the next thing the server reads.
void Session::write_pieces() {
  for (auto& command : outstanding_) {
    if (command.is_written()) continue;
    if (!command.begun) {
      output_ += command.tag;
      output_ += ' ';
      write_piece(command);
      command.begun = true;
    }
    if (command.pieces.empty() && command.literal && !command.literal->synchronizing) {
      command.literal_due = true;
    }
    if (!command.is_written()) return;
  }
}

Session::Outstanding* Session::with_literal_due() {
  for (auto& command : outstanding_) {
    if (command.literal_due) return &command;
  }
  return nullptr;
}

std::optional<CommandId> Session::literal_due() const {
  for (const auto& command : outstanding_) {
    if (command.literal_due) return command.id;
  }
  return std::nullopt;
}

Result<Done> Session::send_literal(std::string octets) {
  auto* command = with_literal_due();
  if (command == nullptr || octets.size() > command->literal->size) {
    return server_error("a literal has more octets than were announced");
  }
  command->literal->size -= octets.size();
  output_ += octets;
  return Done{};
}

Result<Done> Session::end_literal() {
  auto* command = with_literal_due();
  if (command == nullptr || command->literal->size > 0) {
    return server_error("a literal has fewer octets than were announced");
  }
  output_ += command->literal->tail;
  command->literal.reset();
  command->literal_due = false;
  write_pieces();
  return Done{};
}

void Session::write_piece(Outstanding& command) {
  output_ += command.pieces.front();
  if (command.effect == Effect::kAuthenticates) wipe(command.pieces.front());
  command.pieces.pop_front();
}

void Session::answer(std::string line) {
  output_ += line;
  wipe(line);
}

void Session::end_idle() {
  for (auto& command : outstanding_) {
    if (command.effect != Effect::kIdles) continue;
    // Before "+" it would be read as a command.
    if (command.idle == IdleState::kAsked) command.idle = IdleState::kAskedAndUnwanted;
    if (command.idle == IdleState::kIdling) write_done(command);
  }
}

void Session::write_done(Outstanding& idle) {
  idle.idle = IdleState::kDoneSent;
  output_ += "DONE\r\n";
}

bool Session::idling() const {
  return std::any_of(outstanding_.begin(), outstanding_.end(), [](const Outstanding& command) {
    return command.effect == Effect::kIdles && command.idle == IdleState::kIdling;
  });
}

std::string Session::take_output() {
  std::string output = std::exchange(output_, {});
  return deflater_ && !output.empty() ? deflater_->deflate(output) : output;
}

void Session::secured() {
  capabilities_ = Capabilities();
  enabled_.clear();
  tls_granted_ = false;
}

bool Session::enabled(std::string_view atom) const { return enabled_.contains(upper_case(atom)); }

NameEncoding Session::name_encoding() const {
  const bool utf8 = enabled("UTF8=ACCEPT") || enabled("IMAP4rev2");
  return utf8 ? NameEncoding::kUtf8 : NameEncoding::kUtf7;
}

std::string_view Session::tag_of(CommandId id) const {
  for (const auto& command : outstanding_) {
    if (command.id == id) return command.tag;
  }
  return {};
}

void Session::on_response(Response response) {
  if (closed_ || failure_) return;
  if (auto* status = std::get_if<StatusResponse>(&response)) {
    status->text = secret_.masked(std::move(status->text));
    if (status->code) status->code->rest = secret_.masked(std::move(status->code->rest));
  }
  if (state_ == SessionState::kGreetingAwaited) return on_first(response);
  if (const auto* status = std::get_if<StatusResponse>(&response)) {
    if (!status->tag.empty()) return on_tagged_status(*status);
    if (status->kind == StatusKind::kPreauth) return fail("PREAUTH after the greeting");
    note_capabilities(*status);
    if (status->kind == StatusKind::kBye) state_ = SessionState::kLoggedOut;
  } else if (const auto* continuation = std::get_if<ContinuationResponse>(&response)) {
    return on_continuation(*continuation);
  } else if (const auto* capability = std::get_if<CapabilityResponse>(&response)) {
    capabilities_ = Capabilities(capability->atoms);
  } else if (const auto* enabled = std::get_if<EnabledResponse>(&response)) {
    for (const auto& atom : enabled->atoms) enabled_.insert(upper_case(atom));
    if (enabled_.size() > kMostEnabled) return fail("more extensions enabled than there can be");
  }
  events_.on_untagged(std::move(response));
}

void Session::on_first(const Response& response) {
  const auto* greeting = std::get_if<StatusResponse>(&response);
  if (!greeting || !greeting->tag.empty() || greeting->kind == StatusKind::kNo ||
      greeting->kind == StatusKind::kBad) {
    return fail("this is not the greeting of an IMAP server");
  }
  switch (greeting->kind) {
    case StatusKind::kPreauth:
      state_ = SessionState::kAuthenticated;
      break;
    case StatusKind::kBye:
      state_ = SessionState::kLoggedOut;
      break;
    default:
      state_ = SessionState::kNotAuthenticated;
  }
  note_capabilities(*greeting);
  events_.on_greeting(*greeting);
}

void Session::on_tagged_status(const StatusResponse& status) {
  const auto found = std::find_if(outstanding_.begin(), outstanding_.end(),
                                  [&](const Outstanding& sent) { return sent.tag == status.tag; });
  if (found == outstanding_.end()) {
    // The server had ended its IDLE itself when our DONE came, and took that for a tag.
    if (late_done_ && status.kind == StatusKind::kBad && upper_case(status.tag) == "DONE") {
      late_done_ = false;
      return;
    }
    return fail("a reply to a command that was not sent (" + printable(status.tag, 40) + ")");
  }
  if (status.kind == StatusKind::kPreauth) return fail("PREAUTH as a reply");
  const Outstanding sent = std::move(*found);
  const bool ok = status.kind == StatusKind::kOk;
  const bool unfinished = !sent.pieces.empty() || sent.literal;
  if (unfinished && ok) return fail("OK to a command that was not sent to its end");
  outstanding_.erase(found);
  switch (sent.effect) {
    case Effect::kAuthenticates:
      if (ok) {
        state_ = SessionState::kAuthenticated;
        capabilities_ = Capabilities();  // others hold after login (RFC 9051 §6.2.2)
      }
      break;
    case Effect::kSelects:
      if (state_ == SessionState::kLoggedOut) break;
      state_ = ok ? SessionState::kSelected : SessionState::kAuthenticated;
      break;
    case Effect::kStartsTls:
      if (ok) {
        secured();
        tls_granted_ = true;
        reader_.stop();
      }
      break;
    case Effect::kCompresses:
      if (ok && !inflater_) {
        inflater_ = std::make_unique<Inflater>();
        deflater_ = std::make_unique<Deflater>();
        reader_.stop();
      }
      break;
    case Effect::kLogsOut:
      state_ = SessionState::kLoggedOut;
      break;
    case Effect::kIdles:
      if (sent.idle == IdleState::kDoneSent) late_done_ = true;
      break;
    case Effect::kNone:
      break;
  }
  // What is said in clear text with the OK of STARTTLS is not to be believed.
  if (!tls_granted_) note_capabilities(status);
  write_pieces();
  events_.on_tagged(sent.id, status);
  // The server goes on waiting for the octets, and would take what we say next for them.
  if (sent.literal_due) fail("a reply to a command whose literal was still being sent");
}

void Session::on_continuation(const ContinuationResponse& continuation) {
  for (auto& command : outstanding_) {
    if (!command.pieces.empty()) {
      write_piece(command);
      // The next piece, when there is one, waits for a "+" of its own.
      if (command.pieces.empty()) write_pieces();
      return;
    }
    if (command.literal) {
      command.literal_due = true;
      return;
    }
    if (command.effect == Effect::kAuthenticates) {
      return events_.on_challenge(command.id, continuation.text);
    }
    if (command.effect == Effect::kIdles && command.begun) {
      if (command.idle == IdleState::kAskedAndUnwanted) return write_done(command);
      if (command.idle == IdleState::kAsked) command.idle = IdleState::kIdling;
      return;
    }
  }
  // Nobody waits for it: some servers say "+" of their own accord.
}

void Session::note_capabilities(const StatusResponse& status) {
  const bool good = status.kind == StatusKind::kOk || status.kind == StatusKind::kPreauth;
  if (!good || !status.code || status.code->name != "CAPABILITY") return;
  capabilities_ = Capabilities(words_of(status.code->rest));
}

void Session::on_body_begin(std::uint64_t size) {
  if (closed_ || failure_) return;
  if (state_ == SessionState::kGreetingAwaited) return fail("a message instead of a greeting");
  events_.on_body_begin(size);
}

void Session::on_body_bytes(ByteView bytes) {
  if (!closed_ && !failure_) events_.on_body_bytes(bytes);
}

void Session::on_body_end() {
  if (!closed_ && !failure_) events_.on_body_end();
}

}  // namespace imapkeep::imap
