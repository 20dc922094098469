// What a session of the model says about folders and messages.
#include <algorithm>
#include <cstdio>
#include <ctime>
#include <utility>

#include "tests/support/model_session.h"
#include "tests/support/model_text.h"

namespace imapkeep {

using model_text::take_astring;
using model_text::upper;

namespace {

std::string quoted_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

/// A sequence-set; `*` is the highest UID.
bool set_contains(const std::string& set, std::uint32_t uid, std::uint32_t highest) {
  std::size_t at = 0;
  while (at < set.size()) {
    const auto comma = std::min(set.find(',', at), set.size());
    const std::string part = set.substr(at, comma - at);
    at = comma + 1;
    const auto number = [&](const std::string& text) {
      return text == "*" ? std::uint64_t{highest} : std::stoull(text);
    };
    const auto colon = part.find(':');
    auto first = number(part.substr(0, colon));
    auto last = colon == std::string::npos ? first : number(part.substr(colon + 1));
    if (first > last) std::swap(first, last);
    if (uid >= first && uid <= last) return true;
  }
  return false;
}

std::string internal_date(std::int64_t unix_seconds) {
  const auto at = static_cast<std::time_t>(unix_seconds);
  std::tm parts{};
  gmtime_r(&at, &parts);
  static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  char text[64];
  std::snprintf(text, sizeof text, "\"%2d-%s-%04d %02d:%02d:%02d +0000\"", parts.tm_mday,
                kMonths[parts.tm_mon], parts.tm_year + 1900, parts.tm_hour, parts.tm_min,
                parts.tm_sec);
  return text;
}

std::string flag_list(const std::set<std::string>& flags) {
  std::string out = "(";
  for (const auto& flag : flags) out += (out.size() > 1 ? " " : "") + flag;
  return out + ")";
}

/// RFC 9051 sequence-set of ascending UIDs.
std::string compact(const std::vector<std::uint32_t>& uids) {
  std::string out;
  for (std::size_t i = 0; i < uids.size();) {
    std::size_t last = i;
    while (last + 1 < uids.size() && uids[last + 1] == uids[last] + 1) ++last;
    if (!out.empty()) out += ',';
    out += std::to_string(uids[i]);
    if (last > i) out += ':' + std::to_string(uids[last]);
    i = last + 1;
  }
  return out;
}

}  // namespace

std::string ModelSession::status_items(const ModelMailbox& mailbox, bool mod_seq) const {
  std::string out = "(MESSAGES " + std::to_string(mailbox.messages.size()) + "";
  if (!mailbox.faults.no_uid_next) out += " UIDNEXT " + std::to_string(mailbox.uid_next);
  if (!mailbox.faults.no_uid_validity) {
    out += " UIDVALIDITY " + std::to_string(mailbox.uid_validity);
  }
  if (mod_seq && offers("CONDSTORE")) {
    out +=
        " HIGHESTMODSEQ " + std::to_string(mailbox.faults.no_mod_seq ? 0 : mailbox.highest_mod_seq);
  }
  return out + ")";
}

void ModelSession::list(const std::string& tag, const std::string& command) {
  const std::string text = upper(command);
  const bool extended = text.find("RETURN") != std::string::npos;
  if (server_.refuse_list) return say(tag + " " + *server_.refuse_list);
  if (extended && !offers("LIST-EXTENDED")) return say(tag + " BAD no RETURN here");
  if (extended && server_.refuse_list_return) return say(tag + " " + *server_.refuse_list_return);
  const bool wants_status = text.find("STATUS") != std::string::npos && offers("LIST-STATUS");
  for (const auto& [name, mailbox] : server_.boxes_) {
    if (mailbox.faults.not_listed || (server_.list_without_inbox && name == "INBOX")) continue;
    std::string attributes;
    for (const auto& attribute : mailbox.attributes) {
      attributes += (attributes.empty() ? "" : " ") + attribute;
    }
    untagged("LIST (" + attributes + ") \"" + std::string(1, server_.delimiter) + "\" " +
             quoted_string(name));
    if (wants_status && attributes.find("\\No") == std::string::npos &&
        !mailbox.faults.refuse_status) {
      untagged("STATUS " + quoted_string(name) + " " +
               status_items(mailbox, text.find("HIGHESTMODSEQ") != std::string::npos));
    }
  }
  say(tag + " OK done");
}

void ModelSession::status(const std::string& tag, const std::string& command) {
  std::string rest = command.substr(7);
  const std::string name = take_astring(rest);
  if (!server_.has_folder(name)) return say(tag + " NO [NONEXISTENT] no such folder");
  const auto& mailbox = server_.box(name);
  if (mailbox.faults.refuse_status) return say(tag + " " + *mailbox.faults.refuse_status);
  untagged("STATUS " + quoted_string(name) + " " +
           status_items(mailbox, upper(rest).find("HIGHESTMODSEQ") != std::string::npos));
  say(tag + " OK done");
}

void ModelSession::examine(const std::string& tag, const std::string& command) {
  std::string rest = command.substr(8);
  const std::string name = take_astring(rest);
  mailbox_.reset();
  told_.clear();
  if (!server_.has_folder(name)) return say(tag + " NO [NONEXISTENT] no such folder");
  auto& mailbox = server_.box(name);
  if (mailbox.faults.refuse_examine) return say(tag + " " + *mailbox.faults.refuse_examine);
  mailbox_ = name;
  overlooked_ = std::exchange(mailbox.faults.overlooked, {});
  for (const auto& [uid, message] : mailbox.messages) {
    if (!overlooked_.contains(uid)) told_.push_back({uid, message.mod_seq});
  }
  untagged("FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)");
  untagged(std::to_string(told_.size()) + " EXISTS");
  untagged("0 RECENT");
  if (!mailbox.faults.no_uid_validity) {
    untagged("OK [UIDVALIDITY " + std::to_string(mailbox.uid_validity) + "] valid");
  }
  if (!mailbox.faults.no_uid_next) {
    untagged("OK [UIDNEXT " + std::to_string(mailbox.uid_next) + "] next");
  }
  if (!mailbox.mailbox_id.empty()) untagged("OK [MAILBOXID (" + mailbox.mailbox_id + ")] id");
  if (offers("CONDSTORE")) {
    untagged(mailbox.faults.no_mod_seq
                 ? "OK [NOMODSEQ] none"
                 : "OK [HIGHESTMODSEQ " + std::to_string(mailbox.highest_mod_seq) + "] highest");
  }
  say(tag + " OK [READ-ONLY] done");
}

void ModelSession::search(const std::string& tag, const std::string& command) {
  const std::string text = upper(command);
  const auto& mailbox = *examined();
  if (const auto no = std::exchange(server_.refuse_next_search, std::nullopt)) {
    return say(tag + " " + *no);
  }
  const bool returns = text.find("RETURN (ALL)") != std::string::npos;
  if (returns && !offers("ESEARCH")) return say(tag + " BAD no ESEARCH here");
  const std::string set = text.substr(text.rfind(' ') + 1);
  std::vector<std::uint32_t> found;
  for (const auto& [uid, message] : mailbox.messages) {
    if (overlooked_.contains(uid)) continue;
    if (set_contains(set, uid, mailbox.uid_next - 1) && !mailbox.faults.omit_search.contains(uid)) {
      found.push_back(uid);
    }
  }
  if (returns) {
    const auto& extra = mailbox.faults.extra_search;
    untagged("ESEARCH (TAG \"" + tag + "\") UID" + (found.empty() && extra.empty() ? "" : " ALL ") +
             (extra.empty() ? compact(found) : extra));
  } else {
    std::string line = "SEARCH";
    for (const auto uid : found) line += ' ' + std::to_string(uid);
    untagged(line);
  }
  say(tag + " OK done");
}

void ModelSession::fetch(const std::string& tag, const std::string& command) {
  std::string rest = command.substr(10);
  const std::string set = take_astring(rest);
  const std::string items = upper(rest);
  const bool body = items.find("BODY.PEEK[]") != std::string::npos;
  const bool facts = !body || items.find("FLAGS") != std::string::npos;
  const auto& mailbox = *examined();
  if (server_.refuse_headers && items.find("BODY.PEEK[HEADER]") != std::string::npos) {
    return say(tag + " " + *server_.refuse_headers);
  }
  if (body && server_.refuse_fetch) return say(tag + " " + *server_.refuse_fetch);
  const bool is_part = items.find("BODY.PEEK[]<") != std::string::npos;
  if (is_part && !server_.parts_are.empty() && server_.parts_are != "whole") {
    return say(tag + " " + server_.parts_are);
  }
  std::uint64_t since = 0;
  if (const auto at = items.find("CHANGEDSINCE "); at != std::string::npos) {
    since = std::stoull(items.substr(at + 13));
  }
  tell_news();
  const auto& spoil = mailbox.faults.refuse_facts;
  if (!body && std::any_of(spoil.begin(), spoil.end(), [&](std::uint32_t uid) {
        return !told_.empty() && set_contains(set, uid, told_.back().uid);
      })) {
    return say(tag + " NO [SERVERBUG] cannot read a message of these");
  }
  bool refused = false;
  for (std::size_t i = 0; i < told_.size(); ++i) {
    const auto uid = told_[i].uid;
    if (!set_contains(set, uid, told_.back().uid)) continue;
    const auto& message = mailbox.messages.at(uid);
    if (message.mod_seq <= since) continue;
    const auto& faults = mailbox.faults;
    if (body && faults.omit_body.contains(uid)) continue;
    if (facts && faults.omit_facts.contains(uid)) continue;
    if (body && faults.refuse_body.contains(uid)) {
      refused = true;
      continue;
    }
    if (body && die_at(faults.fatal_body, uid)) return;
    const bool header = items.find("BODY.PEEK[HEADER]") != std::string::npos;
    if (header && die_at(faults.fatal_header, uid)) return;
    if (items.find("FLAGS") != std::string::npos && die_at(faults.fatal_flags, uid)) return;
    if (items.find("INTERNALDATE") != std::string::npos && die_at(faults.fatal_facts, uid)) return;
    if (!fetch_one(i + 1, message, items)) return;
  }
  if (server_.behind_fetch) {
    server_.behind_fetch(command);
    tell_news();
  }
  say(tag + (refused ? " NO Some messages could not be FETCHed (Failure)" : " OK done"));
}

bool ModelSession::die_at(const std::set<std::uint32_t>& fatal, std::uint32_t uid) {
  if (!fatal.contains(uid)) return false;
  const std::string& how = examined()->faults.fatal;
  silent_ = how == "silence";
  if (silent_) return true;
  if (!how.empty()) say(how);
  link_->close();
  return true;
}

bool ModelSession::fetch_one(std::size_t number, const ModelMessage& message,
                             const std::string& items) {
  const auto& mailbox = *examined();
  const auto& faults = mailbox.faults;
  const auto uid = message.uid;
  std::string facts;
  const auto add = [&](const std::string& fact) { facts += (facts.empty() ? "" : " ") + fact; };
  const std::string uid_alone = "UID " + std::to_string(uid);
  if (items.find("FLAGS") != std::string::npos && !faults.omit_flags.contains(uid)) {
    const std::string flags = "FLAGS " + flag_list(message.flags);
    if (faults.split_facts) {
      say("* " + std::to_string(number) + " FETCH (" + uid_alone + " " + flags + ")");
    } else {
      add(flags);
    }
  }
  if (items.find("INTERNALDATE") != std::string::npos && !faults.no_internal_date.contains(uid)) {
    add("INTERNALDATE " + internal_date(message.internal_date));
  }
  if (items.find("RFC822.SIZE") != std::string::npos) {
    const auto wrong = faults.wrong_size.find(uid);
    add("RFC822.SIZE " +
        std::to_string(wrong == faults.wrong_size.end() ? message.body.size() : wrong->second));
  }
  if (items.find("MODSEQ") != std::string::npos ||
      items.find("CHANGEDSINCE") != std::string::npos) {
    add("MODSEQ (" + std::to_string(message.mod_seq) + ")");
  }
  const std::string& uid_item = uid_alone;
  const std::string head = "* " + std::to_string(number) + " FETCH (";
  if (items.find("BODY.PEEK[HEADER]") != std::string::npos) {
    const auto end = message.body.find("\r\n\r\n");
    const std::string header = message.body.substr(0, end == std::string::npos ? end : end + 4);
    ++server_.headers_served_;
    say(head + uid_item + " BODY[HEADER] {" + std::to_string(header.size()) + "}\r\n" + header +
        ")");
    return true;
  }
  if (items.find("BODY.PEEK[]") == std::string::npos) {
    say(head + uid_item + (facts.empty() ? "" : " " + facts) + ")");
    return true;
  }
  if (faults.nil_body.contains(uid)) {
    say(head + uid_item + " BODY[] NIL)");
    return true;
  }
  const auto other = faults.other_body.find(uid);
  std::string bytes = other == faults.other_body.end() ? message.body : other->second;
  if (auto& before = server_.box(mailbox.name).faults.bodies_before[uid]; !before.empty()) {
    bytes = std::move(before.front());
    before.pop_front();
  }
  std::string origin;
  if (const auto part = items.find("BODY.PEEK[]<"); part != std::string::npos) {
    const std::size_t from =
        std::min<std::size_t>(std::stoull(items.substr(part + 12)), bytes.size());
    if (server_.parts_are != "whole") {
      const auto count = items.find('.', part + 12);
      bytes = bytes.substr(from, std::stoull(items.substr(count + 1)));
      origin = "<" + std::to_string(from) + ">";
    }
  }
  ++server_.served_[{mailbox.name, uid}];
  if (!facts.empty()) facts += ' ';
  say(head + (faults.uid_behind_body ? "" : uid_item + " ") + facts + "BODY[]" + origin + " {" +
      std::to_string(bytes.size()) + "}");
  if (server_.session_octets && octets_ + bytes.size() > *server_.session_octets) {
    link_->send(std::string_view(bytes).substr(0, *server_.session_octets - octets_));
    if (!server_.session_end.empty()) say(server_.session_end);
    link_->close();
    return false;
  }
  octets_ += bytes.size();
  if (faults.disconnect_at.contains(uid)) {
    link_->send(std::string_view(bytes).substr(0, bytes.size() / 2));
    link_->close();
    return false;
  }
  link_->send(bytes);
  say((faults.uid_behind_body ? " " + uid_item : "") + ")");
  return true;
}

void ModelSession::tell_news() {
  const auto* mailbox = examined();
  if (!mailbox) return;
  bool removed = false;
  for (std::size_t i = told_.size(); i > 0; --i) {
    if (mailbox->messages.contains(told_[i - 1].uid)) continue;
    if (!server_.removals_by_count) untagged(std::to_string(i) + " EXPUNGE");
    removed = true;
    told_.erase(told_.begin() + static_cast<std::ptrdiff_t>(i - 1));
  }
  const auto known = told_.size();
  for (std::size_t i = 0; i < known; ++i) {
    const auto& message = mailbox->messages.at(told_[i].uid);
    if (message.mod_seq == told_[i].mod_seq) continue;
    told_[i].mod_seq = message.mod_seq;
    const std::string uid =
        server_.news_without_uid ? std::string() : "UID " + std::to_string(message.uid) + " ";
    untagged(std::to_string(i + 1) + " FETCH (" + uid + "FLAGS " + flag_list(message.flags) + ")");
  }
  const auto highest = told_.empty() ? 0 : told_.back().uid;
  for (auto it = mailbox->messages.upper_bound(highest); it != mailbox->messages.end(); ++it) {
    if (!overlooked_.contains(it->first)) told_.push_back({it->first, it->second.mod_seq});
  }
  const bool by_count = removed && server_.removals_by_count;
  if (told_.size() != known || by_count) untagged(std::to_string(told_.size()) + " EXISTS");
}

}  // namespace imapkeep
