// The headers of a few messages of the examined folder, to be compared with what is stored. Like
// other FETCH requests it takes the responses that hold what it asked for, under its UIDs; what
// the server leaves out does not come, and a refusal is about the folder.
#pragma once

#include <functional>
#include <string>

#include "sync/imap/requests/request.h"

namespace imapkeep::imap {

class HeaderRequest final : public RequestFor<Done> {
 public:
  using Each = std::function<void(Uid uid, const std::string& header)>;
  HeaderRequest(UidSet uids, Each each, Pending<Done> pending);

  std::optional<Command> next(const CommandContext& context) override;
  bool take(const Response& response) override;
  void replied(CommandId id, const StatusResponse& reply) override;

 private:
  UidSet uids_;
  Each each_;  ///< may cancel this request: it is kept until the request is destroyed
  bool sent_ = false;
};

}  // namespace imapkeep::imap
