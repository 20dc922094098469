// COMPRESS=DEFLATE (RFC 4978) without any I/O: two raw DEFLATE streams (RFC 1951), one for each
// direction. What inflates comes in pieces of bounded size, and the rest waits as it came until the
// next piece is asked for: a kilobyte that stands for a megabyte takes no memory. What goes out is
// flushed with every call, since a server waits for whole commands; commands are few, so the window
// behind them is as small as it can be.
#pragma once

#include <memory>
#include <string>

#include "daemon/base/bytes.h"
#include "daemon/base/result.h"

namespace imapkeep::imap {

class Inflater {
 public:
  static constexpr std::size_t kMostInAPiece = 16 * 1024;

  Inflater();
  ~Inflater();

  /// What the server sent, in order.
  void give(ByteView compressed);
  /// The next piece, valid until the next call; empty: more has to be given. An Error is final.
  Result<ByteView> next();

 private:
  struct Stream;
  std::unique_ptr<Stream> stream_;
};

class Deflater {
 public:
  Deflater();
  ~Deflater();

  /// Everything that the other side needs to read `plain`.
  std::string deflate(std::string_view plain);

 private:
  struct Stream;
  std::unique_ptr<Stream> stream_;
};

}  // namespace imapkeep::imap
