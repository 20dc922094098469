// What a server says of one message, and who takes the bodies as they stream in.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "daemon/base/bytes.h"
#include "sync/imap/types/flags.h"
#include "sync/imap/types/uid.h"

namespace imapkeep::imap {

/// What FETCH (UID FLAGS INTERNALDATE RFC822.SIZE MODSEQ) says of one message. A server may say it
/// in several responses, each with some of it (RFC 9051 §7.5.2).
struct MessageFacts {
  Uid uid;
  std::optional<Flags> flags;
  std::optional<std::int64_t> internal_date;  ///< Unix seconds
  std::string date;                           ///< INTERNALDATE as sent; empty when missing
  std::optional<std::uint64_t> rfc822_size;
  std::optional<ModSeq> mod_seq;
  std::optional<std::uint64_t> body_origin = {};  ///< of the body that came: it is a part

  /// What a later response about the same message said, too.
  void add(const MessageFacts& later) {
    if (later.flags) flags = later.flags;
    if (later.internal_date) internal_date = later.internal_date;
    if (!later.date.empty()) date = later.date;
    if (later.rfc822_size) rfc822_size = later.rfc822_size;
    if (later.mod_seq) mod_seq = later.mod_seq;
  }
};

/// How the server ended a FETCH of bodies. Which bodies came is known from the BodySink: a plain OK
/// is not completeness.
struct FetchEnd {
  bool ok = false;   ///< tagged OK; NO and BAD are answers here, not errors
  std::string text;  ///< the response text, printable
};

/// Receives bodies as they stream in, one after the other.
class BodySink {
 public:
  virtual ~BodySink() = default;
  virtual void on_body_begin(std::uint64_t size) = 0;
  virtual void on_body_bytes(ByteView bytes) = 0;
  /// The FETCH response is complete and named its UID: the bytes since begin are this message. What
  /// else the response said of it is there, too.
  virtual void on_body_end(const MessageFacts& message) = 0;
  /// fetch_messages: facts that came in a response of their own, before the body or after it.
  virtual void on_body_facts(const MessageFacts& /*facts*/) {}
  /// What began is void: no UID, a second body in one response, or BODY[] NIL (uid when known; then
  /// without a begin).
  virtual void on_body_void(std::optional<Uid> uid) = 0;
};

}  // namespace imapkeep::imap
