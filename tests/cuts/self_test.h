// A test that finds nothing when there is something to find is none: one kind of flush after the
// other is left out of the program, and each time the checker must find what is lost by it. Those
// of names are left out on the model disk; on ext4 and XFS the next flush, whatever it is of, makes
// every name durable, so nothing can be lost there by leaving them out.
#pragma once

#include "tests/cuts/campaign.h"

namespace imapkeep::cuts {

/// `disk`: where files are cut; what cannot be cut here is left out. False: something was not
/// found.
bool self_test(CrashPlaces& crashes, How disk);

}  // namespace imapkeep::cuts
