#include "sync/plan/identity_check.h"

#include <algorithm>
#include <utility>

namespace imapkeep {

ServerHabits habits_of(std::string_view server_name) {
  // "Courier-IMAP ready. Copyright …" in the greeting.
  const bool courier = server_name.find("Courier") != std::string_view::npos;
  return {courier, courier};
}

bool announced_otherwise(const KnownMessage& known, std::optional<std::int64_t> internal_date,
                         std::optional<std::uint64_t> rfc822_size) {
  if (rfc822_size && known.rfc822_size != 0 && *rfc822_size != known.rfc822_size) return true;
  const std::int64_t told = known.told_date.value_or(known.internal_date);
  const bool was_told = known.told_date || known.internal_date != 0;
  return internal_date && was_told && *internal_date != told;
}

Recheck decide_recheck(const KnownMessage& former, const MessageRecord& now) {
  if (former.identity.sha256 != now.identity.sha256) return Recheck::kReplaced;
  // A record's date begins with 1970.
  const std::int64_t told =
      std::max<std::int64_t>(former.told_date.value_or(former.internal_date), 0);
  const bool as_before = now.doubtful == former.doubtful && now.rfc822_size == former.rfc822_size &&
                         now.internal_date == told;
  return as_before ? Recheck::kSame : Recheck::kRestated;
}

MessageRecord restated(const KnownMessage& former, MessageRecord now) {
  now.internal_date = former.internal_date;
  now.number = former.number;
  now.flags = former.flags;
  return now;
}

}  // namespace imapkeep
