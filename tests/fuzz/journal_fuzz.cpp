// Any bytes behind a right checksum as a line of a store's journal, and any bytes as a file name.
// What is understood says the same when it is written and read again: a ledger that is rebuilt from
// a journal must not differ from the one that was lost.
#include <cstdint>
#include <cstdlib>

#include "daemon/base/hash.h"
#include "sync/journal/journal_codec.h"
#include "sync/store/maildir/maildir_name.h"
#include "sync/store/maildir/maildir_places.h"

using namespace imapkeep;

namespace {

const MaildirPlaces kPlaces("imap.example.org");

std::string written(const JournalLine& line) {
  std::string text;
  if (const auto* record = std::get_if<Record>(&line)) append_line(text, *record, kPlaces);
  if (const auto* header = std::get_if<SegmentHeader>(&line)) append_line(text, *header);
  if (const auto* end = std::get_if<SegmentEnd>(&line)) append_line(text, *end);
  if (text.empty() || text.back() != '\n') std::abort();
  text.pop_back();
  return text;
}

void check_name(std::string_view file) {
  const auto name = parse_maildir_name(file);
  if (!name) return;
  const std::string base = maildir_base(name->stem, name->number, name->host);
  if (base != maildir_base_of(file)) std::abort();
  const auto again = parse_maildir_name(maildir_file(base, name->flags));
  if (!again || again->stem != name->stem || again->flags != name->flags) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_name(text);
  (void)is_whole_line(text);
  const std::string line = "{\"c\":\"" + to_hex(Xxh3::of(text)) + "\"," + std::string(text);
  if (text.empty() || text.back() != '}') return 0;
  if (!is_whole_line(line)) std::abort();
  const auto parsed = parse_line(line, kPlaces);
  if (!parsed) return 0;
  if (std::holds_alternative<SegmentEnd>(*parsed) != (line_type(line) == "end")) std::abort();
  const std::string once = written(*parsed);
  if (!is_whole_line(once)) std::abort();
  const auto again = parse_line(once, kPlaces);
  if (!again || *again != *parsed) std::abort();
  return 0;
}
