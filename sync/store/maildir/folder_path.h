// Where a mailbox lies below ROOT (docs/storage.md §1). The path is a pure function of the name's
// raw bytes, the encoding in force and the delimiter; two names of one encoding never share a path,
// and no name leads outside ROOT or into .imapkeep. What the function cannot know (a file system
// that folds case) is decided when the directory is made, and the journal's record says it.
#pragma once

#include <string>
#include <string_view>

#include "sync/imap/types/mailbox_name.h"

namespace imapkeep {

inline constexpr std::size_t kMaxComponent = 200;

/// Where INBOX lies, and where everything is received (receiving_place.h).
inline constexpr std::string_view kInboxPath = "INBOX";

/// `delimiter` 0 is NIL: the whole name is one component.
std::string folder_path(const MailboxName& name, char delimiter);

/// Whether this may stand below ROOT as a folder's path: the gate for paths that come back from a
/// journal or a ledger. Components are not empty, do not start with ".", hold no control byte, are
/// valid UTF-8, not longer than a file name, and none is cur, new or tmp.
bool is_folder_path(std::string_view path);

/// The n-th spelling of a component (n >= 2) where file names fold case: `Work%~2`.
std::string folded_component(std::string_view component, unsigned n);

}  // namespace imapkeep
