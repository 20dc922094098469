#include "sync/journal/segment_copy.h"

#include <algorithm>
#include <span>

#include "sync/journal/segment_lines.h"

namespace imapkeep {

Result<Done> copy_segment(Directory& journal, std::uint64_t segment,
                          std::optional<std::uint64_t> bytes, const std::string& tail) {
  const std::string name = segment_file(segment);
  const std::string beside = name + ".new";
  if (const auto old = journal.unlink(beside); !old) return old.error();
  auto from = journal.read(name);
  if (!from) return from.error();
  auto to = journal.create(beside);
  if (!to) return to.error();
  std::string block(64U << 10, '\0');
  for (std::uint64_t left = bytes.value_or(UINT64_MAX); left > 0;) {
    const std::size_t want = static_cast<std::size_t>(std::min<std::uint64_t>(left, block.size()));
    const auto read = (*from)->read(std::span<char>(block.data(), want));
    if (!read) return read.error();
    if (*read == 0) {
      if (!bytes) break;
      return store_error(journal.path() + "/" + name + ": it has become shorter");
    }
    if (const auto wrote = (*to)->write(ByteView(block).substr(0, *read)); !wrote) return wrote;
    left -= *read;
  }
  if (const auto wrote = (*to)->write(tail); !wrote) return wrote;
  if (const auto synced = (*to)->sync(); !synced) return synced;
  if (const auto closed = (*to)->close(); !closed) return closed;
  if (const auto placed = journal.replace(beside, name); !placed) return placed;
  return journal.sync();
}

}  // namespace imapkeep
