#include "sync/imap/response_parser.h"

#include <algorithm>
#include <limits>

#include "daemon/base/bytes.h"
#include "sync/imap/fetch_parser.h"
#include "sync/imap/lexer.h"

namespace imapkeep::imap {
namespace {

constexpr std::size_t kMaxUnknownName = 40;
constexpr std::size_t kMaxShownText = 1024;
constexpr std::size_t kMaxNumber = std::numeric_limits<std::int64_t>::max();

std::string shown(std::string_view bytes, std::size_t limit) {
  const bool plain =
      std::all_of(bytes.begin(), bytes.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
  if (plain && bytes.find('\\') == std::string_view::npos && bytes.size() <= limit) {
    return std::string(bytes);
  }
  return printable_utf8(bytes, limit - 8);  // the last escape and the ellipsis come on top
}

ParsedLine unknown(std::string_view name) {
  return {UnknownResponse{upper_case(shown(name, kMaxUnknownName))}, {}, false};
}

ParsedLine strange(std::string_view line) {
  return {UnknownResponse{shown(line, kMaxUnknownName)}, {}, true};
}

ParsedLine known(Response response) { return {std::move(response), {}, false}; }

Error unreadable(std::string_view what, std::string_view line) {
  return server_error("The server's " + std::string(what) +
                      " response cannot be read: " + printable(line, 100));
}

std::optional<StatusKind> status_kind(std::string_view word) {
  if (same_word(word, "OK")) return StatusKind::kOk;
  if (same_word(word, "NO")) return StatusKind::kNo;
  if (same_word(word, "BAD")) return StatusKind::kBad;
  if (same_word(word, "BYE")) return StatusKind::kBye;
  if (same_word(word, "PREAUTH")) return StatusKind::kPreauth;
  return std::nullopt;
}

/// resp-text-code, without its brackets: the name ends at a space or where a list or string begins.
ResponseCode resp_text_code(std::string_view inside) {
  const std::size_t end = std::min(inside.find_first_of(" (\""), inside.size());
  std::string_view rest = inside.substr(end);
  while (rest.starts_with(' ')) rest.remove_prefix(1);
  return {upper_case(inside.substr(0, end)), std::string(rest)};
}

/// resp-text: ["[" resp-text-code "]" SP] text; the text may be missing.
StatusResponse resp_text(StatusKind kind, std::string_view tag, Lexer& lexer) {
  StatusResponse response{std::string(tag), kind, {}, {}};
  lexer.spaces();
  if (const auto code = lexer.bracketed()) response.code = resp_text_code(*code);
  lexer.spaces();
  response.text = shown(lexer.rest(), kMaxShownText);
  return response;
}

/// capability-data and enable-data.
template <class T>
ParsedLine atoms(Lexer& lexer) {
  return known(T{words_of(lexer.rest())});
}

/// id-response: "(" [string SP nstring …] ")" / NIL. Some servers put commas between.
ParsedLine id_response(Lexer& lexer) {
  IdResponse response;
  if (!lexer.accept('(')) return known(response);
  while (true) {
    while (lexer.accept(',') || lexer.peek() == ' ') lexer.spaces();
    if (lexer.at_end() || lexer.accept(')')) return known(std::move(response));
    const auto name = lexer.text();
    lexer.spaces();
    if (!name || lexer.at_end()) return unknown("ID");
    if (lexer.accept(')')) return known(std::move(response));
    const auto value = lexer.text();
    if (!value) return unknown("ID");
    if (!value->is_nil()) response.fields.emplace_back(name->str(), value->str());
  }
}

/// The hierarchy delimiter: DQUOTE QUOTED-CHAR DQUOTE / nil. A lone backslash should be escaped.
std::optional<char> delimiter(Lexer& lexer) {
  if (lexer.rest().starts_with("\"\\\" ")) {
    lexer.word();
    return '\\';
  }
  const auto text = lexer.text();
  if (!text) return std::nullopt;
  const std::string value = text->is_nil() ? "" : text->str();
  return value.empty() ? '\0' : value.front();
}

/// namespace: nil / "(" 1*("(" string SP delimiter *extension ")") ")".
bool read_namespace(Lexer& lexer, std::vector<NamespacePrefix>& parts) {
  lexer.spaces();
  if (!lexer.accept('(')) {
    const auto nil = lexer.text();
    return !nil || nil->is_nil();
  }
  lexer.spaces();
  while (lexer.accept('(')) {
    lexer.spaces();
    const auto prefix = lexer.text();
    lexer.spaces();
    const auto separator = prefix ? delimiter(lexer) : std::nullopt;
    if (!separator) return false;
    parts.push_back({prefix->is_nil() ? "" : prefix->str(), *separator});
    for (lexer.spaces(); !lexer.accept(')'); lexer.spaces()) {
      if (!lexer.skip_value()) return false;
    }
    lexer.spaces();
  }
  lexer.accept(')');
  return true;
}

/// The user's own, other users', shared ones.
ParsedLine namespace_response(Lexer& lexer) {
  NamespaceResponse response;
  Namespaces& found = response.namespaces;
  const bool read = read_namespace(lexer, found.personal) && read_namespace(lexer, found.others) &&
                    read_namespace(lexer, found.others);
  if (!read) return unknown("NAMESPACE");
  return known(std::move(response));
}

/// Some servers quote without escaping, or do not quote a name that has spaces. Everything up to
/// the end of the line is the name then, since losing a mailbox is worse.
std::optional<std::string> loose_name(std::string_view text) {
  while (text.ends_with(' ')) text.remove_suffix(1);
  if (text.find('\n') != std::string_view::npos) return std::nullopt;
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') {
    return Text{Text::Kind::kQuoted, text.substr(1, text.size() - 2), 0}.str();
  }
  if (text.empty() || text.front() == '"') return std::nullopt;
  return std::string(text);
}

/// mailbox, at the end of a LIST response or before its extended data.
std::optional<std::string> list_name(Lexer& lexer) {
  const std::string_view whole = lexer.rest();
  std::string name;
  if (whole.starts_with('"') || whole.starts_with('{') || whole.starts_with("~{")) {
    const auto text = lexer.text();
    if (!text) return lexer.lost() ? std::nullopt : loose_name(whole);
    name = text->str();
  } else {
    name = lexer.word();  // also parentheses, which an atom may not have
    if (name.empty()) return std::nullopt;
  }
  const bool glued = !lexer.at_end() && lexer.peek() != ' ';
  lexer.spaces();
  if (glued || !(lexer.at_end() || lexer.peek() == '(')) return loose_name(whole);
  return name;
}

/// mailbox-list: "(" *flag ")" SP delimiter SP mailbox [SP extended]. XLIST looks the same.
ParsedLine list_response(Lexer& lexer) {
  ListResponse response;
  if (lexer.accept('(')) {
    for (lexer.spaces(); !lexer.accept(')'); lexer.spaces()) {
      const auto attribute = lexer.text();
      if (!attribute) return unknown("LIST");
      response.attributes.push_back(attribute->str());
    }
  } else if (!lexer.skip_value()) {  // NIL
    return unknown("LIST");
  }
  lexer.spaces();
  const auto separator = delimiter(lexer);
  lexer.spaces();
  auto name = separator ? list_name(lexer) : std::nullopt;
  if (!name) return unknown("LIST");
  response.delimiter = *separator;
  response.name = std::move(*name);
  return known(std::move(response));
}

/// "STATUS" SP mailbox SP "(" [status-att-list] ")"
ParsedLine status_data(Lexer& lexer) {
  StatusDataResponse response;
  const auto name = lexer.text();
  lexer.spaces();
  if (!name || !lexer.accept('(')) return unknown("STATUS");
  response.name = name->str();
  for (lexer.spaces(); !lexer.accept(')'); lexer.spaces()) {
    const auto item = lexer.atom();
    lexer.spaces();
    if (!item) return unknown("STATUS");
    std::optional<std::uint64_t>* value = nullptr;
    if (same_word(*item, "MESSAGES")) value = &response.messages;
    if (same_word(*item, "UIDNEXT")) value = &response.uid_next;
    if (same_word(*item, "UIDVALIDITY")) value = &response.uid_validity;
    if (same_word(*item, "HIGHESTMODSEQ")) value = &response.highest_mod_seq;
    if (lexer.peek() == ')') continue;
    if (!(value ? lexer.number(*value) : lexer.skip_value())) return unknown("STATUS");
    if (value && *value > kMaxNumber) value->reset();
  }
  return known(std::move(response));
}

/// mailbox-data "SEARCH" *(SP nz-number), and RFC 7162's (MODSEQ n) behind.
Result<ParsedLine> search_response(Lexer& lexer, std::string_view line) {
  std::vector<std::uint32_t> numbers;
  bool ascending = true;
  for (lexer.spaces(); !lexer.at_end() && lexer.peek() != '('; lexer.spaces()) {
    const auto atom = lexer.atom();
    const auto number = atom ? parse_u64(*atom) : std::nullopt;
    if (!number || *number > kMaxUid.value) return unreadable("SEARCH", line);
    const auto uid = static_cast<std::uint32_t>(*number);
    ascending = ascending && (numbers.empty() || numbers.back() <= uid);
    numbers.push_back(uid);
  }
  if (!lexer.at_end() && !lexer.skip_value()) return unreadable("SEARCH", line);
  if (!ascending) std::sort(numbers.begin(), numbers.end());
  SearchResponse response;
  for (const auto uid : numbers) response.uids.add(Uid{uid});
  return known(std::move(response));
}

/// "ESEARCH" [search-correlator] [SP "UID"] *(SP search-return-data)
Result<ParsedLine> esearch_response(Lexer& lexer, std::string_view line) {
  EsearchResponse response;
  if (lexer.accept('(')) {
    while (!lexer.accept(')')) {
      const auto name = lexer.atom();
      lexer.spaces();
      const auto value = name ? lexer.text() : std::nullopt;
      lexer.spaces();
      if (!value) return unreadable("ESEARCH", line);
      if (same_word(*name, "TAG")) response.tag = value->str();
    }
  }
  while (true) {
    lexer.spaces();
    const auto item = lexer.atom();
    if (!item) break;
    if (same_word(*item, "UID")) {
      response.uid = true;
      continue;
    }
    lexer.spaces();
    if (!same_word(*item, "ALL")) {
      if (!lexer.skip_value()) return unreadable("ESEARCH", line);
      continue;
    }
    const auto text = lexer.atom();
    auto uids = text ? UidSet::parse(*text) : std::nullopt;
    if (!uids) return unreadable("ESEARCH", line);
    if (response.all) uids->add(*response.all);
    response.all = std::move(*uids);
  }
  if (!lexer.at_end()) return unreadable("ESEARCH", line);
  return known(std::move(response));
}

/// "VANISHED" [SP "(EARLIER)"] SP known-uids. What cannot be read is still news: something is gone,
/// and the next listing says what.
ParsedLine vanished_response(Lexer& lexer) {
  VanishedResponse response;
  if (lexer.peek() == '(') {
    response.earlier = true;
    if (!lexer.skip_value()) return known(std::move(response));
    lexer.spaces();
  }
  if (auto uids = UidSet::parse(lexer.word())) response.uids = std::move(*uids);
  return known(std::move(response));
}

/// message-data "FETCH", and RFC 9586's UIDFETCH.
Result<ParsedLine> fetch_response(Lexer& lexer, std::string_view line,
                                  std::optional<std::uint64_t> uid) {
  auto fetch = parse_msg_att(lexer);
  if (!fetch) {
    // LF stands only where a literal does: after one, a line that makes no sense means that its
    // length was wrong, and that the next line may be anybody's.
    if (lexer.lost() || line.find('\n') != std::string_view::npos) {
      return server_error(
          "The server announced a literal whose length cannot be right: what follows it in the "
          "FETCH response cannot be read.");
    }
    return unknown("FETCH");
  }
  if (uid && fetch->trusted) {
    const bool usable = *uid > 0 && *uid <= kMaxUid.value;
    const Uid said{usable ? static_cast<std::uint32_t>(*uid) : 0};
    const bool agrees = usable && (!fetch->response.uid || *fetch->response.uid == said);
    fetch->response.uid = agrees ? std::optional(said) : std::nullopt;
  }
  return ParsedLine{std::move(fetch->response), std::move(fetch->quoted_body), false};
}

/// "* n NAME …"
Result<ParsedLine> numbered(std::string_view number, Lexer& lexer, std::string_view line) {
  const auto value = parse_u64(number);
  lexer.spaces();
  const auto name = lexer.atom();
  lexer.spaces();
  if (!name) return unknown(number);
  if (same_word(*name, "FETCH")) return fetch_response(lexer, line, {});
  if (same_word(*name, "UIDFETCH")) return fetch_response(lexer, line, value ? *value : 0);
  if (same_word(*name, "EXPUNGE")) return known(ExpungeResponse{});
  if (same_word(*name, "EXISTS") && value && *value <= kMaxUid.value) {
    return known(ExistsResponse{*value});
  }
  return unknown(*name);
}

bool is_number(std::string_view word) {
  if (word.starts_with('-')) word.remove_prefix(1);
  return !word.empty() && word.find_first_not_of("0123456789") == std::string_view::npos;
}

Result<ParsedLine> untagged(Lexer& lexer, std::string_view line) {
  lexer.spaces();
  if (lexer.peek() == '[') return known(resp_text(StatusKind::kOk, {}, lexer));
  const std::string_view name = lexer.word();
  if (name.empty()) return strange(line);
  if (is_number(name)) return numbered(name, lexer, line);
  if (const auto kind = status_kind(name)) return known(resp_text(*kind, {}, lexer));
  lexer.spaces();
  if (same_word(name, "CAPABILITY")) return atoms<CapabilityResponse>(lexer);
  if (same_word(name, "ENABLED")) return atoms<EnabledResponse>(lexer);
  if (same_word(name, "ID")) return id_response(lexer);
  if (same_word(name, "NAMESPACE")) return namespace_response(lexer);
  if (same_word(name, "LIST") || same_word(name, "XLIST")) return list_response(lexer);
  if (same_word(name, "STATUS")) return status_data(lexer);
  if (same_word(name, "SEARCH")) return search_response(lexer, line);
  if (same_word(name, "ESEARCH")) return esearch_response(lexer, line);
  if (same_word(name, "VANISHED")) return vanished_response(lexer);
  return unknown(name);
}

}  // namespace

Result<ParsedLine> parse_response(std::string_view line, std::size_t nesting) {
  if (line.starts_with('+')) {
    line.remove_prefix(line.starts_with("+ ") ? 2 : 1);
    return known(ContinuationResponse{std::string(line)});
  }
  Lexer lexer(line, nesting);
  const std::string_view tag = lexer.word();
  if (tag == "*") return untagged(lexer, line);
  lexer.spaces();
  const auto kind = status_kind(lexer.word());
  if (tag.empty() || !kind) return strange(line);
  return known(resp_text(*kind, tag, lexer));
}

Response parse_beginning(std::string_view line) {
  Lexer lexer(line);
  const std::string_view tag = lexer.word();
  lexer.spaces();
  const bool untagged = tag == "*";
  if (untagged && lexer.peek() == '[') return StatusResponse{};
  std::string_view name = lexer.word();
  lexer.spaces();
  if (const auto kind = status_kind(name)) {
    return StatusResponse{untagged ? std::string() : std::string(tag), *kind, {}, {}};
  }
  if (is_number(name)) name = lexer.word();
  return unknown(name).response;
}

}  // namespace imapkeep::imap
