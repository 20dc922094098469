#include "sync/plan/next_cursor.h"

#include <algorithm>

#include "sync/plan/mailbox_plan.h"

namespace imapkeep {

void carry_on(FolderCursor& cursor, const FolderCursor& remembered, const MailboxFacts& examined,
              const VisitFindings& found) {
  cursor.mailbox_id = examined.mailbox_id.empty() ? remembered.mailbox_id : examined.mailbox_id;
  // What has come since EXAMINE was listed too: UIDNEXT lies above it. Only then: there are servers
  // whose UIDNEXT is too low, and next time it would look as if it had gone back.
  const auto highest = found.listed.highest();
  const bool has_grown = found.listed.count() > examined.messages.value_or(0);
  if (cursor.uid_next != 0 && highest && has_grown) {
    cursor.uid_next = std::max(cursor.uid_next, std::uint64_t{highest->value} + 1);
  }
  // Everything that was listed has been compared by now. What was not listed and is still stored
  // must not be taken for what the server will number next; nor what a wrong list has left out.
  std::uint64_t from = 0;
  if (found.doubted && (found.absences || found.list_was_wrong)) {
    from = examined.uid_next.value_or(1);
    if (remembered.doubted_from != 0) from = std::min(from, remembered.doubted_from);
  }
  cursor.doubted_from = from;

  const bool suspicious =
      found.announced_anew || is_another(remembered, examined) || went_back(remembered, examined);
  const bool in_vain = suspicious && found.checked_same > 0 && found.checked_other == 0;
  cursor.vain_checks = remembered.vain_checks + (in_vain ? 1 : 0);

  const bool anew =
      remembered.uid_validity.value != 0 && remembered.uid_validity != cursor.uid_validity;
  cursor.renumbered = anew ? remembered.renumbered + 1 : 0;
}

}  // namespace imapkeep
