#include "sync/store/maildir/stored_entry.h"

#include "sync/store/maildir/folder_tree.h"
#include "sync/store/maildir/kept_frame.h"
#include "sync/store/maildir/kept_search.h"

namespace imapkeep {

BytesPlace bytes_place(std::string_view directory, std::string_view name) {
  return {below(directory, name)};
}

FilePlace file_place(const BytesPlace& place) {
  const std::size_t slash = place.text.rfind('/');
  if (slash == std::string::npos) return {"", place.text};
  return {place.text.substr(0, slash), place.text.substr(slash + 1)};
}

PlaceFacts place_facts(const FilePlace& place, std::string_view host) {
  PlaceFacts facts;
  std::string_view name = place.name;
  facts.kept = place.directory.starts_with(std::string(kGoneDirectory) + "/");
  const bool former = facts.kept && is_former_part(place.directory);
  if (facts.kept && !former && name.ends_with(kFrameSuffix)) {
    facts.packed = true;
    name.remove_suffix(kFrameSuffix.size());
  }
  if (facts.kept && name.starts_with(kDamagedPrefix)) {
    facts.damaged = true;
    name.remove_prefix(kDamagedPrefix.size());
  }
  // What stands in gone/ as it is, is no message: those are packed, or lie one directory deeper.
  if (facts.kept && !facts.packed && !former && !facts.damaged) return facts;
  auto parsed = parse_maildir_name(name);
  if (parsed && parsed->host == host) facts.name = std::move(*parsed);
  return facts;
}

StoredEntry entry_of(const FilePlace& place, const FileFacts& facts, std::string folder_path,
                     std::string day, std::string_view host) {
  const PlaceFacts known = place_facts(place, host);
  StoredEntry entry;
  entry.area = day.empty() ? StoreArea::kLive : StoreArea::kKept;
  entry.place = bytes_place(place.directory, place.name);
  entry.name = place.name;
  entry.stored_size = facts.size;
  entry.date = facts.mtime_ns / 1'000'000'000;
  if (known.name) {
    const MaildirStem& stem = known.name->stem;
    entry.message = StoredPlace{folder_path,
                                stem.internal_date,
                                stem.xxh3,
                                stem.size,
                                stem.crlf_size,
                                known.name->number,
                                Flags::from_maildir_letters(known.name->flags)};
    const bool plain = facts.kind == FileKind::kFile;
    const bool sized = known.packed || facts.size == stem.size;
    entry.kind = plain && sized && !known.damaged ? StoredEntry::Kind::kMessage
                                                  : StoredEntry::Kind::kDamaged;
  } else if (known.damaged) {
    entry.kind = StoredEntry::Kind::kDamaged;
  }
  entry.folder_path = std::move(folder_path);
  entry.day = std::move(day);
  return entry;
}

}  // namespace imapkeep
