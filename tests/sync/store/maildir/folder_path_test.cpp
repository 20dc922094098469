#include "sync/store/maildir/folder_path.h"

#include <catch2/catch.hpp>
#include <map>
#include <random>
#include <vector>

#include "daemon/base/bytes.h"
#include "daemon/base/hash.h"

using namespace imapkeep;

namespace {

struct Row {
  std::string raw;
  char delimiter;
  std::string path;
};

std::string path_of(const std::string& raw, NameEncoding encoding, char delimiter = '/') {
  return folder_path({raw, encoding}, delimiter);
}

std::string times(const std::string& text, std::size_t n) {
  std::string out;
  while (n-- > 0) out += text;
  return out;
}

/// Names out of pieces that have tripped mail programs; small enough an alphabet to collide often.
std::string odd_name(std::mt19937& chance) {
  static const std::vector<std::string> kPieces{
      "a",        "b",     "/",        ".",     "..",   "%",   "%2F",   "%~",
      "&",        "&-",    "&APw-",    "&AAA-", "cur",  "Cur", "new",   "TMP",
      "\xc3\xbc", "\xff",  "\xc2\x85", "\x01",  "\x7f", "~2",  "INBOX", "inbox",
      " ",        "%63ur", "%25",      "\\",    ":2,",  "\n",  "long",  ".imapkeep"};
  std::uniform_int_distribution<std::size_t> pick(0, kPieces.size() - 1);
  std::uniform_int_distribution<int> length(0, 4);
  std::string name;
  for (int i = length(chance); i >= 0; --i) name += kPieces[pick(chance)];
  if (chance() % 16 == 0) name += times(kPieces[pick(chance)], 120);
  return name;
}

}  // namespace

TEST_CASE("a name in modified UTF-7 becomes a path") {
  const std::vector<Row> rows{
      {"INBOX", '/', "INBOX"},
      {"Entw&APw-rfe", '/', "Entw\xc3\xbcrfe"},
      {"R&D", '/', "R%26D"},
      {"R&-D", '/', "R&D"},
      {"a//b/", '/', "a/%/b/%"},
      {"", '/', "%"},
      {"Cur/../.x", '/', "%43ur/%2E./%2Ex"},
      {"a/new/TMP/cur2", '/', "a/%6Eew/%54MP/cur2"},
      {"100%", '/', "100%25"},
      {"a.b/c", '.', "a/b%2Fc"},
      {"a/b.c", 0, "a%2Fb.c"},
      {".imapkeep", '/', "%2Eimapkeep"},
      {"tab\there\x7f", '/', "tab%09here%7F"},
      {"Dovecot-Keywords", '/', "%44ovecot-Keywords"},
      {"dovecot", '/', "dovecot"},
      {"8bit \xe9", '/', "8bit %E9"},
      {"\xc3\xbc", '/', "%C3%BC"},  // UTF-8 where UTF-7 is in force: not canonical
      {"&AGE-", '/', "%26AGE-"},    // "a" need not be shifted: not canonical
      {"&AIU-", '/', "%26AIU-"},    // U+0085 is a control character
      {"back\\slash:2,", '/', "back\\slash:2,"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.raw);
    CHECK(path_of(row.raw, NameEncoding::kUtf7, row.delimiter) == row.path);
    CHECK(is_folder_path(path_of(row.raw, NameEncoding::kUtf7, row.delimiter)));
  }
}

TEST_CASE("a name in UTF-8 becomes a path") {
  const std::vector<Row> rows{
      {"Entw\xc3\xbcrfe", '/', "Entw\xc3\xbcrfe"},
      {"R&D", '/', "R&D"},
      {"&APw-", '/', "&APw-"},
      {"bad \xff&", '/', "bad %FF%26"},
      {"c1 \xc2\x85", '/', "c1 %C2%85"},
      {"\xc2\xa0", '/', "\xc2\xa0"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.raw);
    CHECK(path_of(row.raw, NameEncoding::kUtf8, row.delimiter) == row.path);
  }
}

TEST_CASE("a component of more than 200 bytes is shortened between characters") {
  const std::string whole(200, 'a');
  CHECK(path_of(whole, NameEncoding::kUtf8) == whole);
  const std::string longer(201, 'a');
  CHECK(path_of(longer, NameEncoding::kUtf8) ==
        std::string(166, 'a') + "%~" + Sha256::of(longer).hex().substr(0, 32));
  // 165 bytes, then a character of two or an escape of three that would end behind byte 166.
  const std::string umlauts = std::string(165, 'a') + times("\xc3\xbc", 40);
  CHECK(path_of(umlauts, NameEncoding::kUtf8).substr(0, 167) == std::string(165, 'a') + "%~");
  const std::string escapes = std::string(165, 'a') + times("%", 40);
  CHECK(path_of(escapes, NameEncoding::kUtf8).substr(0, 167) == std::string(165, 'a') + "%~");
  CHECK(path_of(escapes, NameEncoding::kUtf8).size() == 165 + 2 + 32);
}

TEST_CASE("paths that are not folders' paths are refused") {
  for (const char* path : {"", "/", "a/", "/a", "a//b", ".", "..", "a/../b", ".imapkeep",
                           "a/.imapkeep", "cur", "a/CUR", "new/a", "a\nb", "a\xff", "\xc2\x85"}) {
    CAPTURE(path);
    CHECK_FALSE(is_folder_path(path));
  }
  CHECK_FALSE(is_folder_path(std::string(256, 'a')));
  CHECK_FALSE(is_folder_path(std::string("a\0b", 3)));
  for (const char* path : {"INBOX", "a/b", "%", "%63ur", "Work%~2", "a/.%2E"}) {
    CAPTURE(path);
    CHECK(is_folder_path(path) == (std::string(path) != "a/.%2E"));
  }
}

TEST_CASE("no two names of one encoding share a path, and no path leaves ROOT") {
  std::mt19937 chance(20261123);
  for (const NameEncoding encoding : {NameEncoding::kUtf7, NameEncoding::kUtf8}) {
    for (const char delimiter : {'/', '.', '\0'}) {
      std::map<std::string, std::string> names;
      std::map<std::string, std::string> folded;
      for (int i = 0; i < 20000; ++i) {
        const std::string raw = odd_name(chance);
        const std::string path = path_of(raw, encoding, delimiter);
        const auto [entry, fresh] = names.emplace(path, raw);
        if (!fresh && entry->second != raw) {
          FAIL(to_hex(raw) + " and " + to_hex(entry->second) + " are both " + path);
        }
        if (!is_folder_path(path)) FAIL(to_hex(raw) + " became " + path);
      }
    }
  }
}
