#include "daemon/control/control_protocol.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

namespace imapkeep {
namespace {

using Json = nlohmann::ordered_json;

// A byte takes six in JSON at most (\u001b), so that a line of one piece stays below the limit.
constexpr std::size_t kPiece = 10 * 1024;

struct VerbWord {
  ControlRequest::Verb verb;
  std::string_view word;
};
constexpr std::array<VerbWord, 4> kVerbs = {{{ControlRequest::Verb::kSync, "sync"},
                                             {ControlRequest::Verb::kStatus, "status"},
                                             {ControlRequest::Verb::kReload, "reload"},
                                             {ControlRequest::Verb::kWake, "wake"}}};

struct CountWord {
  std::uint64_t ProgressCounts::*count;
  const char* word;
};
constexpr std::array<CountWord, 5> kCounts = {{{&ProgressCounts::planned, "planned"},
                                               {&ProgressCounts::stored, "stored"},
                                               {&ProgressCounts::received_bytes, "received_bytes"},
                                               {&ProgressCounts::folders_done, "folders_done"},
                                               {&ProgressCounts::folders, "folders"}}};

std::string json_line(const Json& object) {
  return object.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

/// A piece from the front, not cut inside a character.
std::string_view take_piece(std::string_view& text) {
  std::size_t end = std::min(text.size(), kPiece);
  if (end < text.size()) {
    const auto continues = [&](std::size_t at) { return (text[at] & 0xc0) == 0x80; };
    std::size_t start = end;
    while (start > end - 4 && continues(start)) --start;
    if (!continues(start)) end = start;
  }
  const std::string_view piece = text.substr(0, end);
  text.remove_prefix(end);
  return piece;
}

Error bad_request(std::string what) {
  return {Remedy::kNeedsOperator, Trouble::kUsage, "control request: " + std::move(what), 0};
}

Error bad_answer(std::string_view what) {
  return server_error("the daemon's answer is not understood: " + std::string(what));
}

std::string quoted(const std::string& word) { return "`" + printable_utf8(word, 64) + "`"; }

std::optional<Error> read_verb(const Json& value, ControlRequest& request) {
  if (!value.is_string()) return bad_request("`do` is not a string");
  const auto& word = value.get_ref<const std::string&>();
  for (const VerbWord& known : kVerbs) {
    if (known.word != word) continue;
    request.verb = known.verb;
    return std::nullopt;
  }
  return bad_request("cannot do " + quoted(word) + "; sync, status, reload and wake are known");
}

std::optional<Error> read_accounts(const Json& value, ControlRequest& request) {
  if (!value.is_array()) return bad_request("`accounts` is not a list");
  for (const Json& name : value) {
    if (!name.is_string()) return bad_request("an account's name is not a string");
    request.accounts.push_back(name.get<std::string>());
  }
  return std::nullopt;
}

std::optional<Error> read_flag(const std::string& key, const Json& value, bool& flag) {
  if (!value.is_boolean()) return bad_request("`" + key + "` is neither true nor false");
  flag = value.get<bool>();
  return std::nullopt;
}

std::optional<Error> read_member(const std::string& key, const Json& value,
                                 ControlRequest& request) {
  if (key == "imapkeep") return std::nullopt;
  if (key == "do") return read_verb(value, request);
  if (key == "accounts") return read_accounts(value, request);
  if (key == "json") return read_flag(key, value, request.json);
  if (key == "watch") return read_flag(key, value, request.watch);
  if (key == "accept_gone") return read_flag(key, value, request.accept_gone);
  return bad_request("unknown member " + quoted(key));
}

bool is_version(const Json& value) {
  return value.is_number_unsigned() && value.get<std::uint64_t>() == kControlVersion;
}

Result<ProgressCounts> read_counts(const Json& value) {
  if (!value.is_object()) return bad_answer("`progress` is not an object");
  ProgressCounts counts;
  for (const CountWord& known : kCounts) {
    const auto found = value.find(known.word);
    if (found == value.end()) continue;
    if (!found->is_number_unsigned()) return bad_answer("a count is not a whole number");
    counts.*known.count = found->get<std::uint64_t>();
  }
  return counts;
}

}  // namespace

Result<std::optional<std::string>> ControlLines::next() {
  const std::size_t end = bytes_.find('\n', searched_);
  if (std::min(end, bytes_.size()) > kMostControlLine) {
    return Error{Remedy::kNeedsOperator, Trouble::kUsage, "a line is longer than 64 KiB", 0};
  }
  if (end == std::string::npos) {
    searched_ = bytes_.size();
    return std::optional<std::string>();
  }
  std::optional<std::string> line = bytes_.substr(0, end);
  bytes_.erase(0, end + 1);
  searched_ = 0;
  return line;
}

std::string encode_request(const ControlRequest& request) {
  Json object{{"imapkeep", kControlVersion}};
  for (const VerbWord& known : kVerbs) {
    if (known.verb == request.verb) object["do"] = known.word;
  }
  if (!request.accounts.empty()) object["accounts"] = request.accounts;
  if (request.json) object["json"] = true;
  if (request.watch) object["watch"] = true;
  if (request.accept_gone) object["accept_gone"] = true;
  return json_line(object);
}

Result<ControlRequest> decode_request(ByteView line) {
  const Json object = Json::parse(line.begin(), line.end(), nullptr, false);
  if (!object.is_object()) return bad_request("it is not a JSON object");
  const auto version = object.find("imapkeep");
  if (version == object.end()) return bad_request("it does not begin with {\"imapkeep\":1");
  if (!is_version(*version)) {
    return bad_request("this daemon speaks version 1 of the protocol and no other");
  }
  if (!object.contains("do")) return bad_request("it does not say what to `do`");
  ControlRequest request;
  for (const auto& [key, value] : object.items()) {
    if (auto error = read_member(key, value, request)) return std::move(*error);
  }
  const bool takes_accounts =
      request.verb == ControlRequest::Verb::kSync || request.verb == ControlRequest::Verb::kWake;
  const bool is_status = request.verb == ControlRequest::Verb::kStatus;
  if (!takes_accounts && !request.accounts.empty())
    return bad_request("only `sync` and `wake` take `accounts`");
  if (!is_status && request.json) return bad_request("only `status` takes `json`");
  if (!is_status && request.watch) return bad_request("only `status` takes `watch`");
  const bool names_accounts =
      request.verb == ControlRequest::Verb::kSync && !request.accounts.empty();
  if (request.accept_gone && !names_accounts)
    return bad_request("only `sync` of named `accounts` takes `accept_gone`");
  return request;
}

std::string encode_out(std::string_view text) {
  std::string lines;
  while (!text.empty()) lines += json_line({{"out", take_piece(text)}});
  return lines;
}

std::string encode_line(std::string_view text) {
  std::string whole(take_piece(text));
  if (!text.empty()) whole += "…";
  return json_line({{"line", whole}});
}

std::string encode_page(std::string_view text) {
  std::string lines;
  do {
    Json object{{"page", take_piece(text)}};
    if (!text.empty()) object["more"] = true;
    lines += json_line(object);
  } while (!text.empty());
  return lines;
}

std::string encode_progress(const ProgressCounts& counts) {
  Json object = Json::object();
  for (const CountWord& known : kCounts) object[known.word] = counts.*known.count;
  return json_line({{"progress", object}});
}

std::string encode_end(int exit_code) { return json_line({{"end", exit_code}}); }

Result<ControlAnswer> decode_answer(ByteView line) {
  using Kind = ControlAnswer::Kind;
  const Json object = Json::parse(line.begin(), line.end(), nullptr, false);
  if (!object.is_object()) return bad_answer("it is not a JSON object");
  ControlAnswer answer;
  constexpr std::array<std::pair<const char*, Kind>, 3> kTexts = {
      {{"out", Kind::kOut}, {"line", Kind::kLine}, {"page", Kind::kPage}}};
  for (const auto& [word, kind] : kTexts) {
    const auto found = object.find(word);
    if (found == object.end()) continue;
    if (!found->is_string()) return bad_answer("a text is not a string");
    const auto more = object.find("more");
    return ControlAnswer{kind, found->get<std::string>(), more != object.end() && *more == true};
  }
  if (const auto found = object.find("progress"); found != object.end()) {
    const auto counts = read_counts(*found);
    if (!counts) return counts.error();
    return ControlAnswer{Kind::kProgress, "", false, *counts};
  }
  if (const auto found = object.find("end"); found != object.end()) {
    if (!found->is_number_unsigned() || found->get<std::uint64_t>() > 255) {
      return bad_answer("`end` is not an exit code");
    }
    return ControlAnswer{Kind::kEnd, "", false, {}, found->get<int>()};
  }
  return answer;
}

}  // namespace imapkeep
