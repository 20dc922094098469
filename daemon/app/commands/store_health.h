// Whether a store could be opened and written to by this process, found out without opening it: a
// daemon may have it open, and a look must leave no file behind.
#pragma once

#include <string>

#include "daemon/base/files.h"
#include "sync/store/options.h"

namespace imapkeep {

/// What is good about it, for `doctor`. Errors are those that a sync would meet.
Result<std::string> look_at_store(Files& files, const StoreOptions& options);
/// The store, or where it will be made, has more than `min_free` left.
Result<std::string> look_at_space(Files& files, const StoreOptions& options);

}  // namespace imapkeep
