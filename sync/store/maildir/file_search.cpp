#include "sync/store/maildir/file_search.h"

#include <cerrno>
#include <span>
#include <unordered_map>

#include "daemon/base/hash.h"
#include "sync/store/maildir/in_the_way.h"
#include "sync/store/maildir/maildir_name.h"

namespace imapkeep {
namespace {

using Answers = std::vector<std::optional<FoundFile>>;

FoundFile found_as(const std::string& directory, std::string_view file, const FileFacts& facts,
                   const SoughtFile& sought) {
  const bool whole = facts.kind == FileKind::kFile && facts.size == sought.size;
  return {directory, std::string(file), whole, facts.mtime_ns};
}

/// One listing of a directory; fills in what it finds of `missing` and takes out what is whole:
/// beside a damaged file there may be another under other letters.
Result<Done> search(FolderTree& tree, const std::string& directory_path,
                    const std::vector<SoughtFile>& sought,
                    std::unordered_map<std::string, std::size_t>& missing, Answers& answers) {
  const auto directory = tree.open(directory_path);
  if (!directory) return directory.error();
  if (!*directory) return Done{};
  std::optional<Error> failed;
  const auto listed = (*directory)->list([&](std::string_view file) {
    const auto found = missing.find(std::string(maildir_base_of(file)));
    if (found == missing.end()) return true;
    const auto facts = (*directory)->stat(std::string(file));
    if (!facts) {
      failed = explained(**directory, facts.error());
      return false;
    }
    if (!*facts) return true;  // renamed this moment; the next listing finds it
    auto& answer = answers[found->second];
    FoundFile file_found = found_as(directory_path, file, **facts, sought[found->second]);
    const bool whole = file_found.whole;
    if (whole || !answer) answer = std::move(file_found);
    if (whole) missing.erase(found);
    return !missing.empty();
  });
  if (failed) return *failed;
  return listed ? listed : Result<Done>(explained(**directory, listed.error()));
}

/// Reads until the block is full or the file ends.
Result<std::size_t> read_block(InFile& file, std::span<char> block) {
  std::size_t size = 0;
  while (size < block.size()) {
    const auto read = file.read(block.subspan(size));
    if (!read) return read.error();
    if (*read == 0) break;
    size += *read;
  }
  return size;
}

}  // namespace

SoughtFile sought_file(const StoredPlace& place, std::string_view host) {
  const MaildirStem stem{place.internal_date, place.xxh3, place.size, place.crlf_size};
  std::string base = maildir_base(stem, place.number, host);
  std::string expected = maildir_file(base, place.flags.maildir_letters());
  return {std::move(base), std::move(expected), place.size};
}

Result<Answers> find_files(FolderTree& tree, const std::string& folder_path,
                           const std::vector<SoughtFile>& sought) {
  Answers answers(sought.size());
  const std::string cur_path = below(folder_path, "cur");
  const auto cur = tree.open(cur_path);
  if (!cur) return cur.error();
  std::unordered_map<std::string, std::size_t> missing;
  for (std::size_t i = 0; i < sought.size(); ++i) {
    if (*cur) {
      const auto facts = (*cur)->stat(sought[i].expected);
      if (!facts) return explained(**cur, facts.error());
      if (*facts) answers[i] = found_as(cur_path, sought[i].expected, **facts, sought[i]);
      if (answers[i] && answers[i]->whole) continue;
    }
    missing.emplace(sought[i].base, i);
  }
  const std::string new_path = below(folder_path, "new");
  for (const std::string& path : {cur_path, new_path, cur_path}) {
    if (missing.empty()) break;
    if (const auto searched = search(tree, path, sought, missing, answers); !searched) {
      return searched.error();
    }
  }
  return answers;
}

Result<bool> same_contents(Directory& a, const std::string& a_name, Directory& b,
                           const std::string& b_name) {
  const auto a_facts = a.stat(a_name);
  if (!a_facts) return a_facts.error();
  const auto b_facts = b.stat(b_name);
  if (!b_facts || !*a_facts || !*b_facts || (*a_facts)->kind != FileKind::kFile ||
      (*b_facts)->kind != FileKind::kFile || (*a_facts)->size != (*b_facts)->size) {
    return false;
  }
  if ((*a_facts)->inode == (*b_facts)->inode && (*a_facts)->device == (*b_facts)->device) {
    return true;
  }
  auto a_file = a.read(a_name);
  if (!a_file) return a_file.error();
  auto b_file = b.read(b_name);
  if (!b_file) return false;
  return same_bytes(**a_file, **b_file);
}

Result<bool> is_message(InFile& file, std::uint64_t size, std::uint64_t xxh3) {
  Xxh3 hash;
  std::string block(64U << 10, '\0');
  for (std::uint64_t bytes = 0;;) {
    const auto got = file.read(block);
    if (!got) return got.error();
    if (*got == 0) return bytes == size && hash.digest() == xxh3;
    hash.update(ByteView(block).substr(0, *got));
    bytes += *got;
  }
}

Result<bool> same_bytes(InFile& a, InFile& b) {
  std::string a_block(64U << 10, '\0');
  std::string b_block(a_block.size(), '\0');
  while (true) {
    const auto a_size = read_block(a, a_block);
    if (!a_size) return a_size.error();
    const auto b_size = read_block(b, b_block);
    if (!b_size) return false;
    if (ByteView(a_block).substr(0, *a_size) != ByteView(b_block).substr(0, *b_size)) return false;
    if (*a_size < a_block.size()) return true;
  }
}

}  // namespace imapkeep
