#include "tests/witness/read_tree.h"

#include <vector>

#include "tests/support/unpacked_frame.h"

namespace imapkeep::witness {
namespace {

Result<Done> read_below(Directory& directory, const std::string& prefix, Tree& into) {
  std::vector<std::string> names;
  const auto listed = directory.list([&names](std::string_view name) {
    names.emplace_back(name);
    return true;
  });
  if (!listed) return listed;
  for (const std::string& name : names) {
    const auto facts = directory.stat(name);
    if (!facts) return facts.error();
    if (!*facts) continue;
    if ((*facts)->kind == FileKind::kDirectory) {
      const auto below = directory.open(name);
      if (!below) return below.error();
      if (auto done = read_below(**below, prefix + name + "/", into); !done) return done;
    } else if ((*facts)->kind == FileKind::kFile) {
      auto bytes = read_whole(directory, name);
      if (!bytes) return bytes.error();
      const bool kept = is_kept(prefix + name);
      into[prefix + name] = kept ? unpacked_frame(*bytes) : *std::move(bytes);
    }
  }
  return Done{};
}

}  // namespace

bool is_kept(const std::string& path) {
  return path.starts_with(".imapkeep/gone/") && path.ends_with(".zst");
}

Result<std::string> read_whole(Directory& directory, const std::string& name) {
  const auto file = directory.read(name);
  if (!file) return file.error();
  std::string bytes;
  std::string block(64U << 10, '\0');
  while (true) {
    const auto got = (*file)->read(block);
    if (!got) return got.error();
    if (*got == 0) return bytes;
    bytes.append(block, 0, *got);
  }
}

Result<Tree> read_tree(Files& files, const std::string& root) {
  const auto directory = files.open_root(root);
  if (!directory) return directory.error();
  Tree tree;
  if (auto done = read_below(**directory, "", tree); !done) return done.error();
  return tree;
}

}  // namespace imapkeep::witness
