#include <algorithm>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>

#include "daemon/base/bytes.h"
#include "daemon/base/hash.h"
#include "daemon/base/percent.h"
#include "sync/imap/types/date_time.h"
#include "sync/journal/codec_words.h"
#include "sync/journal/journal_codec.h"

namespace imapkeep {
namespace {

using Json = nlohmann::json;

/// Reads members one by one; the first that is missing or of the wrong kind is remembered.
class Members {
 public:
  explicit Members(const Json& json) : json_(json) {}

  std::uint32_t u32(const char* member) {
    const Json* found = find(member);
    if (!found || !found->is_number_unsigned() ||
        found->get<std::uint64_t>() > std::numeric_limits<std::uint32_t>::max()) {
      return fail(member), 0;
    }
    return found->get<std::uint32_t>();
  }
  std::uint64_t u64(const char* member) {
    const auto value = parse_u64(text(member));
    if (!value) fail(member);
    return value.value_or(0);
  }
  std::int64_t i64(const char* member) {
    std::string digits = text(member);
    const bool negative = !digits.empty() && digits.front() == '-';
    if (negative) digits.erase(0, 1);
    const auto value = parse_u64(digits);
    if (!value || *value > INT64_MAX) return fail(member), 0;
    const auto magnitude = static_cast<std::int64_t>(*value);
    return negative ? -magnitude : magnitude;
  }
  std::string text(const char* member) {
    const Json* found = find(member);
    if (!found || !found->is_string()) return fail(member), std::string();
    return found->get<std::string>();
  }
  std::string raw(const char* member) {
    const auto bytes = percent_decode(text(member));
    if (!bytes) fail(member);
    return bytes.value_or("");
  }
  [[nodiscard]] bool has(const char* member) const { return find(member) != nullptr; }
  /// A member that is left out when it is empty.
  std::string raw_if_any(const char* member) { return find(member) ? raw(member) : std::string(); }
  std::string path(const char* member) { return checked_path(member, text(member)); }
  std::string path_if_any(const char* member) {
    return find(member) ? path(member) : std::string();
  }
  /// A member that is left out when there are none.
  std::vector<std::string> paths(const char* member) {
    std::vector<std::string> paths;
    const Json* list = find(member);
    if (!list) return paths;
    if (!list->is_array()) return fail(member), paths;
    for (const Json& item : *list) {
      if (!item.is_string()) return fail(member), paths;
      paths.push_back(checked_path(member, item.get<std::string>()));
    }
    return paths;
  }
  template <class Words>
  auto word(const char* member, const Words& words) {
    const auto value = value_of(words, text(member));
    if (!value) fail(member);
    return value.value_or(words.front().first);
  }
  MessageKey key() { return {{u32("folder")}, {u32("validity")}, {u32("uid")}}; }
  Flags flags() {
    Flags flags = Flags::from_maildir_letters(text("flags"));
    const Json* list = find("keywords");
    if (!list || !list->is_array()) return fail("keywords"), flags;
    for (const Json& item : *list) {
      const auto keyword = item.is_string() ? percent_decode(item.get_ref<const std::string&>())
                                            : std::optional<std::string>();
      if (!keyword) return fail("keywords"), flags;
      flags.keywords.push_back(*keyword);
    }
    return flags;
  }
  MailboxName name() {
    MailboxName mailbox;
    mailbox.raw = raw("name");
    mailbox.encoding = word("encoding", kEncodingWords);
    return mailbox;
  }
  char delimiter() {
    const std::string text = raw("delimiter");
    if (text.size() > 1) fail("delimiter");
    return text.empty() ? '\0' : text.front();
  }
  void fail(const char* member) {
    if (bad_.empty()) bad_ = member;
  }
  [[nodiscard]] const std::string& bad() const { return bad_; }

 private:
  /// Ours have no control characters: the store percent-encodes them.
  std::string checked_path(const char* member, std::string path) {
    const bool printable =
        std::none_of(path.begin(), path.end(), [](char c) { return (c & 0xe0) == 0 || c == 0x7f; });
    if (!printable) fail(member);
    return path;
  }
  const Json* find(const char* member) const {
    const auto found = json_.find(member);
    return found == json_.end() ? nullptr : &*found;
  }

