#include "sync/imap/fetch_parser.h"

#include <charconv>
#include <limits>
#include <utility>
#include <vector>

#include "sync/imap/types/date_time.h"

namespace imapkeep::imap {
namespace {

enum class BodyItem { kNone, kMessage, kPart, kOther };

/// The n of BODY[]<n>.
std::optional<std::uint64_t> origin_of(std::string_view name) {
  const std::size_t open = name.find('<');
  if (open == std::string_view::npos || !name.ends_with('>')) return std::nullopt;
  const std::string_view digits = name.substr(open + 1, name.size() - open - 2);
  std::uint64_t origin = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), origin);
  const bool whole = read.ec == std::errc() && read.ptr == digits.data() + digits.size();
  return whole ? std::optional(origin) : std::nullopt;
}

/// BODY[] and its kind; BODY[HEADER], RFC822.HEADER and the rest are none.
BodyItem body_item(std::string_view name) {
  if (same_word(name, "BODY[]") || same_word(name, "RFC822") || same_word(name, "BODY.PEEK[]")) {
    return BodyItem::kMessage;
  }
  const std::string_view stem = name.substr(0, name.find('<'));
  if (same_word(stem, "BODY[]") && origin_of(name)) return BodyItem::kPart;
  const bool other = same_word(stem, "BODY[]") || same_word(stem, "BODY.PEEK[]") ||
                     same_word(stem, "BINARY[]") || same_word(stem, "BINARY.PEEK[]");
  return other ? BodyItem::kOther : BodyItem::kNone;
}

bool is_header(std::string_view name) {
  return same_word(name, "BODY[HEADER]") || same_word(name, "RFC822.HEADER");
}

/// Behind a body only what servers are known to say is believed. A literal that was announced too
/// short goes on with the rest of the message, and that must not pass for an item.
bool may_follow_body(std::string_view name) {
  for (const auto* item :
       {"EMAILID", "THREADID", "SAVEDATE", "BODY", "BODYSTRUCTURE", "ENVELOPE"}) {
    if (same_word(name, item)) return true;
  }
  const std::string_view start = name.substr(0, 5);
  return same_word(start, "X-GM-") || same_word(start, "BODY[");
}

class MsgAtt {
 public:
  explicit MsgAtt(Lexer& lexer) : lexer_(lexer) {}

  std::optional<ParsedFetch> parse() {
    if (!lexer_.accept('(')) return std::nullopt;
    while (true) {
      lexer_.spaces();
      if (lexer_.accept(')')) break;
      if (!item()) return std::nullopt;
    }
    // Domino closes more than it opened.
    while (lexer_.accept(')') || lexer_.peek() == ' ') lexer_.spaces();
    if (!lexer_.at_end()) return std::nullopt;
    return finish();
  }

 private:
  bool item() {
    const auto name = lexer_.fetch_item();
    if (!name) return false;
    lexer_.spaces();
    const bool behind_body = response_.body == FetchResponse::Body::kStreamed;
    if (lexer_.peek() == ')') return !behind_body;  // an item without its value
    const BodyItem body_kind = body_item(*name);
    if (body_kind != BodyItem::kNone) return body(body_kind, *name);
    if (same_word(*name, "UID")) return uid();
    if (same_word(*name, "FLAGS")) return flags();
    if (same_word(*name, "INTERNALDATE")) return internal_date();
    if (same_word(*name, "RFC822.SIZE")) return lexer_.number(response_.rfc822_size);
    if (same_word(*name, "MODSEQ")) return mod_seq();
    if (!behind_body && is_header(*name)) return header();
    return (!behind_body || may_follow_body(*name)) && lexer_.skip_value();
  }

  bool uid() {
    std::optional<std::uint64_t> number;
    if (!lexer_.number(number)) return false;
    if (!number || *number == 0 || *number > kMaxUid.value) return true;
    const Uid uid{static_cast<std::uint32_t>(*number)};
    if (response_.uid && *response_.uid != uid) untrusted_ = true;
    response_.uid = uid;
    return true;
  }

  bool flags() {
    if (lexer_.peek() != '(') {  // NIL says nothing, and above all not "no flags"
      return lexer_.skip_value();
    }
    std::vector<std::string> found;
    lexer_.accept('(');
    for (std::size_t depth = 1; depth > 0;) {
      lexer_.spaces();
      if (lexer_.accept('(')) {
        if (++depth > kFlagNesting) return false;
      } else if (lexer_.accept(')')) {
        --depth;
      } else {
        const auto flag = lexer_.text();
        if (!flag || flag->kind == Text::Kind::kStreamed) return false;
        // `\*` belongs to PERMANENTFLAGS and is no flag.
        if (!flag->is_nil() && flag->bytes != "\\*") found.push_back(flag_name(*flag));
      }
    }
    response_.flags.emplace();
    response_.flags->add_all(std::move(found));
    return true;
  }

