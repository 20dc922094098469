#include "sync/imap/command_writer.h"

#include <algorithm>
#include <utility>

#include "daemon/base/bytes.h"

namespace imapkeep::imap {
namespace {

constexpr std::size_t kMaxQuoted = 500;         // RFC 2683 §3.2.1.5 wants lines under 1000
constexpr std::size_t kMaxMinusLiteral = 4096;  // RFC 7888 §4

bool is_atom(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return is_plain_text(c) && std::string_view(" (){%*\"\\]").find(c) == std::string_view::npos;
  });
}

}  // namespace

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

CommandWriter::CommandWriter(std::string name, Literals literals) : literals_(literals) {
  text_ = name;
  command_.name = std::move(name);
}

CommandWriter& CommandWriter::raw(std::string_view text) {
  text_ += text;
  return *this;
}

CommandWriter& CommandWriter::string(std::string_view text) {
  const bool plain = std::all_of(text.begin(), text.end(), is_plain_text);
  return plain && text.size() <= kMaxQuoted ? raw(quoted(text)) : literal(text);
}

CommandWriter& CommandWriter::mailbox(const MailboxName& name) {
  const auto control = [](char c) { return (c >= 0 && c < 0x20) || c == 0x7f; };
  const bool utf8 = name.encoding == NameEncoding::kUtf8 && name.raw.size() <= kMaxQuoted &&
                    std::none_of(name.raw.begin(), name.raw.end(), control) && is_utf8(name.raw);
  return utf8 ? raw(quoted(name.raw)) : string(name.raw);
}

CommandWriter& CommandWriter::flags(const Flags& flags) {
  std::string_view before;
  const auto add = [&](bool is_set, std::string_view flag) {
    if (!is_set) return;
    raw(before).raw(flag);
    before = " ";
  };
  raw("(");
  add(flags.answered, "\\Answered");
  add(flags.flagged, "\\Flagged");
  add(flags.deleted, "\\Deleted");
  add(flags.seen, "\\Seen");
  add(flags.draft, "\\Draft");
  add(flags.forwarded, "$Forwarded");
  for (const auto& keyword : flags.keywords) add(is_atom(keyword), keyword);
  return raw(")");
}

Command CommandWriter::end(bool secret) {
  text_ += "\r\n";
  command_.pieces.push_back(std::move(text_));
  command_.secret = secret;
  return std::move(command_);
}

Command CommandWriter::end_with_literal(std::uint64_t size, bool binary) {
  const bool at_once = goes_at_once(size);
  text_ += (binary ? "~{" : "{") + std::to_string(size) + (at_once ? "+}" : "}");
  auto command = end();
  command.literal = StreamedLiteral{size, !at_once, "\r\n"};
  return command;
}

bool CommandWriter::goes_at_once(std::uint64_t size) const {
  return literals_ == Literals::kPlus ||
         (literals_ == Literals::kMinus && size <= kMaxMinusLiteral);
}

CommandWriter& CommandWriter::literal(std::string_view text) {
  const bool at_once = goes_at_once(text.size());
  text_ += '{' + std::to_string(text.size()) + (at_once ? "+}\r\n" : "}\r\n");
  if (!at_once) {
    command_.pieces.push_back(std::move(text_));
    text_.clear();
  }
  return raw(text);
}

}  // namespace imapkeep::imap
