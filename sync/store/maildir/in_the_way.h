// Something that lies where a folder's mail belongs and is not ours: a file, a symbolic link, a
// socket, or a directory that may not be opened, entered or changed. Nothing of it is touched. It
// concerns that folder alone, so the error says so (kSkipMessage, kMessage): the folder is owed
// until somebody has cleared its place, and all others are stored.
#pragma once

#include <string>

#include "daemon/base/files.h"

namespace imapkeep {

/// What an error of opening or making the directory `name` means; others are handed on.
Error explained(Directory& parent, const std::string& name, const Error& error);

/// What an error of looking at a name in this directory, or of changing one, means.
Error explained(Directory& directory, const Error& error);

/// The directory is there, and must not be changed by us.
Error may_not_change(const std::string& path);

/// Whether an error is one of these.
bool is_in_the_way(const Error& error);

/// The same for somebody who was about the whole store: it is asked again later.
Error of_the_store(const Error& error);

}  // namespace imapkeep
