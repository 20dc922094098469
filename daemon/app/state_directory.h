// The state directory as a command that writes needs it: it belongs to the user who runs this, and
// nobody else may write there or see what lies in it. Files that root leaves there, and in the
// store, would shut the service's user out.
#pragma once

#include <memory>
#include <string>

#include "daemon/base/files.h"

namespace imapkeep {

/// Made where it is missing. Errors are kStore.
Result<std::unique_ptr<Directory>> open_state(Files& files, const std::string& path,
                                              std::uint32_t user_id);

/// The rule by itself; empty: it is good.
std::string trouble_with_state(const FileFacts& facts, const std::string& path,
                               std::uint32_t user_id);

}  // namespace imapkeep
