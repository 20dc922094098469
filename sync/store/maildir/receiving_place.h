// Where messages lie while they are being received, and copies for the kept area while they are
// written: ROOT/INBOX/tmp, which a Maildir has for this, so that no mail reader shows what is half
// there. Readers remove what has an old mtime in it, and other programs deliver there too: so our
// files, called `imapkeep.…`, get the message's date at the last moment, and only they are removed
// by us. While something lies in the way of INBOX, .imapkeep/tmp serves instead, so that all other
// folders are stored.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "daemon/base/notes.h"
#include "sync/store/maildir/folder_tree.h"

namespace imapkeep {

/// As a file of ours is called there.
std::string receiving_name(std::string_view what);

/// Dates a whole file there and gives it its name, of which the first is as durable as the second.
/// Else nobody must see its date: a reader that looks at INBOX in between removes it, and then it
/// has to be received again.
Result<Placed> name_received(Directory& place, const std::string& file, std::int64_t unix_seconds,
                             Directory& to, const std::string& name);

/// Makes what is missing of it, apart from INBOX's cur and new: see complete_inbox.
Result<std::unique_ptr<Directory>> open_receiving_place(Directory& root, Directory& own);

/// Makes them, so that INBOX is a whole Maildir and its tmp is known for one. Not before a rename
/// that was interrupted is finished: that an INBOX has no cur any more may be all that is known of
/// it.
Result<Done> complete_inbox(FolderTree& tree);

/// Removes what an earlier process left there.
Result<Done> empty_receiving_place(Directory& place, Notes& notes);

/// Earlier versions received in .imapkeep/tmp, which some readers show: it goes, unless it is the
/// place that serves now. That it cannot is said, and no reason to stop.
void remove_former_place(Directory& own, Directory& place, Notes& notes);

/// Both are the same directory, or one of them is there no more.
Result<bool> is_same_place(Directory& one, Directory& other);

}  // namespace imapkeep
