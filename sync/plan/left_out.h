// What the operator's choice of folders leaves out, and which of its patterns choose nothing: a
// pattern that was spelled wrongly looks just like one that does what was meant, until somebody
// reads the names. Kept by the ledger and shown by `status`.
#pragma once

#include <string>
#include <vector>

#include "sync/plan/folder_plan.h"

namespace imapkeep {

/// Names are as MailboxName::display gives them, in the order of visiting; patterns as configured.
struct LeftOut {
  std::vector<std::string> excluded;      ///< folders with mail that an exclude pattern matches
  std::vector<std::string> not_included;  ///< folders with mail that no include pattern matches
  std::vector<std::string> vain_includes;
  std::vector<std::string> vain_excludes;
  /// Some folder is mirrored, or there is none to be mirrored.
  bool leaves_some = true;

  bool operator==(const LeftOut&) const = default;
};

/// Of what LIST says, and of the known folders that it does not name any more.
LeftOut left_out(const std::vector<ListedFolder>& listed, const std::vector<KnownFolder>& known,
                 const MailboxChoice& choice);

/// What an include list promises and the server does not have: a sentence for each entry that names
/// one folder and finds none, and one when no folder is chosen at all. A pattern (`*`, `?`) may
/// find none: that is what patterns are for.
std::vector<std::string> unkept_includes(const LeftOut& left_out);

}  // namespace imapkeep
