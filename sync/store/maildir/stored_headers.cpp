#include "sync/store/maildir/stored_headers.h"

#include <algorithm>
#include <cerrno>
#include <span>

#include "sync/store/maildir/file_search.h"
#include "sync/store/maildir/in_the_way.h"

namespace imapkeep {
namespace {

constexpr std::size_t kLongestHeader = 32U << 10;
constexpr std::size_t kHeaderBlock = 8U << 10;

/// Where the header ends: behind its first empty line, whatever the line ends are. 0: not in these
/// bytes.
std::size_t end_of_header(ByteView bytes) {
  std::size_t line = 0;
  while (line < bytes.size()) {
    const std::size_t end = bytes.find('\n', line);
    if (end == ByteView::npos) return 0;
    const std::size_t length = end - line;
    if (length == 0 || (length == 1 && bytes[line] == '\r')) return end + 1;
    line = end + 1;
  }
  return 0;
}

Result<std::optional<std::string>> header_of(Directory& directory, const std::string& name,
                                             std::uint64_t size) {
  const auto facts = directory.stat(name);
  if (!facts) return explained(directory, facts.error());
  if (!*facts || (*facts)->kind != FileKind::kFile || (*facts)->size != size) {
    return std::optional<std::string>();
  }
  auto file = directory.read(name);
  if (!file && file.error().os_code == EACCES) return std::optional<std::string>();
  if (!file) return file.error();
  auto header = read_header(**file, kLongestHeader);
  if (!header) return header.error();
  // Too long, or the file has just been cut.
  if (!header->has_end && header->bytes.size() != size) return std::optional<std::string>();
  return std::optional<std::string>(std::move(header->bytes));
}

}  // namespace

Result<ReadHeader> read_header(InFile& message, std::size_t longest) {
  ReadHeader header;
  while (!header.has_end && !header.all && header.bytes.size() < longest) {
    const std::size_t had = header.bytes.size();
    header.bytes.resize(std::min(longest, had + kHeaderBlock));
    const auto got = message.read(std::span<char>(header.bytes).subspan(had));
    if (!got) return got.error();
    header.bytes.resize(had + *got);
    header.all = *got == 0;
    const std::size_t end = end_of_header(header.bytes);
    header.has_end = end != 0;
    if (header.has_end) header.bytes.resize(end);
  }
  return header;
}

Result<std::vector<std::optional<std::string>>> read_stored_headers(
    FolderTree& tree, const std::string& folder_path, const std::vector<StoredPlace>& places,
    std::string_view host) {
  std::vector<SoughtFile> sought;
  sought.reserve(places.size());
  for (const StoredPlace& place : places) sought.push_back(sought_file(place, host));
  const auto found = find_files(tree, folder_path, sought);
  if (!found) return found.error();
  std::vector<std::optional<std::string>> headers(places.size());
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (!(*found)[i]) continue;
    const auto directory = tree.open((*found)[i]->directory);
    if (!directory) return directory.error();
    if (!*directory) continue;
    auto header = header_of(**directory, (*found)[i]->file, places[i].size);
    if (!header) return header.error();
    headers[i] = std::move(*header);
  }
  return headers;
}

}  // namespace imapkeep
