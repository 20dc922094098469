#include "sync/imap/deflate.h"

#include <zlib.h>

#include <catch2/catch.hpp>

using namespace imapkeep;
using namespace imapkeep::imap;

namespace {

/// As a server would: with a whole window, flushed behind every text.
std::string packed(const std::vector<std::string>& texts, int last_flush = Z_SYNC_FLUSH) {
  z_stream zlib{};
  REQUIRE(deflateInit2(&zlib, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out;
  for (const auto& text : texts) {
    const bool last = &text == &texts.back();
    zlib.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    zlib.avail_in = static_cast<uInt>(text.size());
    int step = Z_OK;
    do {
      char piece[512];
      zlib.next_out = reinterpret_cast<Bytef*>(piece);
      zlib.avail_out = sizeof piece;
      step = ::deflate(&zlib, last ? last_flush : Z_SYNC_FLUSH);
      out.append(piece, sizeof piece - zlib.avail_out);
    } while (zlib.avail_out == 0 && step != Z_STREAM_END);
  }
  deflateEnd(&zlib);
  return out;
}

struct Inflated {
  std::string text;
  std::string problem;
  std::size_t largest = 0;
};

Inflated inflated(std::string_view bytes, std::size_t portion) {
  Inflater inflater;
  Inflated all;
  for (std::size_t at = 0; at < bytes.size() && all.problem.empty(); at += portion) {
    inflater.give(bytes.substr(at, portion));
    for (;;) {
      const auto piece = inflater.next();
      if (!piece) {
        all.problem = piece.error().what;
        break;
      }
      if (piece->empty()) break;
      all.largest = std::max(all.largest, piece->size());
      all.text += *piece;
    }
  }
  return all;
}

std::string mail_like(std::size_t size) {
  std::string text;
  for (std::uint32_t number = 1; text.size() < size; number = number * 1664525 + 1013904223) {
    text += "Subject: " + std::to_string(number) + "\r\n";
  }
  return text;
}

}  // namespace

TEST_CASE("what was deflated is inflated again, however it is cut") {
  const std::vector<std::string> texts{"* OK\r\n", mail_like(70'000), "", "a1 OK done\r\n"};
  std::string whole;
  for (const auto& text : texts) whole += text;
  const std::string wire = packed(texts);
  const auto portion = GENERATE(as<std::size_t>(), 1, 2, 7, 1000, 16384, 1U << 20);
  CAPTURE(portion);
  const auto found = inflated(wire, portion);
  CHECK(found.problem.empty());
  CHECK(found.text == whole);
  CHECK(found.largest <= Inflater::kMostInAPiece);
}

TEST_CASE("every cut of a short stream in two") {
  const std::string wire = packed({"* 1 EXISTS\r\n", "b OK\r\n"});
  for (std::size_t cut = 0; cut <= wire.size(); ++cut) {
    Inflater inflater;
    std::string text;
    for (const auto& part : {wire.substr(0, cut), wire.substr(cut)}) {
      inflater.give(part);
      for (auto piece = inflater.next(); piece && !piece->empty(); piece = inflater.next()) {
        text += *piece;
      }
    }
    CHECK(text == "* 1 EXISTS\r\nb OK\r\n");
  }
}

TEST_CASE("a kilobyte that stands for a megabyte comes in pieces, and the rest waits") {
  const std::string wire = packed({std::string(8U << 20, 'a')});
  REQUIRE(wire.size() < 10'000);
  Inflater inflater;
  inflater.give(wire);
  const auto first = inflater.next();
  REQUIRE(first);
  CHECK(first->size() == Inflater::kMostInAPiece);
  // More may be given while some of it still waits.
  inflater.give("");
  std::size_t size = first->size();
  for (auto piece = inflater.next(); piece && !piece->empty(); piece = inflater.next()) {
    CHECK(piece->size() <= Inflater::kMostInAPiece);
    size += piece->size();
  }
  CHECK(size == 8U << 20);
}

TEST_CASE("a stream that is none, or ends, is an error and stays one") {
  struct Row {
    std::string wire;
    std::string text;
    std::string problem;
  };
  const std::string good = packed({"hello"});
  const auto row = GENERATE_COPY(values<Row>({
      {"A1 OK in clear text\r\n", "", "what the server sends is not DEFLATE"},
      {"\x07", "", "what the server sends is not DEFLATE"},
      {good + "\xff\xff\xff", "hello", "what the server sends is not DEFLATE"},
      {packed({"hello"}, Z_FINISH), "hello", "the server ended the compressed stream"},
  }));
  const auto portion = GENERATE(as<std::size_t>(), 1, 100);
  const auto found = inflated(row.wire, portion);
  CHECK(found.text == row.text);
  CHECK(found.problem == row.problem);

  Inflater inflater;
  inflater.give(row.wire);
  for (int tries = 0; tries < 5 && inflater.next(); ++tries) {
  }
  inflater.give(good);
  CHECK_FALSE(inflater.next());
}

TEST_CASE("noise is refused or inflated, and takes no more than it may") {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    std::string noise;
    std::uint64_t state = seed * 0x9e3779b97f4a7c15ULL;
    for (int at = 0; at < 200; ++at) {
      state ^= state << 13;
      state ^= state >> 7;
      state ^= state << 17;
      noise += static_cast<char>(state);
    }
    CHECK(inflated(noise, 13).largest <= Inflater::kMostInAPiece);
  }
}

TEST_CASE("a server can read each command as soon as it has come") {
  Deflater deflater;
  Inflater server;
  const std::vector<std::string> commands{"A1 NOOP\r\n", "A2 UID FETCH 1:5 (FLAGS)\r\n",
                                          mail_like(5000), "A3 IDLE\r\n"};
  for (const auto& command : commands) {
    server.give(deflater.deflate(command));
    std::string read;
    for (auto piece = server.next(); piece && !piece->empty(); piece = server.next()) {
      read += *piece;
    }
    CHECK(read == command);
  }
}
