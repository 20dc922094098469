#include "sync/imap/deflate.h"

#include <zlib.h>

#include <array>
#include <new>
#include <optional>

#include "daemon/base/error.h"

namespace imapkeep::imap {
namespace {

// Raw streams have no header: negative window bits. What a server sends may refer 32 KB back.
constexpr int kTheirWindow = -15;
constexpr int kOurWindow = -9;
constexpr int kOurMemory = 1;  // the least

Bytef* in_of(std::string_view bytes) {
  // zlib reads through this pointer and never writes; without ZLIB_CONST its type does not say so.
  return reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
}

}  // namespace

struct Inflater::Stream {
  z_stream zlib{};
  std::string waiting;    // not inflated yet
  std::size_t taken = 0;  // of it
  std::string piece;
  std::optional<Error> broken;
};

Inflater::Inflater() : stream_(std::make_unique<Stream>()) {
  if (inflateInit2(&stream_->zlib, kTheirWindow) != Z_OK) throw std::bad_alloc();
}

Inflater::~Inflater() { inflateEnd(&stream_->zlib); }

void Inflater::give(ByteView compressed) {
  stream_->waiting.erase(0, stream_->taken);
  stream_->taken = 0;
  stream_->waiting += compressed;
}

Result<ByteView> Inflater::next() {
  Stream& stream = *stream_;
  if (stream.broken) return *stream.broken;
  stream.piece.resize(kMostInAPiece);
  const auto left = std::string_view(stream.waiting).substr(stream.taken);
  stream.zlib.next_in = in_of(left);
  stream.zlib.avail_in = static_cast<uInt>(left.size());
  stream.zlib.next_out = reinterpret_cast<Bytef*>(stream.piece.data());
  stream.zlib.avail_out = static_cast<uInt>(stream.piece.size());
  const int step = inflate(&stream.zlib, Z_SYNC_FLUSH);
  stream.taken += left.size() - stream.zlib.avail_in;
  const std::size_t size = stream.piece.size() - stream.zlib.avail_out;
  if (step == Z_STREAM_END) {
    stream.broken = server_error("the server ended the compressed stream");
  } else if (step != Z_OK && step != Z_BUF_ERROR) {
    stream.broken = server_error("what the server sends is not DEFLATE");
  }
  // What came before the break is good.
  if (stream.broken && size == 0) return *stream.broken;
  if (size == 0) {
    // Nothing waits any more: an idle connection keeps no buffers beside zlib's own window.
    stream.waiting = std::string();
    stream.taken = 0;
    stream.piece = std::string();
    return ByteView();
  }
  return ByteView(stream.piece).substr(0, size);
}

struct Deflater::Stream {
  z_stream zlib{};
};

Deflater::Deflater() : stream_(std::make_unique<Stream>()) {
  if (deflateInit2(&stream_->zlib, Z_BEST_SPEED, Z_DEFLATED, kOurWindow, kOurMemory,
                   Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::bad_alloc();
  }
}

Deflater::~Deflater() { deflateEnd(&stream_->zlib); }

std::string Deflater::deflate(std::string_view plain) {
  std::string packed;
  std::array<char, 1024> piece{};
  auto& zlib = stream_->zlib;
  zlib.next_in = in_of(plain);
  zlib.avail_in = static_cast<uInt>(plain.size());
  do {
    zlib.next_out = reinterpret_cast<Bytef*>(piece.data());
    zlib.avail_out = static_cast<uInt>(piece.size());
    // Cannot fail: there is room, and the stream is not ended by anybody.
    (void)::deflate(&zlib, Z_SYNC_FLUSH);
    packed.append(piece.data(), piece.size() - zlib.avail_out);
  } while (zlib.avail_out == 0);
  return packed;
}

}  // namespace imapkeep::imap
