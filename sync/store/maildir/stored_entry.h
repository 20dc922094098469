// What a file is, by where it lies and how it is called: a message of this store with its flags,
// one that somebody has damaged, or somebody else's file. The place of a message is its path below
// ROOT. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "daemon/base/files.h"
#include "sync/store/maildir/maildir_name.h"
#include "sync/store/store_reader.h"

namespace imapkeep {

/// A place, in its two parts: "INBOX/cur" and the name in it.
struct FilePlace {
  std::string directory;  ///< below ROOT
  std::string name;
};
BytesPlace bytes_place(std::string_view directory, std::string_view name);
FilePlace file_place(const BytesPlace& place);

/// What is known of a file before anybody has looked at it.
struct PlaceFacts {
  bool kept = false;
  bool packed = false;                ///< a frame of kept_frame.h
  bool damaged = false;               ///< set aside as no message
  std::optional<MaildirName> name{};  ///< nothing: it is foreign
};
/// `host`: the store's, as it stands in file names.
PlaceFacts place_facts(const FilePlace& place, std::string_view host);

/// `folder_path` and `day` as in StoredEntry; an empty day: it lies in the live tree.
StoredEntry entry_of(const FilePlace& place, const FileFacts& facts, std::string folder_path,
                     std::string day, std::string_view host);

}  // namespace imapkeep
