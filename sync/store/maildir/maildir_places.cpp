#include "sync/store/maildir/maildir_places.h"

#include "sync/store/maildir/maildir_name.h"

namespace imapkeep {

std::string MaildirPlaces::base_of(const MessageRecord& record) const {
  const MessageIdentity& identity = record.identity;
  const MaildirStem stem{record.internal_date, identity.xxh3, identity.size, identity.crlf_size};
  return maildir_base(stem, record.number, host_);
}

bool MaildirPlaces::read_base(std::string_view base, MessageRecord& record) const {
  const auto name = parse_maildir_name(base);
  if (!name) return false;
  record.internal_date = name->stem.internal_date;
  record.identity.xxh3 = name->stem.xxh3;
  record.identity.size = name->stem.size;
  record.identity.crlf_size = name->stem.crlf_size;
  record.number = name->number;
  return true;
}

}  // namespace imapkeep