  const Json& json_;
  std::string bad_;
};

/// Where the bytes are, as the store has put it: the last to be read of a line.
void where(Members& in, const PlaceCodec& places, MessageRecord& record) {
  if (in.has("base") || !in.has("place")) {
    if (!places.read_base(in.text("base"), record)) in.fail("base");
    return;
  }
  record.identity.size = in.u64("size");
  record.internal_date = std::max<std::int64_t>(parse_date_time(record.date).value_or(0), 0);
  if (!places.read_place(in.raw("place"), record)) in.fail("place");
}

MessageRecord message(Members& in, const PlaceCodec& places) {
  MessageRecord record;
  record.key = in.key();
  record.server_id = in.raw("id");
  record.rfc822_size = in.u64("rfc822");
  record.date = in.raw_if_any("date");
  const auto sha256 = Sha256Digest::from_hex(in.text("sha256"));
  if (!sha256) in.fail("sha256");
  record.identity.sha256 = sha256.value_or(Sha256Digest());
  record.flags = in.flags();
  record.decided = in.word("decided", kDecidedWords);
  record.doubtful = in.raw_if_any("doubtful");
  record.at_ms = in.i64("at");
  where(in, places, record);
  return record;
}

FolderRecord folder(Members& in) {
  FolderRecord record;
  record.id = {in.u32("folder")};
  record.name = in.name();
  record.delimiter = in.delimiter();
  record.path = in.path("path");
  record.at_ms = in.i64("at");
  return record;
}

FolderRenamingRecord renaming(Members& in) {
  FolderRenamingRecord record;
  record.id = {in.u32("folder")};
  record.name = in.name();
  record.delimiter = in.delimiter();
  record.from_path = in.path("from");
  record.path = in.path("path");
  record.at_ms = in.i64("at");
  return record;
}

SegmentHeader header(Members& in) {
  SegmentHeader header;
  header.format = in.u32("format");
  header.store_id = in.text("store");
  if (!from_hex(header.store_id)) in.fail("store");
  header.segment = in.u64("segment");
  header.at_ms = in.i64("at");
  return header;
}

std::optional<JournalLine> line_of(const std::string& type, Members& in, const PlaceCodec& places) {
  if (type == "message") return Record(message(in, places));
  if (type == "flags") return Record(FlagsRecord{in.key(), in.flags(), in.i64("at")});
  if (type == "gone") {
    return Record(
        GoneRecord{in.key(), in.word("to", kGoneWords), in.i64("at"), in.path_if_any("place")});
  }
  if (type == "folder") return Record(folder(in));
  if (type == "renaming") return Record(renaming(in));
  if (type == "folder-gone") return Record(FolderGoneRecord{{in.u32("folder")}, in.i64("at")});
  if (type == "quarantine") {
    return Record(QuarantineRecord{in.key(), in.raw("reason"), in.i64("at")});
  }
  if (type == "owner") {
    return Record(OwnerRecord{in.raw("host"), in.raw("user"), in.raw("authzid"), in.i64("at")});
  }
  if (const auto kind = value_of(kNotedWords, type))
    return Record(NotedRecord{*kind, in.i64("at")});
  if (type == "segment") return header(in);
  if (type == "end") return SegmentEnd{in.u64("records"), in.i64("at"), in.paths("unclaimed")};
  return std::nullopt;
}

}  // namespace

bool is_whole_line(std::string_view line) {
  if (line.size() <= kChecksumEnd || line.substr(0, kChecksumStart) != "{\"c\":\"" ||
      line.substr(kChecksumEnd - 2, 2) != "\"," || line.back() != '}') {
    return false;
  }
  const auto stated = u64_from_hex(line.substr(kChecksumStart, 16));
  return stated && *stated == Xxh3::of(line.substr(kChecksumEnd));
}

std::string_view line_type(std::string_view line) {
  constexpr std::string_view kStart = "\"t\":\"";
  if (line.size() <= kChecksumEnd || line.substr(kChecksumEnd, kStart.size()) != kStart) return {};
  line.remove_prefix(kChecksumEnd + kStart.size());
  return line.substr(0, line.find('"'));
}

Result<JournalLine> parse_line(std::string_view line, const PlaceCodec& places) {
  // Without exceptions: invalid UTF-8 and the like end as "discarded".
  const Json json = Json::parse(line, nullptr, false);
  if (!json.is_object()) return store_error("the line is not a JSON object");
  Members in(json);
  const std::string type = in.text("t");
  if (type != line_type(line)) return store_error("the line does not begin with its type");
  const std::optional<JournalLine> parsed = line_of(type, in, places);
  if (!parsed) {
    return store_error("it holds a record of type \"" + printable(type, 40) +
                       "\": written by a later version of imapkeep; use that version or a newer");
  }
  if (const auto* head = std::get_if<SegmentHeader>(&*parsed);
      head && head->format > kJournalFormat) {
    return store_error("its format is " + std::to_string(head->format) +
                       ": written by a later version of imapkeep; use that version or a newer");
  }
  if (!in.bad().empty()) {
    return store_error("the record's member \"" + in.bad() + "\" is missing or not understood");
  }
  return *parsed;
}

}  // namespace imapkeep
