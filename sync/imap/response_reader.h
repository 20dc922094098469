// Bytes in, responses out: fragments (framing) and response_parser (meaning) joined, in constant
// memory. A message body is handed on in pieces as it arrives and is never buffered; its FETCH
// response follows when the line ends, because UID may come behind the body.
// Everything that the server sends is either a response here or an Error after which the connection
// is unusable; a strange but well-framed line is an UnknownResponse.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "daemon/base/bytes.h"
#include "daemon/base/result.h"
#include "sync/imap/responses.h"

namespace imapkeep::imap {

struct ReaderLimits {
  std::size_t line_bytes = 64 * 1024;  ///< text of one response without literals; SEARCH, ESEARCH
                                       ///< and VANISHED lists may be longer: they come in parts
  /// The same of FETCH, FLAGS and status responses. What is longer is not read: a FETCH then counts
  /// as one that could not be understood.
  std::size_t long_line_bytes = 1024 * 1024;
  std::size_t literal_bytes = 64 * 1024;  ///< literals of one response that are no bodies; a
                                          ///< longer header is passed over
  std::size_t nesting = 32;
  std::size_t set_ranges = 2'000'000;
  std::size_t unknown_lines = 50;  ///< lines that are no response at all, before giving up
};

class ResponseEvents {
 public:
  virtual ~ResponseEvents() = default;
  virtual void on_response(Response response) = 0;
  /// BODY[] of the FETCH response whose line is being read. After on_body_end comes more of the
  /// line, then on_response with the FetchResponse (body == kStreamed). A quoted or empty body also
  /// streams.
  virtual void on_body_begin(std::uint64_t size) = 0;
  virtual void on_body_bytes(ByteView bytes) = 0;
  virtual void on_body_end() = 0;
};

class ResponseReader {
 public:
  explicit ResponseReader(ReaderLimits limits = {});
  ~ResponseReader();

  /// Consumes all of `bytes`, or up to the point where an event handler called stop().
  Result<std::size_t> feed(ByteView bytes, ResponseEvents& events);
  /// From inside an event: return from feed() behind the response just delivered (STARTTLS needs to
  /// know whether anything follows its OK).
  void stop();
  /// No part of a response is pending.
  [[nodiscard]] bool at_boundary() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace imapkeep::imap
