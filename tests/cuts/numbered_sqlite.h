// SQLite's calls into the file system, numbered like those of the port Files (points.h): a layer
// over its own "VFS" that everything opened from now on goes through. (What it shares between
// processes lies in mapped memory and needs no power.)
#pragma once

#include "tests/support/points.h"

namespace imapkeep {

/// For the rest of this process; `points` must live as long.
void number_sqlite(CrashPoints& points);

}  // namespace imapkeep
