// A thousand accounts need a few thousand descriptors, and the usual soft limit of 1024 is only
// there for programs that use select().
#pragma once

namespace imapkeep {

/// Raises the soft limit to the hard one. A sandbox may forbid it: then it stays as it is.
void raise_descriptor_limit();

}  // namespace imapkeep
