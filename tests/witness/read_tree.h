// Everything below a directory, read through the port, as a test wants to see it.
#pragma once

#include <map>
#include <string>

#include "daemon/base/files.h"

namespace imapkeep::witness {

/// Path below the directory, components joined by "/" → bytes; of what is kept, the message's.
using Tree = std::map<std::string, std::string>;

/// A file of the kept area.
bool is_kept(const std::string& path);
Result<std::string> read_whole(Directory& directory, const std::string& name);
Result<Tree> read_tree(Files& files, const std::string& root);

}  // namespace imapkeep::witness
