#include "sync/store/maildir/kept_frame.h"

#include <zstd.h>

#include <utility>

namespace imapkeep {
namespace {

constexpr std::size_t kFrameBlock = 64U << 10;
/// Mail half as large again at twice the speed of gzip; higher levels take several times as long
/// for a few per cent.
constexpr int kLevel = 3;

Error frame_error(const std::string& what) { return store_error(what, 0, Remedy::kRetryLater); }

/// It concerns this file alone.
Error cannot_be_kept(const std::string& why, int os_code) {
  return {Remedy::kSkipMessage, Trouble::kMessage,
          why +
              "; this message has left the server, and stays in its folder until its file can be "
              "read and kept",
          os_code};
}

struct FreeFrameWriter {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
};
struct FreeFrameReader {
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

class FrameFile final : public InFile {
 public:
  FrameFile(std::unique_ptr<InFile> from, std::string path)
      : from_(std::move(from)), path_(std::move(path)) {}

  Result<std::size_t> read(std::span<char> into) override {
    ZSTD_outBuffer out{into.data(), into.size(), 0};
    while (out.size > 0) {
      if (in_.pos == in_.size && !ended_) {
        const auto got = from_->read(block_);
        if (!got) return got.error();
        in_ = {block_.data(), *got, 0};
        ended_ = *got == 0;
      }
      if (ended_ && in_.pos == in_.size && rest_ == 0) break;
      const std::size_t before = in_.pos;
      rest_ = ZSTD_decompressStream(context_.get(), &out, &in_);
      if (ZSTD_isError(rest_) != 0) return damaged(ZSTD_getErrorName(rest_));
      if (out.pos > 0) return out.pos;
      if (ended_ && in_.pos == before && rest_ != 0) return damaged("cut short");
    }
    return std::size_t{0};
  }
  Result<Done> seek(std::uint64_t) override {
    return store_error(path_ + ": a compressed file is read from its beginning");
  }
  Result<Done> sync() override { return from_->sync(); }

 private:
  [[nodiscard]] Error damaged(const std::string& why) const {
    return store_error(path_ + ": this is no whole zstd frame (" + why + ")");
  }

  std::unique_ptr<InFile> from_;
  std::string path_;
  std::unique_ptr<ZSTD_DCtx, FreeFrameReader> context_{ZSTD_createDCtx()};
  std::string block_ = std::string(kFrameBlock, '\0');
  ZSTD_inBuffer in_{nullptr, 0, 0};
  std::size_t rest_ = 1;  ///< 0: a frame has ended
  bool ended_ = false;
};

}  // namespace

Result<Done> write_frame(InFile& from, std::uint64_t size, OutFile& to) {
  const std::unique_ptr<ZSTD_CCtx, FreeFrameWriter> context(ZSTD_createCCtx());
  if (!context) return frame_error("no memory is left to compress a message");
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, kLevel);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1);
  ZSTD_CCtx_setPledgedSrcSize(context.get(), size);
  std::string block(kFrameBlock, '\0');
  std::string packed(ZSTD_CStreamOutSize(), '\0');
  for (std::uint64_t done = 0;;) {
    const auto got = from.read(block);
    if (!got) return cannot_be_kept(got.error().what, got.error().os_code);
    done += *got;
    const bool last = *got == 0;
    if (done > size || (last && done != size)) {
      return cannot_be_kept("a file was changed while it was being compressed for the kept area",
                            0);
    }
    ZSTD_inBuffer in{block.data(), *got, 0};
    for (std::size_t left = 1; last ? left != 0 : in.pos < in.size;) {
      ZSTD_outBuffer out{packed.data(), packed.size(), 0};
      left = ZSTD_compressStream2(context.get(), &out, &in, last ? ZSTD_e_end : ZSTD_e_continue);
      if (ZSTD_isError(left) != 0) {
        return frame_error(std::string("a message cannot be compressed: ") +
                           ZSTD_getErrorName(left));
      }
      if (out.pos == 0) continue;
      const auto written = to.write(ByteView(packed).substr(0, out.pos));
      if (!written) return written;
    }
    if (last) return Done{};
  }
}

std::unique_ptr<InFile> read_frame(std::unique_ptr<InFile> from, std::string path) {
  return std::make_unique<FrameFile>(std::move(from), std::move(path));
}

}  // namespace imapkeep
