#include "sync/store/maildir/message_bytes.h"

#include <cerrno>
#include <utility>

#include "sync/store/maildir/file_search.h"
#include "sync/store/maildir/in_the_way.h"
#include "sync/store/maildir/kept_frame.h"

namespace imapkeep {
namespace {

Error of_message(std::string what, int os_code) {
  return {Remedy::kSkipMessage, Trouble::kMessage, std::move(what), os_code};
}

Error damaged(const OpenedMessage& message, const std::string& how) {
  const std::string remedy =
      message.facts.kept
          ? "; it has left the server, so only a backup of this store has it still"
          : "; move this file away, and the next pass fetches the message again where the server "
            "has it still";
  return of_message(message.path + ": damaged: " + how + remedy, 0);
}

/// Under the letters that a reader has given it since, or where it has put it.
Result<std::optional<FilePlace>> renamed_since(FolderTree& tree, const FilePlace& place) {
  const std::size_t slash = place.directory.rfind('/');
  const std::string folder = place.directory.substr(0, slash == std::string::npos ? 0 : slash);
  const SoughtFile sought{std::string(maildir_base_of(place.name)), place.name, 0};
  const auto found = find_files(tree, folder, {sought});
  if (!found) return found.error();
  if (!found->front()) return std::optional<FilePlace>();
  return std::optional<FilePlace>({found->front()->directory, found->front()->file});
}

Result<std::unique_ptr<InFile>> open_file(FolderTree& tree, const FilePlace& place) {
  const auto directory = tree.open(place.directory);
  if (!directory) return directory.error();
  if (!*directory) return not_at_place(bytes_place(place.directory, place.name).text);
  auto file = (*directory)->read(place.name);
  if (file) return file;
  const std::string path = (*directory)->path() + "/" + place.name;
  const int code = file.error().os_code;
  if (code == ENOENT) return not_at_place(path);
  if (code == EACCES || code == EPERM) {
    return of_message(path + ": permission denied. Let the user that imapkeep runs as read it",
                      code);
  }
  return of_message(file.error().what + "; no message can be read from it", code);
}

}  // namespace

Error not_at_place(const std::string& path) {
  return of_message(path +
                        ": it is not there, or not any more: it may have been renamed, kept or "
                        "removed since; look again where the message is",
                    ENOENT);
}

Result<OpenedMessage> open_message(FolderTree& tree, const BytesPlace& place,
                                   std::string_view host) {
  FilePlace at = file_place(place);
  OpenedMessage opened;
  opened.facts = place_facts(at, host);
  auto file = open_file(tree, at);
  if (!file && file.error().os_code == ENOENT && opened.facts.name && !opened.facts.kept) {
    auto renamed = renamed_since(tree, at);
    if (!renamed) return renamed.error();
    if (*renamed) {
      at = std::move(**renamed);
      file = open_file(tree, at);
    }
  }
  if (!file) return file.error();
  const auto directory = tree.open(at.directory);
  opened.path = directory && *directory ? (*directory)->path() + "/" + at.name
                                        : bytes_place(at.directory, at.name).text;
  opened.file = opened.facts.packed ? read_frame(std::move(*file), opened.path) : std::move(*file);
  return opened;
}

Error cannot_read(const OpenedMessage& message, const Error& why) {
  // A frame that is damaged, and not the disk.
  if (message.facts.packed && why.os_code == 0) return damaged(message, why.what);
  return of_message(why.what, why.os_code);
}

Result<std::size_t> MessageBytes::read(std::span<char> block) {
  std::size_t size = 0;
  while (size < block.size() && !end_) {
    const auto got = message_.file->read(block.subspan(size));
    if (!got) return cannot_read(message_, got.error());
    if (*got == 0) {
      if (const auto finished = finish(); !finished) return finished.error();
      break;
    }
    const ByteView bytes(block.data() + size, *got);
    sha256_.update(bytes);
    xxh3_.update(bytes);
    lines_.update(bytes);
    size += *got;
  }
  return size;
}

Result<Done> MessageBytes::finish() {
  const MessageIdentity identity{sha256_.finish(), xxh3_.digest(), lines_.size(),
                                 lines_.crlf_size()};
  if (message_.facts.name && !message_.facts.damaged) {
    const MaildirStem& stem = message_.facts.name->stem;
    if (identity.size != stem.size) {
      return damaged(message_, "it has " + std::to_string(identity.size) +
                                   " bytes, and its name says " + std::to_string(stem.size));
    }
    if (identity.xxh3 != stem.xxh3) {
      return damaged(message_, "its bytes have the hash " + to_hex(identity.xxh3) +
                                   ", and its name says " + to_hex(stem.xxh3));
    }
  }
  end_ = identity;
  return Done{};
}

}  // namespace imapkeep
