#include "sync/imap/types/mailbox_name.h"

#include <catch2/catch.hpp>
#include <random>

#include "daemon/base/bytes.h"

using namespace imapkeep;

TEST_CASE("modified UTF-7 goes there and back") {
  struct Row {
    std::string utf7, utf8;
  };
  for (const auto& row :
       std::vector<Row>{{"", ""},
                        {"INBOX", "INBOX"},
                        {"&-", "&"},
                        {"Hello & Goodbye", "?"},
                        {"R&-D", "R&D"},
                        {"~peter/mail/&U,BTFw-/&ZeVnLIqe-", "~peter/mail/台北/日本語"},
                        {"Entw&APw-rfe", "Entwürfe"},
                        {"&BB4EQgQ,BEAEMAQyBDsENQQ9BD0ESwQ1-", "Отправленные"},
                        {"&2DzfiQ-", "🎉"},
                        {"a&AOk-&-&AOk-b", "aé&éb"},
                        {"&AOkA6Q-", "éé"},
                        {"&,,8-", "\xef\xbf\xbf"}}) {
    INFO(row.utf7);
    if (row.utf8 == "?") {
      CHECK_FALSE(decode_utf7(row.utf7));
      continue;
    }
    CHECK(decode_utf7(row.utf7) == row.utf8);
    CHECK(encode_utf7(row.utf8) == row.utf7);
  }
}

TEST_CASE("what is not canonical modified UTF-7 is not decoded") {
  struct Row {
    std::string text, why;
  };
  for (const auto& row : std::vector<Row>{
           {"&", "a run that does not end"},
           {"&AOk", "a run that does not end"},
           {"&Jjo!", "RFC 3501's own bad example"},
           {"&U,BTFw-&ZeVnLIqe-", "two runs side by side, RFC 3501's superfluous shift"},
           {"&AGE-", "base64 of a plain letter"},
           {"&ACY-", "base64 of &"},
           {"&AOkAYQ-", "a plain letter inside a run"},
           {"&AOl-", "padding bits are not zero"},
           {"&AOkA-", "six idle bits"},
           {"&AO-", "half a character"},
           {"&A-", "no character"},
           {"&AA-", "no character"},
           {"&2Dw-", "a high surrogate alone"},
           {"&34k-", "a low surrogate alone"},
           {"&34nYPA-", "surrogates the wrong way round"},
           {"&2DzYPA-", "two high surrogates"},
           {"&AO/p-", "/ instead of ,"},
           {"&AOk=-", "base64 padding"},
           {"caf\xc3\xa9", "8-bit bytes"},
           {"a\tb", "a control character"},
           {"&AAo-", "a line feed comes out"},
           {"&AAA-", "NUL comes out"},
           {"&AH8-", "DEL comes out"},
           {"&AIU-", "a C1 control comes out"}}) {
    INFO(row.text << ": " << row.why);
    CHECK_FALSE(decode_utf7(row.text));
  }
  CHECK_FALSE(encode_utf7("\xff"));
  CHECK_FALSE(encode_utf7("\xed\xa0\x80"));
}

TEST_CASE("every generated name survives encoding and decoding") {
  std::mt19937 random(4711);
  const auto utf8_of = [](std::uint32_t code) {
    std::string out;
    if (code < 0x80) {
      out += static_cast<char>(code);
    } else if (code < 0x800) {
      out += static_cast<char>(0xc0 | code >> 6);
      out += static_cast<char>(0x80 | (code & 63));
    } else if (code < 0x10000) {
      out += static_cast<char>(0xe0 | code >> 12);
      out += static_cast<char>(0x80 | (code >> 6 & 63));
      out += static_cast<char>(0x80 | (code & 63));
    } else {
      out += static_cast<char>(0xf0 | code >> 18);
      out += static_cast<char>(0x80 | (code >> 12 & 63));
      out += static_cast<char>(0x80 | (code >> 6 & 63));
      out += static_cast<char>(0x80 | (code & 63));
    }
    return out;
  };
  for (int round = 0; round < 20'000; ++round) {
    std::string name;
    for (auto left = random() % 12; left > 0; --left) {
      std::uint32_t code = 0;
      switch (random() % 4) {
        case 0:
          code = '&';
          break;
        case 1:
          code = static_cast<std::uint32_t>(0x20 + random() % 0x5f);
          break;
        case 2:
          code = static_cast<std::uint32_t>(0xa0 + random() % 0xd700);
          break;
        default:
          code = static_cast<std::uint32_t>(0x10000 + random() % 0x100000);
      }
      name += utf8_of(code);
    }
    REQUIRE(is_utf8(name));
    const auto encoded = encode_utf7(name);
    REQUIRE(encoded);
    REQUIRE(decode_utf7(*encoded) == name);
  }
  // Any bytes at all: what decodes must encode to the same bytes again.
  constexpr std::string_view kAlphabet = "&-&-AOkYPDz34n,+/ =\xc3\xa9";
  int decoded_names = 0;
  for (int round = 0; round < 50'000; ++round) {
    std::string text;
    for (auto left = random() % 9; left > 0; --left) {
      text += kAlphabet[random() % kAlphabet.size()];
    }
    if (const auto decoded = decode_utf7(text)) {
      ++decoded_names;
      REQUIRE(encode_utf7(*decoded) == text);
    }
  }
  CHECK(decoded_names > 100);
}

TEST_CASE("INBOX is INBOX in any case, everything else is kept byte for byte") {
  for (const std::string raw : {"INBOX", "Inbox", "inbox", "iNbOx"}) {
    CHECK(MailboxName::from_server(raw, NameEncoding::kUtf7).is_inbox());
  }
  for (const std::string raw : {"Inbox/a", "INBOXES", "INBO", "", " INBOX", "\xff&"}) {
    CHECK(MailboxName::from_server(raw, NameEncoding::kUtf7).raw == raw);
    CHECK_FALSE(MailboxName::from_server(raw, NameEncoding::kUtf7).is_inbox());
  }
}

TEST_CASE("a name as people see it") {
  const auto shown = [](std::string raw, NameEncoding encoding, char delimiter) {
    return MailboxName{std::move(raw), encoding}.display(delimiter);
  };
  CHECK(shown("INBOX.Entw&APw-rfe", NameEncoding::kUtf7, '.') == "INBOX/Entwürfe");
  CHECK(shown("a\\b", NameEncoding::kUtf7, '\\') == "a/b");
  CHECK(shown("a.b", NameEncoding::kUtf7, 0) == "a.b");
  CHECK(shown("a&b.c", NameEncoding::kUtf7, '.') == "a&b/c");
  CHECK(shown("R&-D", NameEncoding::kUtf8, '/') == "R&-D");
  CHECK(shown("Entwürfe", NameEncoding::kUtf8, '/') == "Entwürfe");
}
