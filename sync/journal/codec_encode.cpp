#include <algorithm>

#include "daemon/base/bytes.h"
#include "daemon/base/hash.h"
#include "daemon/base/percent.h"
#include "sync/journal/codec_words.h"
#include "sync/journal/journal_codec.h"

namespace imapkeep {
namespace {

/// Builds one line in place; the checksum is filled in when it is whole.
class Line {
 public:
  Line(std::string& out, std::string_view type) : out_(out), start_(out.size()) {
    out_ += "{\"c\":\"0000000000000000\",\"t\":\"";
    out_ += type;
    out_ += '"';
  }
  Line& u32(std::string_view member, std::uint32_t value) {
    key(member);
    out_ += std::to_string(value);
    return *this;
  }
  Line& u64(std::string_view member, std::uint64_t value) {
    return plain(member, std::to_string(value));
  }
  Line& i64(std::string_view member, std::int64_t value) {
    return plain(member, std::to_string(value));
  }
  /// Words of ours: ASCII without `"` and `\`.
  Line& plain(std::string_view member, std::string_view text) {
    key(member);
    out_ += '"';
    out_ += text;
    out_ += '"';
    return *this;
  }
  Line& raw(std::string_view member, ByteView bytes) {
    key(member);
    out_ += '"';
    append_raw(out_, bytes);
    out_ += '"';
    return *this;
  }
  /// UTF-8 without control characters: paths and file names.
  Line& text(std::string_view member, std::string_view utf8) {
    key(member);
    append_text(utf8);
    return *this;
  }
  /// A member that is left out when it is empty.
  Line& raw_if_any(std::string_view member, ByteView bytes) {
    return bytes.empty() ? *this : raw(member, bytes);
  }
  Line& texts(std::string_view member, const std::vector<std::string>& list) {
    key(member);
    out_ += '[';
    for (const std::string& utf8 : list) {
      if (out_.back() != '[') out_ += ',';
      append_text(utf8);
    }
    out_ += ']';
    return *this;
  }
  Line& key_of(const MessageKey& message) {
    u32("folder", message.folder.value);
    u32("validity", message.uid_validity.value);
    return u32("uid", message.uid.value);
  }
  Line& flags(const Flags& flags) {
    plain("flags", flags.maildir_letters());
    key("keywords");
    out_ += '[';
    for (const std::string& keyword : flags.keywords) {
      if (out_.back() != '[') out_ += ',';
      out_ += '"';
      append_raw(out_, keyword);
      out_ += '"';
    }
    out_ += ']';
    return *this;
  }
  Line& name(const MailboxName& mailbox, char delimiter) {
    raw("name", mailbox.raw);
    plain("encoding", word_of(kEncodingWords, mailbox.encoding));
    return raw("delimiter", delimiter == 0 ? ByteView() : ByteView(&delimiter, 1));
  }
  void end() {
    out_ += '}';
    const std::size_t rest = start_ + kChecksumEnd;
    const std::string digits = to_hex(Xxh3::of(ByteView(out_).substr(rest)));
    out_.replace(start_ + kChecksumStart, digits.size(), digits);
    out_ += '\n';
  }

 private:
  void key(std::string_view member) {
    out_ += ",\"";
    out_ += member;
    out_ += "\":";
  }
  void append_text(std::string_view utf8) {
    out_ += '"';
    for (const char c : utf8) {
      if (c == '"' || c == '\\') out_ += '\\';
      out_ += c;
    }
    out_ += '"';
  }

  std::string& out_;
  std::size_t start_;
};

/// A reader may have given a file a name that is none: then the line does not say it, since nobody
/// could read the line.
bool is_text(ByteView name) {
  const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20; };
  return !name.empty() && is_utf8(name) && std::none_of(name.begin(), name.end(), control);
}

struct RecordWriter {
  std::string& out;
  const PlaceCodec& places;

  void operator()(const MessageRecord& record) const {
    Line line(out, "message");
    line.key_of(record.key).raw("id", record.server_id);
    const std::string base = places.base_of(record);
    if (base.empty()) {
      line.u64("size", record.identity.size).raw("place", places.place_of(record));
    } else {
      line.text("base", base);
    }
    line.u64("rfc822", record.rfc822_size).raw_if_any("date", record.date);
    line.plain("sha256", record.identity.sha256.hex()).flags(record.flags);
    line.plain("decided", word_of(kDecidedWords, record.decided));
    line.raw_if_any("doubtful", record.doubtful).i64("at", record.at_ms).end();
  }
  void operator()(const FlagsRecord& record) const {
    Line line(out, "flags");
    line.key_of(record.key).flags(record.flags).i64("at", record.at_ms).end();
  }
  void operator()(const GoneRecord& record) const {
    Line line(out, "gone");
    line.key_of(record.key).plain("to", word_of(kGoneWords, record.to));
    if (is_text(record.place)) line.text("place", record.place);
    line.i64("at", record.at_ms).end();
  }
  void operator()(const FolderRecord& record) const {
    Line line(out, "folder");
    line.u32("folder", record.id.value).name(record.name, record.delimiter);
    line.text("path", record.path).i64("at", record.at_ms).end();
  }
  void operator()(const FolderRenamingRecord& record) const {
    Line line(out, "renaming");
    line.u32("folder", record.id.value).name(record.name, record.delimiter);
    line.text("from", record.from_path).text("path", record.path);
    line.i64("at", record.at_ms).end();
  }
  void operator()(const FolderGoneRecord& record) const {
    Line line(out, "folder-gone");
    line.u32("folder", record.id.value).i64("at", record.at_ms).end();
  }
  void operator()(const QuarantineRecord& record) const {
    Line line(out, "quarantine");
    line.key_of(record.key).raw("reason", record.reason).i64("at", record.at_ms).end();
  }
  void operator()(const OwnerRecord& record) const {
    Line line(out, "owner");
    line.raw("host", record.host).raw("user", record.user).raw("authzid", record.authzid);
    line.i64("at", record.at_ms).end();
  }
  void operator()(const NotedRecord& record) const {
    Line line(out, word_of(kNotedWords, record.kind));
    line.i64("at", record.at_ms).end();
  }
};

}  // namespace

void append_line(std::string& out, const SegmentHeader& header) {
  Line line(out, "segment");
  line.u32("format", header.format).plain("store", header.store_id);
  line.u64("segment", header.segment).i64("at", header.at_ms).end();
}

void append_line(std::string& out, const Record& record, const PlaceCodec& places) {
  std::visit(RecordWriter{out, places}, record);
}

void append_line(std::string& out, const SegmentEnd& end) {
  Line line(out, "end");
  line.u64("records", end.records).i64("at", end.at_ms);
  if (!end.unclaimed.empty()) line.texts("unclaimed", end.unclaimed);
  line.end();
}

}  // namespace imapkeep
