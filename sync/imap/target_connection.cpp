#include "sync/imap/target_connection.h"

#include <utility>

#include "sync/imap/connection_impl.h"
#include "sync/imap/requests/append_request.h"
#include "sync/imap/requests/target_requests.h"

namespace imapkeep::imap {

Operation TargetConnection::select(const MailboxName& name, Completion<Selected> done) {
  return impl().ask<SelectRequest>(std::move(done), name);
}

Operation TargetConnection::create(const MailboxName& name, Completion<Done> done) {
  return impl().ask<MailboxRequest>(std::move(done), MailboxRequest::Kind::kCreate, name);
}

Operation TargetConnection::subscribe(const MailboxName& name, Completion<Done> done) {
  return impl().ask<MailboxRequest>(std::move(done), MailboxRequest::Kind::kSubscribe, name);
}

Operation TargetConnection::append(AppendMessage message, ByteSource& source,
                                   Completion<AppendEnd> done) {
  return impl().ask<AppendRequest>(std::move(done), std::move(message), source);
}

Operation TargetConnection::store_flags(const UidSet& uids, StoreFlags how, Flags flags,
                                        Completion<Done> done) {
  return impl().ask<StoreRequest>(std::move(done), uids, how, std::move(flags));
}

Operation TargetConnection::search_message_id(std::string message_id, Completion<UidSet> done) {
  return impl().ask<MessageIdRequest>(std::move(done), std::move(message_id));
}

}  // namespace imapkeep::imap