  /// A quoted flag may or may not have had its backslash escaped.
  static std::string flag_name(const Text& flag) {
    std::string name = flag.str();
    const bool bare = flag.kind == Text::Kind::kQuoted && flag.bytes.starts_with('\\') &&
                      !flag.bytes.starts_with("\\\\") && !flag.bytes.starts_with("\\\"");
    return bare ? "\\" + name : name;
  }

  bool internal_date() {
    const auto text = lexer_.text();
    if (!text || text->kind == Text::Kind::kStreamed) return false;
    response_.internal_date = parse_date_time(text->bytes);
    response_.date = text->is_nil() ? std::string() : text->str().substr(0, kMostDate);
    return true;
  }

  bool mod_seq() {
    const bool in_list = lexer_.accept('(');
    lexer_.spaces();
    if (in_list && lexer_.accept(')')) return true;
    if (!lexer_.number(response_.mod_seq)) return false;
    if (response_.mod_seq > std::uint64_t{std::numeric_limits<std::int64_t>::max()}) {
      response_.mod_seq.reset();
    }
    lexer_.spaces();
    return !in_list || lexer_.accept(')');
  }

  bool header() {
    const auto text = lexer_.text();
    if (!text) return false;
    if (response_.header) untrusted_ = true;
    // One that was too long to be held has gone by: as if it had not been said.
    const bool held = text->kind != Text::Kind::kStreamed && !text->is_nil();
    if (held) response_.header = text->str();
    return true;
  }

  bool body(BodyItem kind, std::string_view name) {
    const auto origin = kind == BodyItem::kPart ? origin_of(name) : std::nullopt;
    const auto text = lexer_.text();
    if (!text) return false;
    const bool second = response_.body != FetchResponse::Body::kNone || quoted_body_;
    if (second || kind == BodyItem::kOther) untrusted_ = true;
    if (!second) response_.body_origin = origin;
    if (text->is_nil()) {
      if (response_.body == FetchResponse::Body::kNone) {
        response_.body = FetchResponse::Body::kNil;
      }
      return true;
    }
    if (text->kind == Text::Kind::kQuoted) {
      quoted_body_ = text->str();
      return true;
    }
    if (text->kind != Text::Kind::kStreamed) return false;
    if (response_.body != FetchResponse::Body::kStreamed) response_.body_size = text->size;
    response_.body = FetchResponse::Body::kStreamed;
    return lexer_.peek() == ' ' || lexer_.peek() == ')';
  }

  ParsedFetch finish() {
    if (untrusted_) {
      response_.uid.reset();
      if (response_.body != FetchResponse::Body::kStreamed) {
        response_.body = FetchResponse::Body::kNone;
      }
      quoted_body_.reset();
    }
    if (quoted_body_) {
      response_.body = FetchResponse::Body::kStreamed;
      response_.body_size = quoted_body_->size();
    }
    return {std::move(response_), std::move(quoted_body_), !untrusted_};
  }

  static constexpr std::size_t kFlagNesting = 32;
  static constexpr std::size_t kMostDate = 64;  // a date-time has 26 bytes

  Lexer& lexer_;
  FetchResponse response_;
  std::optional<std::string> quoted_body_;
  bool untrusted_ = false;
};

}  // namespace

std::optional<ParsedFetch> parse_msg_att(Lexer& lexer) { return MsgAtt(lexer).parse(); }

LiteralOf literal_of(std::string_view line, std::size_t nesting) {
  Lexer lexer(line, nesting);
  if (!lexer.accept('*')) return LiteralOf::kOther;
  lexer.spaces();
  lexer.word();
  lexer.spaces();
  const auto name = lexer.atom();
  if (!name || !(same_word(*name, "FETCH") || same_word(*name, "UIDFETCH"))) {
    return LiteralOf::kOther;
  }
  lexer.spaces();
  if (!lexer.accept('(')) return LiteralOf::kOther;
  while (true) {
    lexer.spaces();
    const auto item = lexer.fetch_item();
    if (!item) return LiteralOf::kOther;
    lexer.spaces();
    if (lexer.at_end()) {
      if (body_item(*item) != BodyItem::kNone) return LiteralOf::kBody;
      return is_header(*item) ? LiteralOf::kHeader : LiteralOf::kOther;
    }
    if (lexer.peek() != ')' && !lexer.skip_value()) return LiteralOf::kOther;
  }
}

}  // namespace imapkeep::imap
