#include "tests/lies/lie.h"

#include <cctype>
#include <utility>

namespace imapkeep::lies {
namespace {

struct Span {
  std::size_t from;
  std::size_t size;
};

bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }

/// Every number that is a word of its own, but not the one in a tag and not within quotes.
std::vector<Span> numbers_in(const std::string& line) {
  std::vector<Span> found;
  bool quoted = false;
  for (std::size_t i = line.find(' '); i < line.size(); ++i) {
    if (line[i] == '"') quoted = !quoted;
    if (quoted || !is_digit(line[i]) ||
        std::isalnum(static_cast<unsigned char>(line[i - 1])) != 0) {
      continue;
    }
    std::size_t end = i;
    while (end < line.size() && is_digit(line[end])) ++end;
    found.push_back({i, end - i});
    i = end - 1;
  }
  return found;
}

std::string with(const std::string& line, Span span, const std::string& other) {
  return std::string(line).replace(span.from, span.size, other);
}

/// FETCH and STATUS without one of their items, which is something else than an empty one.
void leave_out_items(const std::string& line, std::vector<Lie>& lies) {
  static constexpr const char* kItems[] = {"UID ",         "FLAGS (",     "INTERNALDATE \"",
                                           "RFC822.SIZE ", "MODSEQ (",    "MESSAGES ",
                                           "UIDNEXT ",     "UIDVALIDITY "};
  for (const std::string item : kItems) {
    const auto at = line.find(item);
    if (at == std::string::npos) continue;
    const char last = item.back();
    const char closes = last == '(' ? ')' : last == '"' ? '"' : ' ';
    auto end = line.find(closes, at + item.size());
    if (end == std::string::npos || (closes == ' ' && line.find(')', at) < end)) {
      end = line.find_first_of(")]", at + item.size());
      if (end == std::string::npos) continue;
      lies.push_back({"no " + item, line.substr(0, at) + line.substr(end) + "\r\n"});
      continue;
    }
    lies.push_back({"no " + item, line.substr(0, at) + line.substr(end + 1) + "\r\n"});
  }
}

std::string repeated(const std::string& text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

}  // namespace

std::vector<Lie> lies_about(const std::string& line) {
  std::vector<Lie> lies;
  const std::string whole = line + "\r\n";
  const std::string tag = line.substr(0, line.find(' '));
  // What stands behind a literal is no answer of its own: `)`.
  const bool tagged = tag != "*" && tag != "+" && tag.size() > 1;
  lies.push_back({"left out", ""});
  lies.push_back({"said twice", whole + whole});
  lies.push_back({"cut short", line.substr(0, line.size() / 2) + "\r\n"});
  lies.push_back({"in small letters", [&] {
                    std::string small = whole;
                    for (char& c : small) {
                      c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
                    }
                    return tagged ? tag + small.substr(tag.size()) : small;
                  }()});
  lies.push_back(
      {"noise before it", "* 7 WHATEVER (1 \"two\" NIL)\r\n* OK [NOISE 4] \r\n" + whole});
  lies.push_back({"no IMAP before it", "\x01\xff{}()\"\r\n" + whole});
  lies.push_back({"an answer to nobody before it", "zz9 OK done\r\n" + whole});
  lies.push_back({"a thousand notices before it",
                  repeated("* OK still here\r\n* 1 EXISTS\r\n* 9 RECENT\r\n", 1000) + whole});
  lies.push_back({"BYE instead", "* BYE Internal error occurred\r\n", Then::kCloses});
  lies.push_back({"BYE before it", "* BYE so long\r\n" + whole, Then::kCloses});
  lies.push_back({"the end", "", Then::kCloses});
  lies.push_back({"half of it, then the end", line.substr(0, line.size() / 2), Then::kResets});
  lies.push_back({"silence", "", Then::kFallsSilent});
  if (tagged) {
    lies.push_back({"NO", tag + " NO not today\r\n"});
    lies.push_back({"NO with a code", tag + " NO [SERVERBUG] not today\r\n"});
    lies.push_back({"BAD", tag + " BAD what?\r\n"});
    lies.push_back({"the tag of another", "x" + whole});
  } else {
    lies.push_back({"everyone is expunged", "* 1 EXPUNGE\r\n* 1 EXPUNGE\r\n" + whole});
    lies.push_back({"VANISHED", "* VANISHED (EARLIER) 1:4294967295\r\n" + whole});
    lies.push_back({"another UIDVALIDITY in the middle", "* OK [UIDVALIDITY 77] new\r\n" + whole});
  }
  for (const Span span : numbers_in(line)) {
    const std::string number = line.substr(span.from, span.size);
    const auto value = std::stoull(number);
    const std::string where = " for number " + number + " at " + std::to_string(span.from);
    for (std::string other :
         {std::string("0"), std::to_string(value + 1), std::to_string(value == 0 ? 2 : value - 1),
          std::to_string(value * 7 + 3), std::string("4294967295"), std::string("4294967296"),
          std::string("18446744073709551616"), std::string("-1")}) {
      if (other == number) continue;
      const std::string name = other + where;
      lies.push_back({name, with(line, span, other) + "\r\n"});
    }
  }
  leave_out_items(line, lies);
  return lies;
}

bool is_plausible(const std::string& line, const Lie& lie, bool tells_counts) {
  return !tells_counts && line.starts_with("* LIST ") && lie.then == Then::kGoesOn &&
         lie.said.empty();
}

}  // namespace imapkeep::lies
