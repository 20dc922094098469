// What the operating system said, as a sentence: "cannot write /srv/mail/x: No space left on device
// (ENOSPC); the disk is full".
#pragma once

#include <string>
#include <string_view>

#include "daemon/base/error.h"

namespace imapkeep {

/// "No space left on device (ENOSPC)". Safe on every thread, the same in every locale.
std::string errno_text(int code);

/// An error of the file system: `deed` reads after "cannot" ("write", "make the directory").
/// The remedy follows from the code: full disks and tables pass, permissions need a person, and a
/// name that this file system cannot hold is one message's or folder's trouble.
Error file_error(std::string_view deed, std::string_view path, int code);

}  // namespace imapkeep
